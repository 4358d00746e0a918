import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from oqtopus.adapters.embedded import extraction
from oqtopus.adapters.embedded.encoder import Encoder, EncoderMissing, MiniLM, Vector
from oqtopus.adapters.embedded.model import NO_ANSWERS, NO_KNOWLEDGE, EmbeddedModel
from oqtopus.domain.model import AnswerTask, Passage, Prompt, RoutingTask, SynthesisTask
from oqtopus.domain.taxonomy import GENERAL_STRUCTURE, TAXONOMY

EMPTY = Prompt("", "")


@pytest_asyncio.fixture
async def model(encoder: MiniLM) -> AsyncIterator[EmbeddedModel]:
    model = EmbeddedModel(lambda: encoder)
    yield model
    await model.aclose()


def no_encoder() -> Encoder:
    raise EncoderMissing("onnxruntime is not installed")


def routing(question: str) -> RoutingTask:
    return RoutingTask(question, EMPTY)


def synthesis(question: str, *texts: str) -> SynthesisTask:
    passages = tuple(Passage(number, f"agent {number}", text) for number, text in enumerate(texts, 1))
    return SynthesisTask(question, passages, EMPTY)


async def joined(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


async def test_a_question_gets_its_category_and_the_categorys_structure(model: EmbeddedModel) -> None:
    route = await model.route(routing("my tooth hurts badly"))

    assert route.categories == ("Dentist",)
    assert route.routed_by == "embedded"
    assert route.confidence > 0.8
    dentist = next(category for category in TAXONOMY if category.name == "Dentist")
    assert route.output_structure == dentist.output_structure


async def test_a_question_for_nobody_gets_no_category_and_the_general_structure(model: EmbeddedModel) -> None:
    route = await model.route(routing("what is the square root of 625"))

    assert route.categories == ()
    assert route.confidence > 0.8
    assert route.output_structure == GENERAL_STRUCTURE


@pytest.mark.parametrize("question", ["", " ", "\n", "???", "a" * 100_000, "und, " * 5_000, "\ud800", "日本語"])
async def test_any_text_is_routed(question: str, model: EmbeddedModel) -> None:
    route = await model.route(routing(question))

    assert 0.0 < route.confidence < 1.0


async def test_the_same_question_gets_the_same_route(model: EmbeddedModel, encoder: MiniLM) -> None:
    question = routing("a pipe is leaking, and the circuit breaker keeps tripping")

    first, second = await asyncio.gather(model.route(question), model.route(question))

    assert first == second
    assert set(first.categories) == {"Plumber", "Electrician"}


async def test_without_minilm_words_alone_route_and_one_warning_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    model = EmbeddedModel(no_encoder)

    with caplog.at_level(logging.WARNING, logger="oqtopus"):
        routes = await asyncio.gather(*(model.route(routing("book a hotel room")) for _ in range(3)))
        answer = await joined(model.synthesise(synthesis("when open?", "We open at nine.", "Tyres cost 90 euros.")))
    await model.aclose()

    assert {route.categories for route in routes} == {("Hotel",)}
    assert "We open at nine. [1]" in answer
    assert [record.message for record in caplog.records] == ["embedded_model_missing"]


async def test_loading_happens_once_and_not_in_the_constructor(encoder: MiniLM) -> None:
    loads: list[str] = []

    def counted() -> Encoder:
        loads.append("load")
        return encoder

    model = EmbeddedModel(counted)
    assert loads == []
    await asyncio.gather(model.warm(), model.warm(), model.route(routing("sushi")))
    await model.aclose()

    assert loads == ["load"]


async def test_an_answer_says_that_there_is_no_knowledge_and_who_could_help(model: EmbeddedModel) -> None:
    for_nobody = await joined(model.answer(AnswerTask("how many planets are there", EMPTY)))
    for_someone = await joined(model.answer(AnswerTask("repair my brakes", EMPTY)))

    assert for_nobody == NO_KNOWLEDGE
    assert for_someone.startswith(NO_KNOWLEDGE)
    assert "Auto Repair Shop" in for_someone


async def test_synthesis_quotes_the_agents_that_answer_the_question(model: EmbeddedModel) -> None:
    task = synthesis(
        "How long does the pool open and is there a sauna?",
        "Hello! The pool is open from 7 to 22 every day.",
        "There is a sauna in the cellar. We also have a car park.",
        "Our bread is baked at four in the morning.",
    )

    answer = await joined(model.synthesise(task))

    assert "The pool is open from 7 to 22 every day. [1]" in answer
    assert "There is a sauna in the cellar. [2]" in answer
    assert "bread" not in answer


async def test_a_single_passage_comes_whole_with_each_sentence_cited(model: EmbeddedModel) -> None:
    text = "First line.\nSecond line."

    assert await joined(model.synthesise(synthesis("anything?", "", text))) == "First line. [2]\nSecond line. [2]"


async def test_synthesis_shows_both_sides_of_a_disagreement(model: EmbeddedModel) -> None:
    task = synthesis(
        "When does the pool open?", "The pool opens at 7 am. Towels are free.", "Hello! The pool opens at 8 am.", "Yes."
    )

    answer = await joined(model.synthesise(task))

    assert (
        "The agents disagree. One says: The pool opens at 7 am. [1] Another says: The pool opens at 8 am. [2]" in answer
    )
    assert answer.count("The pool opens") == 2


async def test_what_the_model_quotes_needs_no_correction(model: EmbeddedModel) -> None:
    texts = (
        "The pool opens at 7 am. It is heated.\n- Towels are free",
        "The pool opens at 8 am. There is a sauna, too.",
    )
    answer = await joined(model.synthesise(synthesis("When does the pool open, and is there a sauna?", *texts)))

    reviewed = await model.review(answer, synthesis("", *texts).passages)

    assert reviewed.text == answer
    assert reviewed.unsupported == ()
    assert sorted(reviewed.claims) == [1, 2]


async def test_a_paraphrase_is_recognised_by_its_meaning(model: EmbeddedModel) -> None:
    passages = synthesis(
        "", "It raises JSONDecodeError when the text is not valid JSON.", "Bananas are yellow."
    ).passages
    paraphrase = "Malformed JSON text leads to a JSONDecodeError."
    without_minilm = EmbeddedModel(no_encoder)

    found = await model.review(paraphrase, passages)
    missed = await without_minilm.review(paraphrase, passages)
    await without_minilm.aclose()

    assert found.text == f"{paraphrase} [1]"
    assert missed.text == paraphrase


async def test_other_work_goes_on_while_an_answer_is_reviewed(model: EmbeddedModel) -> None:
    await model.warm()
    texts = [" ".join(f"Hall {n} of {agent} has {n + 2} green windows." for n in range(60)) for agent in range(8)]
    ticks = 0
    task = asyncio.create_task(model.review(" ".join(texts)[:10_000], synthesis("", *texts).passages))

    while not task.done():
        ticks += 1
        await asyncio.sleep(0)

    assert ticks > 10


async def test_no_passage_is_said_honestly(model: EmbeddedModel) -> None:
    assert await joined(model.synthesise(synthesis("anything?"))) == NO_ANSWERS
    assert await joined(model.synthesise(synthesis("anything?", " ", "..."))) == NO_ANSWERS


async def test_a_passage_without_a_sentence_costs_no_other_one(model: EmbeddedModel) -> None:
    task = synthesis("When does the museum open?", "<" * 4_000 + "words", "The museum opens at ten.")

    assert await joined(model.synthesise(task)) == "The museum opens at ten. [2]"


async def test_synthesis_of_very_much_text_reads_a_bounded_part(encoder: MiniLM) -> None:
    read: list[str] = []

    class Noting:
        def vector(self, text: str) -> Vector:
            read.append(text)
            return encoder.vector("x")

        def vectors(self, segments: Sequence[str]) -> tuple[Vector, list[Vector]]:
            raise AssertionError

    model = EmbeddedModel(Noting)
    texts = [" ".join(f"Agent {agent} says thing {number}." for number in range(200)) for agent in range(8)]
    await joined(model.synthesise(synthesis("what?", *texts)))
    await model.aclose()

    assert len(set(read)) <= extraction.MOST_READ + 1


async def test_other_work_goes_on_while_the_model_computes(model: EmbeddedModel) -> None:
    await model.warm()
    ticks = 0
    task = asyncio.create_task(joined(model.synthesise(synthesis("q?", *["One two three. Four five six."] * 8))))

    while not task.done():
        ticks += 1
        await asyncio.sleep(0)

    assert ticks > 1
