"""What every language model behind a provider keeps to."""

import asyncio
import os
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

import pytest

from oqtopus.adapters.gemini import GeminiModel
from oqtopus.adapters.model_calls import ModelLimits, at
from oqtopus.adapters.openai import OpenAIModel
from oqtopus.adapters.openai_dialects import RESPONSES
from oqtopus.domain.model import AnswerTask, Passage, Prompt, RoutingTask, SynthesisTask
from oqtopus.domain.taxonomy import TAXONOMY
from oqtopus.errors import ModelFailure
from oqtopus.ports import LanguageModel
from tests.fakes.model_server import Exchange, ModelServer, serving
from tests.fakes.provider_frames import WORDS, Fault, Script

KEY = "sk-SECRET"
FIRST, SECOND = TAXONOMY[0].name, TAXONOMY[1].name
PROMPT = Prompt(system="You are the SYSTEM.", user="What is the QUESTION?")
ROUTING = RoutingTask("What is the QUESTION?", PROMPT)
ANSWERING = AnswerTask("What is the QUESTION?", PROMPT)
LIMITS = ModelLimits(route_seconds=10, first_piece_seconds=10, answer_seconds=10)
HASTE = ModelLimits(route_seconds=0.2, first_piece_seconds=0.2, answer_seconds=0.4)
PROMPTLY = 0.5


class ProviderModel(LanguageModel, Protocol):
    async def aclose(self) -> None: ...


Builder = Callable[[str, ModelLimits], ProviderModel]
BUILDERS: dict[str, Builder] = {
    "gemini": lambda url, limits: GeminiModel(KEY, "fake", url, limits),
    "responses": lambda url, limits: OpenAIModel(KEY, "fake", f"{url}/v1", limits, RESPONSES),
    "chat": lambda url, limits: OpenAIModel(KEY, "fake", f"{url}/v1", limits),
}


@dataclass(frozen=True)
class Provider:
    server: ModelServer
    url: str

    def last(self) -> Exchange:
        return self.server.exchanges[-1]


@pytest.fixture(scope="module")
def served() -> Iterator[Provider]:
    server = ModelServer()
    with serving(server) as url:
        yield Provider(server, url)


@pytest.fixture
def provider(served: Provider) -> Provider:
    served.server.play(Script(categories=(FIRST,)))
    served.server.forget()
    return served


@pytest.fixture(params=BUILDERS)
def builder(request: pytest.FixtureRequest) -> Builder:
    return BUILDERS[request.param]


@pytest.fixture
async def model(builder: Builder, provider: Provider) -> AsyncIterator[ProviderModel]:
    model = builder(provider.url, LIMITS)
    yield model
    await model.aclose()


@pytest.fixture
async def hasty_model(builder: Builder, provider: Provider) -> AsyncIterator[ProviderModel]:
    model = builder(provider.url, HASTE)
    await model.warm()
    yield model
    await model.aclose()


async def whole(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


def texts_of(exchange: Exchange) -> list[str]:
    """The prompt's texts, read from where each protocol puts them."""
    body = exchange.json
    match exchange.path.rsplit("/", 1)[-1]:
        case "responses":
            return [body["instructions"], body["input"]]
        case "completions":
            return [message["content"] for message in body["messages"]]
        case _:
            contents = [body["systemInstruction"], *body["contents"]]
            return [content["parts"][0]["text"] for content in contents]


async def has_left(exchange: Exchange) -> bool:
    return await asyncio.to_thread(exchange.client_left.wait, PROMPTLY)


async def test_a_route_names_categories_best_first(model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(categories=(SECOND, FIRST, SECOND), confidence=0.75))

    route = await model.route(ROUTING)

    assert route.categories == (SECOND, FIRST)
    assert (route.confidence, route.routed_by) == (0.75, model.name)


async def test_no_category_is_a_normal_route(model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(categories=()))

    assert (await model.route(ROUTING)).categories == ()


async def test_unknown_categories_are_dropped(model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(categories=("Secrets of the state", FIRST)))

    assert (await model.route(ROUTING)).categories == (FIRST,)


async def test_fields_become_the_output_structure(model: ProviderModel, provider: Provider) -> None:
    year = {"name": "year", "type": "number", "description": "Of release."}
    provider.server.play(Script(categories=(FIRST,), fields=(year,)))

    structure = (await model.route(ROUTING)).output_structure

    year_schema = {"type": "number", "description": "Of release."}
    assert at(structure, "properties", "year") == year_schema
    assert structure["required"] == ["answer"]


async def test_the_provider_is_given_a_closed_enum(model: ProviderModel, provider: Provider) -> None:
    await model.route(ROUTING)

    body = provider.last().body.decode()
    assert all(f'"{category.name}"' in body for category in TAXONOMY)
    assert '"enum"' in body


async def test_system_and_user_text_stay_apart(model: ProviderModel, provider: Provider) -> None:
    await whole(model.answer(ANSWERING))

    assert texts_of(provider.last()) == [PROMPT.system, PROMPT.user]


async def test_the_pieces_make_the_answer(model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(pieces=7, answer="Ünïcode 🐙 " + WORDS))

    assert await whole(model.answer(ANSWERING)) == "Ünïcode 🐙 " + WORDS


async def test_synthesis_streams_as_answering_does(model: ProviderModel) -> None:
    task = SynthesisTask("What?", (Passage(1, "An agent", "Seven."),), PROMPT)

    assert await whole(model.synthesise(task)) == WORDS


async def test_a_piece_leaves_before_the_answer_is_whole(model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(fault="stall", answer=WORDS))

    async with aclosing(model.answer(ANSWERING)) as pieces:
        first = await anext(pieces)

    assert WORDS.startswith(first)
    assert 0 < len(first) < len(WORDS)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("rate_limited", "rate_limited"),
        ("failing", "unavailable"),
        ("unauthorised", "unauthorised"),
        ("malformed", "malformed"),
        ("refused", "refused"),
        ("empty", "empty"),
    ],
)
async def test_each_fault_has_its_word(model: ProviderModel, provider: Provider, fault: Fault, reason: str) -> None:
    provider.server.play(Script(categories=(FIRST,), fault=fault))

    with pytest.raises(ModelFailure) as of_route:
        await model.route(ROUTING)
    with pytest.raises(ModelFailure) as of_answer:
        await whole(model.answer(ANSWERING))

    assert (of_route.value.reason, of_answer.value.reason) == (reason, reason)
    assert of_route.value.model == model.name


@pytest.mark.parametrize(("fault", "reason"), [("cut", "cut"), ("unfinished", "cut"), ("overloaded", "unavailable")])
async def test_a_stream_that_breaks_off_is_a_failure(
    model: ProviderModel, provider: Provider, fault: Fault, reason: str
) -> None:
    provider.server.play(Script(fault=fault))

    with pytest.raises(ModelFailure) as caught:
        await whole(model.answer(ANSWERING))

    assert caught.value.reason == reason


async def test_a_hanging_provider_is_a_timeout(hasty_model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(fault="hang"))

    with pytest.raises(ModelFailure, match="timeout"):
        await hasty_model.route(ROUTING)
    with pytest.raises(ModelFailure, match="timeout"):
        await whole(hasty_model.answer(ANSWERING))

    assert await has_left(provider.last())


async def test_a_stream_that_falls_silent_is_a_timeout(hasty_model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(fault="stall"))
    pieces = hasty_model.answer(ANSWERING)

    assert await anext(pieces)
    with pytest.raises(ModelFailure, match="timeout"):
        await whole(pieces)


async def test_closing_the_iterator_closes_the_connection(model: ProviderModel, provider: Provider) -> None:
    provider.server.play(Script(fault="stall"))
    pieces = model.answer(ANSWERING)
    await anext(pieces)

    await pieces.aclose()

    assert await has_left(provider.last())


@pytest.mark.parametrize("is_routing", [True, False])
async def test_cancelling_the_caller_closes_the_connection(
    model: ProviderModel, provider: Provider, is_routing: bool
) -> None:
    provider.server.play(Script(fault="hang"))
    caller = asyncio.ensure_future(model.route(ROUTING) if is_routing else whole(model.answer(ANSWERING)))
    await provider.server.next_exchange()

    caller.cancel()

    assert await has_left(provider.last())
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_concurrent_first_calls_all_succeed(model: ProviderModel, provider: Provider) -> None:
    routes = await asyncio.gather(*(model.route(ROUTING) for _ in range(10)))

    assert {route.categories for route in routes} == {(FIRST,)}


async def test_connections_are_used_again(model: ProviderModel, provider: Provider) -> None:
    await model.route(ROUTING)
    await whole(model.answer(ANSWERING))
    await model.route(ROUTING)

    assert len({exchange.client_port for exchange in provider.server.exchanges}) == 1


async def test_a_lost_connection_is_tried_once_more(builder: Builder) -> None:
    callers: list[asyncio.StreamWriter] = []

    def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(writer)
        writer.close()

    listener = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    model = builder(f"http://{host}:{port}", LIMITS)
    async with listener:
        with pytest.raises(ModelFailure, match="unavailable"):
            await model.route(ROUTING)
        after_route = len(callers)
        with pytest.raises(ModelFailure, match="unavailable"):
            await whole(model.answer(ANSWERING))
    await model.aclose()

    assert (after_route, len(callers)) == (2, 4)


@pytest.mark.parametrize("fault", ["unauthorised", "failing", "malformed", "cut", "overloaded"])
async def test_failures_and_logs_quote_nothing(
    model: ProviderModel, provider: Provider, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="oqtopus")
    provider.server.play(Script(categories=(FIRST,), fault=fault))

    with pytest.raises(ModelFailure) as caught:
        await whole(model.answer(ANSWERING))

    told = "".join(traceback.format_exception(caught.value))
    logged = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("oqtopus"))
    for secret in (KEY, PROMPT.system, PROMPT.user, WORDS[:20]):
        assert secret not in told + logged + str(caught.value)


async def test_the_key_is_not_shown(model: ProviderModel) -> None:
    assert KEY not in repr(model)


@pytest.mark.parametrize("module", ["gemini", "openai"])
def test_importing_an_adapter_imports_no_sdk(module: str) -> None:
    heavy = "{'google.genai', 'openai', 'aiohttp', 'httpx', 'httpx2', 'pydantic'}"
    program = f"import sys, oqtopus.adapters.{module}; print({heavy} & set(sys.modules))"

    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30, env=path
    )

    assert done.stdout.strip() == "set()"
