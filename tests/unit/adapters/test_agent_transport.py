"""What connections do when agents close, talk out of turn, or their names are slow."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from oqtopus.adapters.agent_connection import OutboundCall
from oqtopus.adapters.agent_transport import LOOK_UPS_OF_A_DOMAIN, AgentTransport, SystemResolver
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


class SlowNames:
    """Looks names up in threads and notes them; those of `slow.example` take until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.looked_up: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        if host.endswith("slow.example"):
            assert self.let_go.wait(10)
        return [host]


async def test_the_slow_names_of_one_domain_wait_for_one_another_and_hold_up_no_other() -> None:
    names = SlowNames()
    resolver = SystemResolver(names)
    hosts = [f"a{number}.slow.example" for number in range(LOOK_UPS_OF_A_DOMAIN + 1)]
    slow = [asyncio.create_task(resolver(host, 443)) for host in hosts]
    await asyncio.sleep(0)

    other = await resolver("good.example", 443)
    looked_up = set(names.looked_up)
    names.let_go.set()

    assert other == ["good.example"]
    assert looked_up <= {*hosts[:-1], "good.example"}
    assert [await task for task in slow] == [[host] for host in hosts]


async def test_look_ups_of_one_name_at_the_same_time_are_one() -> None:
    names = SlowNames()
    resolver = SystemResolver(names)
    asking = [asyncio.create_task(resolver("a.slow.example", 443)) for _ in range(3)]
    await asyncio.sleep(0)

    asking[0].cancel()
    names.let_go.set()
    answers = [await task for task in asking[1:]]

    assert answers == [["a.slow.example"]] * 2
    assert names.looked_up == ["a.slow.example"]


async def test_a_refused_call_is_an_agents_failure() -> None:
    policy = AddressPolicy(frozenset({"http://127.0.0.1:9"}))

    with pytest.raises(AgentFailure, match="unreachable"):
        await AgentTransport(policy).send(AGENT, policy.url("http://127.0.0.1:9"), signed_slowly)
