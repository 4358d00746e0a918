"""Sends calls for coroutines: the same steps as the blocking connection's."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx

from oqtopus.client import exchange
from oqtopus.client.calls import Call
from oqtopus.client.errors import ClientError, StreamBroken
from oqtopus.client.events import Event, Final
from oqtopus.client.lines import EventReader
from oqtopus.client.replies import Reply, refusal
from oqtopus.client.retries import Retries, RetryPolicy

T = TypeVar("T")
R = TypeVar("R")


async def sleep(seconds: float) -> None:
    """Imports what it needs when it is needed: who blocks must not pay for it."""
    import asyncio

    await asyncio.sleep(seconds)


class AsyncSearchStream:
    """The events of a search, once: to go over, best in a `with` block, which ends the search when it is left."""

    def __init__(self, events: AsyncGenerator[Event, None], idempotency_key: str) -> None:
        self._events = events
        self.idempotency_key = idempotency_key

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        return await anext(self._events)

    async def aclose(self) -> None:
        """End the search, if it has not ended by itself."""
        await self._events.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class AsyncConnection:
    """One server, through `http`; `wait` passes the time between two attempts."""

    def __init__(
        self, http: httpx.AsyncClient, token: str | None, retries: RetryPolicy, wait: Callable[[float], Awaitable[None]]
    ) -> None:
        self.token = token
        self._http = http
        self._retries = retries
        self._wait = wait

    async def aclose(self) -> None:
        await self._http.aclose()

    async def do(self, call: Call[T]) -> T:
        """What the call brings, after as many attempts as are worth making."""
        return await self._tried(call, self._done)

    async def events(self, call: Call[None], key: str) -> AsyncGenerator[Event, None]:
        response = await self._tried(call, self._opened)
        reader = EventReader()
        try:
            exchange.check_stream(response)
            async for chunk in response.aiter_raw():
                for event in reader.feed(chunk):
                    yield event
                    if isinstance(event, Final):
                        return
        except httpx.TransportError as error:
            raise StreamBroken(key) from error
        finally:
            await response.aclose()
        raise StreamBroken(key)

    async def _tried(self, call: Call[T], attempt: Callable[[Call[T]], Awaitable[R]]) -> R:
        """What an attempt at the call brings; after a failure that may pass, another one."""
        retries = Retries(self._retries, call)
        while True:
            try:
                return await attempt(call)
            except ClientError as failure:
                seconds = retries.wait_after(failure)
                if seconds is None:
                    raise
            await self._wait(seconds)

    async def _done(self, call: Call[T]) -> T:
        return call.read(await self._whole(await self._opened(call)))

    async def _opened(self, call: Call[T]) -> httpx.Response:
        """The reply, its body not read yet; a refusal is raised."""
        request = exchange.request_of(self._http, call, self.token)
        try:
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise exchange.unreachable(error) from error
        if not response.is_success:
            raise refusal(await self._whole(response))
        return response

    async def _whole(self, response: httpx.Response) -> Reply:
        body = exchange.Body(response)
        try:
            async for chunk in response.aiter_raw():
                body.add(chunk)
        except httpx.TransportError as error:
            raise exchange.unreachable(error) from error
        finally:
            await response.aclose()
        return body.reply
