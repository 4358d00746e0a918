"""Whole searches: what of the answer comes from whom, whatever the model wrote."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from functions.search.citations import reviewed, sources
from oqtopus.bootstrap import Services
from oqtopus.domain.agents import AgentId, AgentReply
from oqtopus.domain.clean_text import clean
from oqtopus.domain.events import AgentAnswered
from oqtopus.domain.model import Passage
from oqtopus.domain.reviews import Review, whole
from tests.conftest import ClientOf
from tests.e2e.owner import EVENT
from tests.fakes.agents import agent
from tests.fakes.embedded import shared_embedded_model
from tests.functions.test_search import Bench, Event, of_type

MUSEUM = "The Marlow Museum opens daily at 10 am. Adult tickets cost 12 euros."
TIPS = "😀 Bring time. The Marlow Museum opens daily at 9 am. There is a café on the second floor."


@pytest.fixture
async def bench(services: Services, client_of: ClientOf) -> Bench:
    """Two agents, `museum` and `tips`, which are sources 1 and 2: the first one fits every question better."""
    bench = Bench(services, client_of("search"))
    await bench.register(agent("museum"), agent("tips"))
    bench.embedded.fits = {"museum": 1.0, "tips": 0.5}
    bench.caller.replies = {"museum": AgentReply(MUSEUM), "tips": AgentReply(TIPS)}
    return bench


async def answered(bench: Bench, *pieces: str) -> Event:
    """The final event of a search whose model writes these pieces."""
    bench.provider.pieces = pieces
    return (await bench.ask())[-1]


def claims(final: Event, answers: Sequence[str] = (MUSEUM, TIPS)) -> list[tuple[int, str, str]]:
    """Each claim: the source's number, the sentence of the answer, and what it rests on."""
    return [
        (source["number"], _cut(final["data"], claim), _cut(answers[source["number"] - 1], claim["quote"]))
        for source in final["sources"]
        for claim in source["claims"]
    ]


def unsupported(final: Event) -> list[str]:
    return [_cut(final["data"], span) for span in final["usage"]["unsupported"]]


def _cut(text: str, span: Any) -> str:  # Any: JSON.
    return text[span["start"] : span["end"]]


async def test_a_model_that_cites_well_is_left_alone(bench: Bench) -> None:
    final = await answered(bench, "Adult tickets cost 12 euros [1]. ", "There is a café on the second floor [2].")

    assert final["data"] == "Adult tickets cost 12 euros [1]. There is a café on the second floor [2]."
    assert claims(final) == [
        (1, "Adult tickets cost 12 euros [1].", "Adult tickets cost 12 euros."),
        (2, "There is a café on the second floor [2].", "There is a café on the second floor."),
    ]
    assert unsupported(final) == []


async def test_marks_that_a_model_left_out_are_added_to_the_final_answer(bench: Bench) -> None:
    bench.provider.pieces = ("An adult pays 12 euros ", "for a ticket.")

    events = await bench.ask()

    assert "".join(event["data"] for event in of_type(events, "delta")) == "An adult pays 12 euros for a ticket."
    assert events[-1]["data"] == "An adult pays 12 euros for a ticket. [1]"


async def test_a_wrong_mark_and_an_invented_one_are_put_right(bench: Bench) -> None:
    final = await answered(bench, "Adult tickets cost 12 euros [2][9].")

    assert final["data"] == "Adult tickets cost 12 euros. [1]"
    assert [len(source["claims"]) for source in final["sources"]] == [1, 0]


async def test_what_a_model_makes_up_is_listed_and_its_mark_proves_nothing(bench: Bench) -> None:
    final = await answered(bench, "Adult tickets cost 15 euros [1]. Adult tickets cost 12 euros [1].")

    assert unsupported(final) == ["Adult tickets cost 15 euros [1]."]
    assert [claim[1] for claim in claims(final)] == ["Adult tickets cost 12 euros [1]."]


async def test_what_claims_nothing_is_not_listed(bench: Bench) -> None:
    final = await answered(bench, "Here is what the agents say:\n", "No agent mentions parking. Anything else?")

    assert unsupported(final) == []


async def test_the_final_event_has_the_form_of_the_contract(bench: Bench) -> None:
    final = await answered(bench, "It opens at 10 am [1] or 9 am [2]. Adult tickets cost 12 euros. Cats can fly.")

    assert final["disagreement"]
    assert final["usage"]["unsupported"]
    EVENT.validate(final)


def test_every_source_tells_its_latency() -> None:
    museum = AgentAnswered(AgentId("m"), "https://m.example.com", "museum", 12.6, AgentReply(MUSEUM))

    assert [source.ms for source in sources([museum], Review(""))] == [12.6]


async def test_agents_that_contradict_each_other_are_told_beside_the_answer(bench: Bench) -> None:
    final = await answered(bench, "The agents disagree: it opens at 10 am [1] or at 9 am [2].")

    (disagreement,) = final["disagreement"]
    assert disagreement["kind"] == "number"
    assert disagreement["agents"] == [1, 2]
    assert [(claim["number"], claim["text"]) for claim in disagreement["claims"]] == [
        (1, "The Marlow Museum opens daily at 10 am."),
        (2, "The Marlow Museum opens daily at 9 am."),
    ]
    assert [_cut((MUSEUM, TIPS)[claim["number"] - 1], claim) for claim in disagreement["claims"]] == [
        claim["text"] for claim in disagreement["claims"]
    ]
    assert unsupported(final) == []


async def test_agents_that_agree_leave_the_disagreement_empty(bench: Bench) -> None:
    bench.caller.replies = {"museum": AgentReply(MUSEUM), "tips": AgentReply("There is a café.")}

    assert (await answered(bench, "Fine."))["disagreement"] == []


async def test_the_models_own_answer_is_a_source_like_the_others(bench: Bench) -> None:
    bench.configure(fallback="always")
    bench.provider.own_answer = ("Bananas are ", "yellow.")

    final = await answered(bench, "Bananas are yellow.")

    assert final["data"] == "Bananas are yellow. [3]"
    assert [source["agent_id"] for source in final["sources"] if source["claims"]] == [None]


async def test_a_models_own_answer_without_agents_is_unsupported_as_a_whole(bench: Bench) -> None:
    bench.caller.replies = {"museum": "unreachable", "tips": "timeout"}

    final = (await bench.ask())[-1]

    assert final["data"] == "From memory."
    assert final["sources"] == []
    assert unsupported(final) == ["From memory."]
    assert final["disagreement"] == []


async def test_saying_that_there_is_no_answer_claims_nothing(bench: Bench) -> None:
    bench.configure(fallback="off")
    bench.caller.replies = {"museum": "unreachable", "tips": "timeout"}

    final = (await bench.ask())[-1]

    assert final["data"] == "Nobody covers this."
    assert unsupported(final) == []


class Stuck:
    """Implements `AnswerReviewer`: never ends, or gives up by itself."""

    def __init__(self, *, gives_up: bool) -> None:
        self.gives_up = gives_up

    async def review(self, text: str, passages: Sequence[Passage]) -> Review:
        if self.gives_up:
            raise TimeoutError
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")


async def test_a_review_that_does_not_come_in_time_costs_no_answer(bench: Bench) -> None:
    bench.services.reviewer = Stuck(gives_up=True)

    final = await answered(bench, "Adult tickets cost 12 euros [1][9].")

    assert final["data"] == "Adult tickets cost 12 euros [1]."
    assert [source["claims"] for source in final["sources"]] == [[], []]
    assert unsupported(final) == [final["data"]]


async def test_a_review_is_not_waited_for_for_ever() -> None:
    museum = AgentAnswered(AgentId("m"), "https://m.example.com", "museum", 1.0, AgentReply(MUSEUM))

    found = await reviewed(Stuck(gives_up=False), "Adult tickets cost 12 euros [2].", [museum], seconds=0.01)

    assert found.text == "Adult tickets cost 12 euros."


async def test_what_is_not_reviewed_leaves_as_long_as_its_span() -> None:
    museum = AgentAnswered(AgentId("m"), "https://m.example.com", "museum", 1.0, AgentReply(MUSEUM))

    found = await reviewed(Stuck(gives_up=True), "[7][1]:[b/a", [museum])

    assert clean(found.text) == found.text
    assert found.unsupported == whole(found.text)


async def test_the_embedded_model_cites_each_sentence_and_shows_both_sides(bench: Bench) -> None:
    bench.caller.replies = {
        "museum": AgentReply("The movie Heat was directed by Michael Mann. It runs 170 minutes."),
        "tips": AgentReply("Heat is a crime film.\nThe movie Heat was directed by Ridley Scott."),
    }
    bench.services.reviewer = embedded = shared_embedded_model()
    bench.services.models = (embedded,)

    events = await bench.ask("Who directed the movie Heat?")
    await embedded.aclose()

    final = events[-1]
    assert "".join(event["data"] for event in of_type(events, "delta")) == final["data"]
    assert final["data"].startswith(
        "The agents disagree. One says: The movie Heat was directed by Michael Mann. [1] It runs 170 minutes. [1] "
        "Another says: The movie Heat was directed by Ridley Scott. [2]"
    )
    assert unsupported(final) == []
    assert [one["kind"] for one in final["disagreement"]] == ["value"]


async def test_an_embedded_review_recognises_a_paraphrase(bench: Bench) -> None:
    answer = "It raises JSONDecodeError when the text is not valid JSON."
    bench.caller.replies = {"museum": AgentReply(answer), "tips": AgentReply(TIPS)}
    bench.services.reviewer = embedded = shared_embedded_model()

    final = await answered(bench, "Malformed JSON text leads to a JSONDecodeError. It was built by Romans [2].")
    await embedded.aclose()

    assert claims(final, (answer, TIPS)) == [(1, "Malformed JSON text leads to a JSONDecodeError. [1]", answer)]
    assert unsupported(final) == ["It was built by Romans [2]."]
