"""What is OpenAI's own, and what of it compatible servers share."""

import json
from collections.abc import AsyncIterator, Iterator

import openai
import pytest

from oqtopus.adapters.model_calls import ModelLimits
from oqtopus.adapters.model_routes import ROUTING_SCHEMA
from oqtopus.adapters.openai import OpenAIModel
from oqtopus.adapters.openai_dialects import RESPONSES
from oqtopus.domain.model import AnswerTask, Prompt, RoutingTask
from oqtopus.errors import ModelFailure
from tests.fakes.model_server import Exchange, ModelServer, serving
from tests.fakes.provider_frames import Frames, Script

PROMPT = Prompt(system="You are the SYSTEM.", user="What is the QUESTION?")
ROUTING = RoutingTask("What?", PROMPT)
ANSWERING = AnswerTask("What?", PROMPT)
LIMITS = ModelLimits()


@pytest.fixture
def server() -> ModelServer:
    return ModelServer(Script())


@pytest.fixture
def url(server: ModelServer) -> Iterator[str]:
    with serving(server) as url:
        yield f"{url}/v1"


@pytest.fixture
async def model(url: str) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel("the key", "gpt-6-luna", url, LIMITS, RESPONSES)
    yield model
    await model.aclose()


@pytest.fixture
async def compatible_model(url: str) -> AsyncIterator[OpenAIModel]:
    model = OpenAIModel("the key", "llama", url, LIMITS)
    yield model
    await model.aclose()


def a_stream(*events: dict[str, object]) -> Frames:
    return Frames(b"{}", b"", (), b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events))


def a_delta(text: str) -> dict[str, object]:
    return {"type": "response.output_text.delta", "delta": text}


def a_chunk(delta: dict[str, object], finish_reason: str | None = None) -> dict[str, object]:
    return {"choices": [{"delta": delta, "finish_reason": finish_reason}]}


async def whole(model: OpenAIModel) -> str:
    return "".join([piece async for piece in model.answer(ANSWERING)])


def what_counts(exchange: Exchange) -> tuple[object, ...]:
    return exchange.path, exchange.json, exchange.headers[b"authorization"], exchange.headers[b"content-type"]


async def test_requests_are_those_of_the_sdk(model: OpenAIModel, server: ModelServer, url: str) -> None:
    async with openai.AsyncOpenAI(api_key="the key", base_url=url) as client:
        await client.responses.create(
            model="gpt-6-luna",
            instructions=PROMPT.system,
            input=PROMPT.user,
            max_output_tokens=LIMITS.max_output_tokens,
            store=False,
            reasoning={"effort": "low"},
            text={"format": {"type": "json_schema", "name": "route", "schema": ROUTING_SCHEMA, "strict": True}},
        )

    await model.route(ROUTING)

    of_sdk, ours = map(what_counts, server.exchanges)
    assert ours == of_sdk


async def test_requests_to_compatible_servers_are_those_of_the_sdk(
    compatible_model: OpenAIModel, server: ModelServer, url: str
) -> None:
    async with openai.AsyncOpenAI(api_key="the key", base_url=url) as client:
        await client.chat.completions.create(
            model="llama",
            messages=[{"role": "system", "content": PROMPT.system}, {"role": "user", "content": PROMPT.user}],
            max_tokens=LIMITS.max_output_tokens,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "route", "schema": ROUTING_SCHEMA, "strict": True},
            },
        )

    await compatible_model.route(ROUTING)

    of_sdk, ours = map(what_counts, server.exchanges)
    assert ours == of_sdk


async def test_only_reasoning_models_are_told_how_hard_to_think(url: str, server: ModelServer) -> None:
    model = OpenAIModel("the key", "gpt-4.1", url, LIMITS, RESPONSES)
    await whole(model)
    await model.aclose()

    assert "reasoning" not in server.exchanges[-1].json


async def test_a_response_at_the_token_limit_is_whole(model: OpenAIModel, server: ModelServer) -> None:
    incomplete = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    server.replay(a_stream(a_delta("Seven"), {"type": "response.incomplete", "response": incomplete}))

    assert await whole(model) == "Seven"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "response.refusal.delta", "delta": "No."}, "refused"),
        ({"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}}, "refused"),
        (
            {"type": "response.failed", "response": {"status": "failed", "error": {"code": "server_error"}}},
            "unavailable",
        ),
        ({"type": "error", "code": "rate_limit_exceeded", "message": "slow down"}, "rate_limited"),
    ],
)
async def test_an_event_may_be_a_failure(
    model: OpenAIModel, server: ModelServer, event: dict[str, object], reason: str
) -> None:
    server.replay(a_stream(event))

    with pytest.raises(ModelFailure) as caught:
        await whole(model)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("chunk", "reason"),
    [
        (a_chunk({"refusal": "No."}), "refused"),
        (a_chunk({}, "content_filter"), "refused"),
        ({"error": {"message": "out of memory"}}, "unavailable"),
        ({"choices": "?"}, "cut"),
    ],
)
async def test_a_chunk_may_be_a_failure(
    compatible_model: OpenAIModel, server: ModelServer, chunk: dict[str, object], reason: str
) -> None:
    server.replay(a_stream(chunk))

    with pytest.raises(ModelFailure) as caught:
        await whole(compatible_model)

    assert caught.value.reason == reason


async def test_a_usage_chunk_says_nothing(compatible_model: OpenAIModel, server: ModelServer) -> None:
    server.replay(a_stream(a_chunk({"content": "Seven."}), a_chunk({}, "stop"), {"choices": [], "usage": {}}))

    assert await whole(compatible_model) == "Seven."
