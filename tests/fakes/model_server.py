"""Gemini and OpenAI in one small scripted server.

`serving(ModelServer())` runs it in a test, `python -m tests.fakes.model_server --port 9700` for a benchmark.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from tests.fakes.provider_frames import PROTOCOLS, Frames, Script, error_body, frames

Message = MutableMapping[str, Any]  # ASGI's own type of a message.
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_FAULT_STATUS = {"rate_limited": 429, "failing": 500, "unauthorised": 401}


class ConnectionCut(Exception):
    """Makes the server drop the connection in the middle of a reply."""


@dataclass(slots=True)
class Exchange:
    """A request received, and whether its client left before the reply was whole; for any thread to read."""

    path: str
    body: bytes
    headers: Mapping[bytes, bytes]
    client_port: int
    client_left: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False

    @property
    def json(self) -> dict[str, Any]:  # A provider's request body has no fixed shape.
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


class ModelServer:
    """The ASGI application; `play` changes what it does from the next request on."""

    def __init__(self, script: Script | None = None, remembered: int = 1000) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=remembered)
        self._arrived = threading.Semaphore(0)
        self.play(script or Script())

    def play(self, script: Script) -> None:
        self._script, self._frames = script, frames(script)

    def replay(self, reply: Frames) -> None:
        """Answer with these bytes, whatever the protocol."""
        self._script, self._frames = Script(), dict.fromkeys(PROTOCOLS, reply)

    def forget(self) -> None:
        """Start the record of exchanges anew."""
        self.exchanges.clear()
        self._arrived = threading.Semaphore(0)

    async def next_exchange(self) -> Exchange:
        """The latest request, as soon as there is one that was not waited for before."""
        if not await asyncio.to_thread(self._arrived.acquire, timeout=10):
            raise TimeoutError
        return self.exchanges[-1]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await _whole_body(receive)
        exchange = Exchange(scope["path"], body, dict(scope["headers"]), scope["client"][1])
        self.exchanges.append(exchange)
        self._arrived.release()
        answering = asyncio.ensure_future(self._answer(exchange, send))
        leaving = asyncio.ensure_future(receive())
        await asyncio.wait((answering, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if not answering.done():
            answering.cancel()
            exchange.client_left.set()
        else:
            exchange.is_done = True
            answering.result()

    async def _answer(self, exchange: Exchange, send: Send) -> None:
        script = self._script
        protocol, is_stream = _kind(exchange)
        if (status := _FAULT_STATUS.get(script.fault or "", 200)) != 200:
            await _reply(send, status, error_body(status))
        elif protocol is None:
            await _reply(send, 404, error_body(404))
        elif script.fault == "hang":
            await asyncio.Event().wait()
        elif is_stream:
            await _stream(send, self._frames[protocol], script)
        else:
            await asyncio.sleep(script.route_ms / 1000)
            await _reply(send, 200, self._frames[protocol].routed)


def _kind(exchange: Exchange) -> tuple[str | None, bool]:
    """Which protocol a request speaks, and whether it wants a stream."""
    if exchange.path.endswith(":streamGenerateContent"):
        return "gemini", True
    if exchange.path.endswith(":generateContent"):
        return "gemini", False
    protocol = {"/v1/responses": "responses", "/v1/chat/completions": "chat"}.get(exchange.path)
    return protocol, protocol is not None and exchange.json.get("stream") is True


async def _whole_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _reply(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _stream(send: Send, reply: Frames, script: Script) -> None:
    clock = asyncio.get_running_loop().time
    started = clock()
    first, last = script.first_piece_ms / 1000, script.answer_ms / 1000
    step = (last - first) / max(1, len(reply.pieces) - 1)
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if reply.opening:
        await send({"type": "http.response.body", "body": reply.opening, "more_body": True})
    for number, piece in enumerate(reply.pieces):
        if (wait := started + first + number * step - clock()) > 0:
            await asyncio.sleep(wait)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        if script.fault == "cut":
            raise ConnectionCut
        if script.fault == "stall":
            await asyncio.Event().wait()
    await send({"type": "http.response.body", "body": reply.closing})


def _uvicorn(app: ModelServer) -> uvicorn.Server:
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none")
    return uvicorn.Server(config)


@contextlib.contextmanager
def serving(app: ModelServer) -> Iterator[str]:
    """The server's base URL, while it runs in a thread of its own on a free port of the loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = _uvicorn(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(timeout=5)
        listener.close()


def main() -> None:
    """Serve one script until stopped."""
    parser = argparse.ArgumentParser(description="A scripted Gemini and OpenAI on the loopback.")
    parser.add_argument("--port", type=int, default=9700)
    parser.add_argument("--route-ms", type=float, default=300)
    parser.add_argument("--answer-ms", type=float, default=800)
    parser.add_argument("--first-piece-ms", type=float, default=100)
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--category", action="append", default=[], help="what routing returns; repeatable")
    options = parser.parse_args()
    script = Script(
        route_ms=options.route_ms,
        answer_ms=options.answer_ms,
        first_piece_ms=options.first_piece_ms,
        pieces=options.pieces,
        categories=tuple(options.category),
    )
    listener = socket.create_server(("127.0.0.1", options.port), backlog=2048)
    _uvicorn(ModelServer(script)).run(sockets=[listener])


if __name__ == "__main__":
    main()
