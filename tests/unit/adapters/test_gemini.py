"""What is Gemini's own."""

import json
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from google import genai
from google.genai import types

from oqtopus.adapters.gemini import GeminiModel
from oqtopus.adapters.model_calls import ModelLimits
from oqtopus.adapters.model_routes import ROUTING_SCHEMA
from oqtopus.domain.model import AnswerTask, Prompt, RoutingTask
from oqtopus.errors import ModelFailure
from tests.fakes.model_server import Exchange, ModelServer, serving
from tests.fakes.provider_frames import Frames, Script

PROMPT = Prompt(system="You are the SYSTEM.", user="What is the QUESTION?")
ROUTING = RoutingTask("What?", PROMPT)
ANSWERING = AnswerTask("What?", PROMPT)


@pytest.fixture
def server() -> ModelServer:
    return ModelServer(Script())


@pytest.fixture
def url(server: ModelServer) -> Iterator[str]:
    with serving(server) as url:
        yield url


@pytest.fixture
async def model(url: str) -> AsyncIterator[GeminiModel]:
    model = GeminiModel("the key", "gemini-3-fake", url, ModelLimits())
    yield model
    await model.aclose()


def a_reply(parts: list[dict[str, object]], finish_reason: str | None = None) -> dict[str, object]:
    return {"candidates": [{"content": {"parts": parts}, "finishReason": finish_reason}]}


def a_stream(*replies: dict[str, object]) -> Frames:
    return Frames(b"{}", b"", (), b"".join(b"data: " + json.dumps(reply).encode() + b"\r\n\r\n" for reply in replies))


async def whole(model: GeminiModel) -> str:
    return "".join([piece async for piece in model.answer(ANSWERING)])


def what_counts(exchange: Exchange) -> tuple[object, ...]:
    names = (b"x-goog-api-key", b"content-type")
    return exchange.path, exchange.json, [exchange.headers.get(name) for name in names]


async def test_requests_are_those_of_the_sdk(model: GeminiModel, server: ModelServer, url: str) -> None:
    answering = types.GenerateContentConfig(
        system_instruction=PROMPT.system,
        max_output_tokens=ModelLimits().max_output_tokens,
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW),
    )
    structured = {"response_mime_type": "application/json", "response_json_schema": ROUTING_SCHEMA}
    routing = answering.model_copy(update=structured)
    async with aiohttp.ClientSession() as session:
        options = types.HttpOptions(base_url=url, aiohttp_client=session)
        models = genai.Client(api_key="the key", http_options=options).aio.models
        await models.generate_content(model="gemini-3-fake", contents=PROMPT.user, config=routing)
        stream = await models.generate_content_stream(model="gemini-3-fake", contents=PROMPT.user, config=answering)
        assert [reply async for reply in stream]

    await model.route(ROUTING)
    await whole(model)

    of_sdk_route, of_sdk_stream, of_route, of_stream = map(what_counts, server.exchanges)
    assert of_route == of_sdk_route
    assert of_stream == of_sdk_stream


async def test_only_models_that_take_a_thinking_level_are_told_one(url: str, server: ModelServer) -> None:
    model = GeminiModel("the key", "gemini-2.5-flash", url, ModelLimits())
    await whole(model)
    await model.aclose()

    assert "thinkingConfig" not in server.exchanges[-1].json["generationConfig"]


async def test_thoughts_are_no_part_of_the_answer(model: GeminiModel, server: ModelServer) -> None:
    parts: list[dict[str, object]] = [{"text": "Hm.", "thought": True}, {"text": "Seven"}, {"inlineData": {}}]
    server.replay(a_stream(a_reply(parts), a_reply([{"text": "."}], "STOP")))

    assert await whole(model) == "Seven."


async def test_a_reply_without_candidates_says_nothing(model: GeminiModel, server: ModelServer) -> None:
    server.replay(a_stream(a_reply([{"text": "Seven."}], "STOP"), {"usageMetadata": {"totalTokenCount": 9}}))

    assert await whole(model) == "Seven."


async def test_an_answer_at_the_token_limit_is_whole(model: GeminiModel, server: ModelServer) -> None:
    server.replay(a_stream(a_reply([{"text": "Seven"}], "MAX_TOKENS")))

    assert await whole(model) == "Seven"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ({"promptFeedback": {"blockReason": "SAFETY"}}, "refused"),
        (a_reply([], "PROHIBITED_CONTENT"), "refused"),
        ({"error": {"code": 429, "message": "slow down"}}, "rate_limited"),
        ({"error": "?"}, "unavailable"),
    ],
)
async def test_a_reply_may_be_a_failure(
    model: GeminiModel, server: ModelServer, reply: dict[str, object], reason: str
) -> None:
    server.replay(a_stream(reply))

    with pytest.raises(ModelFailure) as caught:
        await whole(model)

    assert caught.value.reason == reason


async def test_a_reply_of_another_shape_says_nothing(model: GeminiModel, server: ModelServer) -> None:
    server.replay(Frames(b"[[]]", b"", (), b'data: {"candidates": {"content": [1]}}\n\n'))

    with pytest.raises(ModelFailure, match="empty"):
        await model.route(ROUTING)
    with pytest.raises(ModelFailure, match="cut"):
        await whole(model)
