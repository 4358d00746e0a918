"""Google's Gemini models, through the google-genai SDK.

The SDK builds and sends each request and tells its errors, but below its `generate_content` methods: those
take 20 ms of CPU time to turn a stream of 40 pieces into models (3.4.0), more than all the rest of a search.
`tests/unit/adapters/test_gemini.py` holds our requests against those that they send.
"""

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oqtopus.adapters.model_calls import (
    ConnectionLost,
    Json,
    ModelFailureReason,
    ModelLimits,
    at,
    at_second_try,
    event_groups,
    failure,
    in_time,
    reason_of_status,
    streamed,
    text_at,
)
from oqtopus.adapters.model_routes import ROUTING_SCHEMA, route_from
from oqtopus.adapters.model_usage import Usage, model_call, tokens_at
from oqtopus.adapters.once_per_loop import OncePerLoop
from oqtopus.domain.model import AnswerTask, Prompt, Route, RoutingTask, SynthesisTask

if TYPE_CHECKING:
    import aiohttp
    from google.genai._api_client import BaseApiClient

_BASE_URL = "https://generativelanguage.googleapis.com/"
_THINKING_MODELS = ("gemini-3",)
_REFUSALS = frozenset({"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE"})


@dataclass(frozen=True, slots=True)
class _Connection:
    api: "BaseApiClient"
    session: "aiohttp.ClientSession"


class GeminiModel:
    """The port `LanguageModel` over Gemini; `model` is a name such as `gemini-3.8-flash`."""

    def __init__(self, api_key: str, model: str, base_url: str | None, limits: ModelLimits) -> None:
        self._api_key = api_key
        self._model = model
        self._base_url = base_url or _BASE_URL
        self._limits = limits
        self._connections = OncePerLoop(self._connect)

    def __repr__(self) -> str:
        return f"GeminiModel({self._model!r})"

    @property
    def name(self) -> str:
        return "gemini"

    @property
    def is_knowledgeable(self) -> bool:
        return True

    async def warm(self) -> None:
        """Import the SDK and make the client, which the first call otherwise waits for."""
        await self._connections.get()

    async def aclose(self) -> None:
        """Close the running loop's connections; a later call opens new ones."""
        if (connection := self._connections.taken()) is not None:
            await connection.session.close()

    async def route(self, task: RoutingTask) -> Route:
        return await in_time(self.name, self._limits.route_seconds, lambda: self._route(task))

    def answer(self, task: AnswerTask) -> AsyncGenerator[str, None]:
        return streamed(self.name, self._pieces(task.prompt), self._limits)

    def synthesise(self, task: SynthesisTask) -> AsyncGenerator[str, None]:
        return streamed(self.name, self._pieces(task.prompt), self._limits)

    async def _route(self, task: RoutingTask) -> Route:
        with model_call(self.name, "route") as usage:
            response = await self._response("generateContent", self._body(task.prompt, is_routing=True))
            with self._failures_told():
                reply = json.loads(await response.read())
            usage.take(_tokens(reply))
            return route_from(self.name, self._text(reply))

    async def _pieces(self, prompt: Prompt) -> AsyncIterator[str]:
        with model_call(self.name, "write") as usage:
            async for piece in self._written(prompt, usage):
                yield piece

    async def _written(self, prompt: Prompt, usage: Usage) -> AsyncIterator[str]:
        body = self._body(prompt, is_routing=False)
        response = await at_second_try(lambda: self._response("streamGenerateContent?alt=sse", body))
        is_whole = False
        with self._failures_told():
            async with response:
                async for replies in event_groups(response.content.iter_any()):
                    is_whole = is_whole or any(map(_finish_reason, replies))
                    usage.take(_tokens(replies[-1]))
                    if text := "".join([self._text(reply) for reply in replies]):
                        yield text
        if not is_whole:
            raise failure(self.name, "cut")

    def _text(self, reply: Json) -> str:
        """The text of a reply or piece, without what the model only thought.

        Refusals, and errors in the middle of a stream, come in replies that look like any other.
        """
        candidate = at(reply, "candidates", 0)
        if (reason := _failure_reason(reply, candidate)) is not None:
            raise failure(self.name, reason)
        parts = at(candidate, "content", "parts")
        spoken = (part for part in parts if not at(part, "thought")) if isinstance(parts, list) else ()
        return "".join([text_at(part, "text") for part in spoken])

    async def _response(self, method: str, body: dict[str, object]) -> "aiohttp.ClientResponse":
        """The provider's reply, its body not yet read, once its status is known to be good."""
        api = (await self._connections.get()).api
        with self._failures_told():
            request = api._build_request("post", f"models/{self._model}:{method}", body)
            # Its own retry sleeps up to 10 s when a connection fails.
            reply = await api._async_request_once(request, stream=True, implicit_retry=False)
        response: aiohttp.ClientResponse = reply.response_stream  # type: ignore[assignment]  # It is Any | str.
        return response

    def _body(self, prompt: Prompt, is_routing: bool) -> dict[str, object]:
        generation: dict[str, object] = {"maxOutputTokens": self._limits.max_output_tokens}
        if self._model.startswith(_THINKING_MODELS):
            generation["thinkingConfig"] = {"thinking_level": "LOW"}
        if is_routing:
            generation |= {"responseMimeType": "application/json", "responseJsonSchema": ROUTING_SCHEMA}
        return {
            "contents": [{"role": "user", "parts": [{"text": prompt.user}]}],
            "systemInstruction": {"role": "user", "parts": [{"text": prompt.system}]},
            "generationConfig": generation,
        }

    async def _connect(self) -> _Connection:
        # The import takes half a second, so it must not happen on the loop.
        await asyncio.to_thread(importlib.import_module, "google.genai")
        import aiohttp
        from google import genai
        from google.genai import types

        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        options = types.HttpOptions(base_url=self._base_url, aiohttp_client=session)
        client = await asyncio.to_thread(genai.Client, api_key=self._api_key, enterprise=False, http_options=options)
        return _Connection(client._api_client, session)

    @contextlib.contextmanager
    def _failures_told(self) -> Iterator[None]:
        import aiohttp
        from google.genai import errors

        try:
            yield
        except errors.APIError as error:
            raise failure(self.name, reason_of_status(error.code), error) from None
        except aiohttp.ClientPayloadError as error:
            raise failure(self.name, "cut", error) from None
        except aiohttp.ClientConnectionError:
            raise ConnectionLost(self.name) from None
        except aiohttp.ClientError as error:
            raise failure(self.name, "unavailable", error) from None
        except ValueError as error:
            raise failure(self.name, "malformed", error) from None


def _failure_reason(reply: Json, candidate: object) -> ModelFailureReason | None:
    if candidate is not None:
        return "refused" if at(candidate, "finishReason") in _REFUSALS else None
    if (error := at(reply, "error")) is not None:
        code = at(error, "code")
        return reason_of_status(code if isinstance(code, int) else None)
    return "refused" if text_at(reply, "promptFeedback", "blockReason") else None


def _tokens(reply: Json) -> tuple[int, int] | None:
    """What is thought is paid for like what is said."""
    made = ("candidatesTokenCount", "thoughtsTokenCount")
    return tokens_at(at(reply, "usageMetadata"), "promptTokenCount", *made)


def _finish_reason(reply: Json) -> str:
    return text_at(reply, "candidates", 0, "finishReason")
