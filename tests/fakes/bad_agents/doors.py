"""Where bad agents listen: with which certificate, or with nobody behind the port at all."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Final

from tests.fakes.bad_agents.scripts import BadAgent, Door, Stage
from tests.fakes.certificates import Authority

_YEAR: Final = timedelta(days=365)


@asynccontextmanager
async def standing(agents: Iterable[BadAgent], authority: Authority, canary: str) -> AsyncIterator[dict[str, str]]:
    """The agents behind their doors while the block runs; their origins by their names."""
    contexts = _tls_contexts(authority)
    async with AsyncExitStack() as stack:
        origins: dict[str, str] = {}
        for agent in agents:
            silent = _SILENT.get(agent.door)
            if silent is not None:
                port = stack.enter_context(silent())
            else:
                port = await stack.enter_async_context(_playing(agent, contexts.get(agent.door), canary.encode()))
            scheme = "https" if agent.door == "plain over tls" or agent.door in contexts else "http"
            origins[agent.name] = f"{scheme}://127.0.0.1:{port}"
        yield origins


def _tls_contexts(authority: Authority) -> Mapping[Door, ssl.SSLContext]:
    return {
        "tls": authority.server(),
        "wrong name": authority.server("another.example"),
        "expired": authority.server(starts=-2 * _YEAR, ends=-_YEAR),
        "not yet": authority.server(starts=_YEAR, ends=2 * _YEAR),
        "self-signed": authority.server(is_self_signed=True),
        "unknown issuer": Authority().server(),
        "long chain": authority.server(copies=2_000),
        "asks for a certificate": authority.server(is_asking=True),
    }


@asynccontextmanager
async def _playing(agent: BadAgent, tls: ssl.SSLContext | None, canary: bytes) -> AsyncIterator[int]:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await agent.play(Stage(reader, writer, canary))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # The caller has gone, or the day is over.
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@contextmanager
def _closed() -> Iterator[int]:
    """The port is bound, so that nobody else gets it, and nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def _unattended() -> Iterator[int]:
    """The system accepts for a program that never takes the connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def _full() -> Iterator[int]:
    """The queue of connections that nobody takes is full, and the system drops whatever else comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        with socket.create_connection(address), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(address)
            yield address[1]


_SILENT: Final[Mapping[Door, Callable[[], AbstractContextManager[int]]]] = {
    "closed": _closed,
    "unattended": _unattended,
    "full": _full,
}
