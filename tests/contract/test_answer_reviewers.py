"""What everything that reviews answers keeps to: the embedded model, with MiniLM and without, and the tests' own."""

from collections.abc import AsyncIterator, Callable

import pytest

from oqtopus.adapters.embedded.encoder import Encoder, EncoderMissing
from oqtopus.adapters.embedded.model import EmbeddedModel
from oqtopus.domain.model import Passage
from oqtopus.ports import AnswerReviewer
from tests.fakes.embedded import shared_embedded_model
from tests.fakes.models import ScriptedModel

MUSEUM = "The Marlow Museum opens daily at 10 am. Adult tickets cost 12 euros. 😀 Dogs are welcome."
TIPS = "The café is on the second floor. The Marlow Museum opens daily at 9 am."
PASSAGES = (Passage(1, "Museum", MUSEUM), Passage(2, "Tips", TIPS))


def _no_encoder() -> Encoder:
    raise EncoderMissing("left out on purpose")


BUILDERS: dict[str, Callable[[], EmbeddedModel | ScriptedModel]] = {
    "embedded": shared_embedded_model,
    "without MiniLM": lambda: EmbeddedModel(_no_encoder),
    "scripted": ScriptedModel,
}


@pytest.fixture(params=BUILDERS)
async def reviewer(request: pytest.FixtureRequest) -> AsyncIterator[AnswerReviewer]:
    model = BUILDERS[request.param]()
    yield model
    await model.aclose()


async def test_claims_point_into_the_answer_and_into_the_passage(reviewer: AnswerReviewer) -> None:
    found = await reviewer.review("😀 Tickets for adults cost 12 euros.", PASSAGES)

    (claim,) = found.claims[1]
    assert found.text == "😀 Tickets for adults cost 12 euros. [1]"
    assert claim.span.of(found.text) == found.text
    assert claim.quote.of(MUSEUM) == "Adult tickets cost 12 euros."


async def test_marks_of_nobody_go_and_wrong_ones_are_replaced(reviewer: AnswerReviewer) -> None:
    found = await reviewer.review("Adult tickets cost 12 euros [2]. Dogs are welcome [7].", PASSAGES)

    assert found.text == "Adult tickets cost 12 euros. [1] Dogs are welcome. [1]"


async def test_what_nobody_said_is_listed(reviewer: AnswerReviewer) -> None:
    found = await reviewer.review("Adult tickets cost 12 euros. [1] Sushi is made with rice.", PASSAGES)

    assert [span.of(found.text) for span in found.unsupported] == ["Sushi is made with rice."]


async def test_contradictions_are_told_whatever_the_answer_says(reviewer: AnswerReviewer) -> None:
    found = await reviewer.review("", PASSAGES)

    (disagreement,) = found.disagreements
    assert disagreement.kind == "number"
    assert [claim.span.of((MUSEUM, TIPS)[claim.number - 1]) for claim in disagreement.claims] == [
        "The Marlow Museum opens daily at 10 am.",
        "The Marlow Museum opens daily at 9 am.",
    ]


@pytest.mark.parametrize("text", ["", " \n", "[1]", "?", "\ud800", "日本語。", "x" * 20_000, "[[[1]]]"])
async def test_any_text_is_reviewed(text: str, reviewer: AnswerReviewer) -> None:
    found = await reviewer.review(text, (*PASSAGES, Passage(3, "", "")))

    assert all(0 <= span.start < span.end <= len(found.text) for span in found.unsupported)


async def test_without_passages_no_mark_is_left(reviewer: AnswerReviewer) -> None:
    found = await reviewer.review("Tickets cost 12 euros [1].", ())

    assert found.text == "Tickets cost 12 euros."
    assert found.claims == {}
