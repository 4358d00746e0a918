"""A function that runs in a process of its own, as an application that the local gateway can call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

import httpx

from infra.gateway import Message, Receive, Scope, Send
from oqtopus.observability import event_log
from oqtopus.wire.problems import unavailable_problem

log = event_log("oqtopus.gateway")

CONNECT_SECONDS: Final = 3.0
MAX_CONNECTIONS: Final = 1_000

# RFC 9110 7.6.1: these are about one connection and not about the request; the lengths are the client library's.
_PER_CONNECTION = {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"content-length"}
_FORWARDED_FOR = b"x-forwarded-for"


class Upstream:
    """Passes requests on to `base_url` and streams the reply back piece by piece, as it comes."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        limits = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS)
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        self._http = httpx.AsyncClient(base_url=base_url, trust_env=False, timeout=timeout, limits=limits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        relaying = asyncio.create_task(self._relay(scope, body, receive, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({relaying, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Cancelling closes the connection to the function, which so learns that its client has left.
            for task in (relaying, leaving):
                task.cancel()
            await asyncio.wait({relaying, leaving})
        if not relaying.cancelled():
            relaying.result()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _relay(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            request = self._request(scope, body)
            try:
                response = await self._http.send(request, stream=True)
            except httpx.TransportError as failure:
                log.error("function_unreachable", failure=failure, function=self.base_url)
                request_id = request.headers.get("x-request-id", "")
                await unavailable_problem(request_id)(scope, receive, send)
                return
            stack.push_async_callback(response.aclose)
            headers = _reply_head(response)
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            async for message in _pieces(response):
                await send(message)

    def _request(self, scope: Scope, body: bytes) -> httpx.Request:
        headers = [(name, value) for name, value in scope["headers"] if name not in _PER_CONNECTION]
        client = scope.get("client")
        if client:
            # The hop that functions trust is the last one: whatever the client wrote stands before it.
            headers.append((_FORWARDED_FOR, client[0].encode()))
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope.get("query_string") or b""
        target = path + b"?" + query if query else path
        url = self._http.base_url.copy_with(raw_path=target)
        # Not by the client, which would add headers of its own, such as which encodings it takes.
        return httpx.Request(scope["method"], url, headers=headers, content=body)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _reply_head(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    kept = _PER_CONNECTION - {b"content-length"} | {b"server", b"date"}
    return [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in kept]


async def _pieces(response: httpx.Response) -> AsyncIterator[Message]:
    async for piece in response.aiter_raw():
        yield {"type": "http.response.body", "body": piece, "more_body": True}
    yield {"type": "http.response.body", "body": b"", "more_body": False}
