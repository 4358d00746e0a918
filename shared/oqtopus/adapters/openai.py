"""OpenAI's models, through the openai SDK: the Responses API, or Chat Completions on a compatible server.

Requests go through the SDK's `post`, its documented way to any endpoint, and streams are read from its
response: the typed methods take 18 ms of CPU time to turn a stream of 40 pieces into models (3.54.0).
"""

import asyncio
import contextlib
import importlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import TYPE_CHECKING

from oqtopus.adapters.model_calls import (
    ConnectionLost,
    Json,
    ModelLimits,
    at_second_try,
    event_groups,
    failure,
    in_time,
    reason_of_status,
    streamed,
)
from oqtopus.adapters.model_routes import ROUTING_SCHEMA, route_from
from oqtopus.adapters.model_usage import Usage, model_call
from oqtopus.adapters.once_per_loop import OncePerLoop
from oqtopus.adapters.openai_dialects import CHAT_COMPLETIONS, RESPONSES, Dialect
from oqtopus.domain.model import AnswerTask, Prompt, Route, RoutingTask, SynthesisTask

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

_BASE_URL = "https://api.openai.com/v1"


class OpenAIModel:
    """The port `LanguageModel` over OpenAI; with a `base_url`, over a server that is compatible with it.

    Compatible servers speak Chat Completions, OpenAI itself Responses, unless a `dialect` is given.
    """

    def __init__(
        self,
        api_key: str,
        model: str,
        base_url: str | None,
        limits: ModelLimits,
        dialect: Dialect | None = None,
    ) -> None:
        self._api_key = api_key
        self._model = model
        self._base_url = base_url or _BASE_URL
        self._dialect = dialect or (CHAT_COMPLETIONS if base_url else RESPONSES)
        self._limits = limits
        self._clients = OncePerLoop(self._connect)

    def __repr__(self) -> str:
        return f"OpenAIModel({self._model!r})"

    @property
    def name(self) -> str:
        return "openai"

    @property
    def is_knowledgeable(self) -> bool:
        return True

    async def warm(self) -> None:
        """Import the SDK and make the client, which the first call otherwise waits for."""
        await self._clients.get()

    async def aclose(self) -> None:
        """Close the running loop's connections; a later call opens new ones."""
        if (client := self._clients.taken()) is not None:
            await client.close()

    async def route(self, task: RoutingTask) -> Route:
        return await in_time(self.name, self._limits.route_seconds, lambda: self._route(task))

    def answer(self, task: AnswerTask) -> AsyncGenerator[str, None]:
        return streamed(self.name, self._pieces(task.prompt), self._limits)

    def synthesise(self, task: SynthesisTask) -> AsyncGenerator[str, None]:
        return streamed(self.name, self._pieces(task.prompt), self._limits)

    async def _route(self, task: RoutingTask) -> Route:
        client = await self._clients.get()
        import httpx2

        body = self._body(task.prompt) | self._dialect.answers_as(ROUTING_SCHEMA)
        with model_call(self.name, "route") as usage:
            with self._failures_told():
                response = await client.post(self._dialect.path, cast_to=httpx2.Response, body=body)
                reply = json.loads(response.content)
            usage.take(self._dialect.tokens(reply))
            self._raise_failures(reply)
            return route_from(self.name, self._dialect.text(reply))

    async def _pieces(self, prompt: Prompt) -> AsyncIterator[str]:
        with model_call(self.name, "write") as usage:
            async for piece in self._written(prompt, usage):
                yield piece

    async def _written(self, prompt: Prompt, usage: Usage) -> AsyncIterator[str]:
        dialect = self._dialect
        stream = await at_second_try(lambda: self._stream(prompt))
        is_whole = False
        with self._failures_told():
            async with stream:
                async for events in event_groups(stream.response.aiter_bytes()):
                    for event in events:
                        self._raise_failures(event)
                        is_whole = is_whole or dialect.is_finished(event)
                    usage.take(dialect.tokens(events[-1]))
                    if text := "".join(map(dialect.piece, events)):
                        yield text
        if not is_whole:
            raise failure(self.name, "cut")

    async def _stream(self, prompt: Prompt) -> "AsyncStream[object]":
        client = await self._clients.get()
        from openai import AsyncStream

        body = self._body(prompt) | {"stream": True}
        with self._failures_told():
            return await client.post(
                self._dialect.path, cast_to=object, body=body, stream=True, stream_cls=AsyncStream[object]
            )

    def _body(self, prompt: Prompt) -> dict[str, object]:
        return self._dialect.body(self._model, prompt, self._limits.max_output_tokens)

    def _raise_failures(self, reply: Json) -> None:
        if (reason := self._dialect.failure(reply)) is not None:
            raise failure(self.name, reason)

    async def _connect(self) -> "AsyncOpenAI":
        # The import takes half a second, so it must not happen on the loop.
        await asyncio.to_thread(importlib.import_module, "openai")
        return await asyncio.to_thread(self._client)

    def _client(self) -> "AsyncOpenAI":
        """A client over aiohttp, whose parser takes a quarter of the CPU time, with no timeouts but ours."""
        import openai

        transport = openai.DefaultAioHttpClient(timeout=None, follow_redirects=False)
        return openai.AsyncOpenAI(
            api_key=self._api_key, base_url=self._base_url, timeout=None, max_retries=0, http_client=transport
        )

    @contextlib.contextmanager
    def _failures_told(self) -> Iterator[None]:
        import httpx2
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise failure(self.name, reason_of_status(error.status_code), error) from None
        except openai.APIConnectionError:
            raise ConnectionLost(self.name) from None
        except httpx2.HTTPError as error:
            raise failure(self.name, "cut", error) from None
        except ValueError as error:
            raise failure(self.name, "malformed", error) from None
