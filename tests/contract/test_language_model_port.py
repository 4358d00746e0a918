"""What every language model keeps to, with a provider behind it or not."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing

import pytest

from oqtopus.adapters.gemini import GeminiModel
from oqtopus.adapters.model_calls import ModelLimits
from oqtopus.adapters.openai import OpenAIModel
from oqtopus.adapters.openai_dialects import RESPONSES
from oqtopus.domain.model import AnswerTask, Passage, Prompt, RoutingTask, SynthesisTask
from oqtopus.domain.taxonomy import CATEGORY_NAMES
from oqtopus.ports import LanguageModel
from tests.fakes.embedded import shared_embedded_model
from tests.fakes.model_server import ModelServer, serving
from tests.fakes.provider_frames import Script

QUESTION = "Which science fiction films of the 1990s were praised by critics?"
PROMPT = Prompt("Answer.", QUESTION)
PASSAGES = (
    Passage(1, "Films", "The Matrix of 1999 is a science fiction film that critics praised. It won four Oscars."),
    Passage(2, "Reviews", "Critics loved Gattaca, a science fiction film of 1997. Its budget was 36 million dollars."),
)
SYNTHESIS = SynthesisTask(QUESTION, PASSAGES, PROMPT)
LIMITS = ModelLimits()

BUILDERS: dict[str, Callable[[str], LanguageModel]] = {
    "embedded": lambda url: shared_embedded_model(),
    "gemini": lambda url: GeminiModel("key", "fake", url, LIMITS),
    "responses": lambda url: OpenAIModel("key", "fake", f"{url}/v1", LIMITS, RESPONSES),
    "chat": lambda url: OpenAIModel("key", "fake", f"{url}/v1", LIMITS),
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(ModelServer(Script(categories=("Movie", "Film"), answer="Critics praised The Matrix [1]."))) as served:
        yield served


@pytest.fixture(params=BUILDERS)
async def model(request: pytest.FixtureRequest, url: str) -> AsyncIterator[LanguageModel]:
    model = BUILDERS[request.param](url)
    yield model
    await model.aclose()


async def text_of(pieces: AsyncGenerator[str, None]) -> str:
    return "".join([piece async for piece in pieces])


async def test_a_route_names_known_categories_and_the_shape_of_the_answer(model: LanguageModel) -> None:
    route = await model.route(RoutingTask(QUESTION, PROMPT))

    assert "Movie" in route.categories
    assert set(route.categories) <= CATEGORY_NAMES
    assert len(route.categories) <= 4
    assert 0 <= route.confidence <= 1
    assert route.routed_by == model.name
    assert route.output_structure["required"] == ["answer"]


async def test_a_synthesis_is_text_with_citations(model: LanguageModel) -> None:
    assert "[1]" in await text_of(model.synthesise(SYNTHESIS))


async def test_an_answer_of_its_own_is_never_empty(model: LanguageModel) -> None:
    assert await text_of(model.answer(AnswerTask(QUESTION, PROMPT)))


async def test_a_stream_can_be_left_after_its_first_piece(model: LanguageModel) -> None:
    async with aclosing(model.synthesise(SYNTHESIS)) as pieces:
        first = await anext(pieces)

    assert first
    assert await text_of(model.synthesise(SYNTHESIS))


async def test_a_closed_model_can_be_used_again(model: LanguageModel) -> None:
    await model.route(RoutingTask(QUESTION, PROMPT))

    await model.aclose()

    assert (await model.route(RoutingTask(QUESTION, PROMPT))).categories


async def test_its_name_is_a_word_of_the_contract(model: LanguageModel) -> None:
    await model.warm()

    assert model.name in {"embedded", "gemini", "openai"}
