"""Agents played on loopback: one that is quick and cheap, and one that plays any script of bad manners.

`python -m tests.fakes.agent_server --port 9501 --latency-ms 200` serves the first from a process of its own.
"""

import argparse
import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

ANSWER = (
    b'{"answer":"The film came out in 1982 and was well received.",'
    b'"sources":[{"title":"A film archive","url":"https://films.example.org/1982"}],"year":1982}'
)


def reply(body: bytes = ANSWER, *headers: str, status: str = "200 OK", media_type: str = "application/json") -> bytes:
    """The bytes of a reply with a right Content-Length."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """What the agent got: header names are in small letters, in order."""

    line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return dict(self.headers)[name]


@dataclass(slots=True)
class FakeAgent:
    """A running agent and all that it was sent."""

    origin: str
    port: int
    requests: list[SeenRequest] = field(default_factory=list)
    connections: int = 0


Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def saying(data: bytes) -> Play:
    """The script of an agent that answers each request with the same bytes."""

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return play


@asynccontextmanager
async def agent_serving(play: Play, tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeAgent]:
    """Serve `play` on a free port; it is called once for each request that was read whole."""
    tasks: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        agent.connections += 1
        tasks.add(asyncio.current_task())
        try:
            while not writer.is_closing():
                agent.requests.append(await _request(reader))
                await play(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    agent = FakeAgent(f"http://127.0.0.1:{port}", port)
    try:
        yield agent
    finally:
        server.close()
        running = [task for task in tasks if task is not None and not task.done()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running)


async def _request(reader: asyncio.StreamReader) -> SeenRequest:
    line, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = [field.partition(":") for field in fields if field]
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    body = await reader.readexactly(int(dict(headers).get("content-length", "0")))
    return SeenRequest(line, headers, body)


class QuickAgent(asyncio.Protocol):
    """Answers every request after a fixed latency, with as little work as there can be."""

    def __init__(self, latency: float, data: bytes) -> None:
        self._latency = latency
        self._data = data
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            _, has_length, rest = head.partition(b"content-length:")
            size = end + 4 + (int(rest.split(b"\r\n", 1)[0]) if has_length else 0)
            if len(self._buffer) < size:
                return
            self._buffer = self._buffer[size:]
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, self._data)


async def _serve(port: int, latency: float) -> None:
    data = reply()
    server = await asyncio.get_running_loop().create_server(
        lambda: QuickAgent(latency, data), "127.0.0.1", port, backlog=1_024
    )
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="An agent for benchmarks; it checks no signature.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.latency_ms / 1_000))


if __name__ == "__main__":
    main()
