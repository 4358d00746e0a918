"""What connections do when agents close, talk out of turn, or their names are slow."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from oqtopus.adapters.agent_connection import OutboundCall
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.domain.agents import AgentId
from oqtopus.errors import AgentFailure
from oqtopus.security.egress import AddressPolicy

AGENT = AgentId("a1")
CALL = OutboundCall(b"/agent", [(b"Host", b"agent"), (b"Content-Length", b"2")], b"{}")
Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(play: Play) -> AsyncIterator[str]:
    server = await asyncio.start_server(play, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example.com ESMTP\r\n")
    await reader.read()
    writer.close()


async def signed_slowly() -> OutboundCall:
    await asyncio.sleep(0.01)
    return CALL


@pytest.mark.parametrize("play", [closing, greeting])
async def test_an_agent_that_closes_or_speaks_first_is_a_protocol_failure(play: Play) -> None:
    async with served(play) as origin:
        policy = AddressPolicy(frozenset({origin}))
        transport = AgentTransport(policy)
        url = policy.url(origin)

        outcomes = [
            await asyncio.gather(transport.send(AGENT, url, signed_slowly), return_exceptions=True) for _ in range(10)
        ]
        await transport.aclose()

    assert {getattr(outcome, "reason", outcome) for (outcome,) in outcomes} == {"protocol"}


async def test_a_call_cancelled_while_it_is_signed_has_opened_nothing() -> None:
    opened: list[object] = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        writer.close()

    async def never_signed() -> OutboundCall:
        await asyncio.Event().wait()
        return CALL

    async with served(count) as origin:
        policy = AddressPolicy(frozenset({origin}))
        sending = asyncio.create_task(AgentTransport(policy).send(AGENT, policy.url(origin), never_signed))
        await asyncio.sleep(0.05)
        sending.cancel()
        await asyncio.wait([sending])

    assert opened == []


async def test_a_refused_call_is_an_agents_failure() -> None:
    policy = AddressPolicy(frozenset({"http://127.0.0.1:9"}))

    with pytest.raises(AgentFailure, match="unreachable"):
        await AgentTransport(policy).send(AGENT, policy.url("http://127.0.0.1:9"), signed_slowly)
