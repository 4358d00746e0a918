"""Rules U6 and U7: a name is looked up once, each answer judged, and a judged address called by the name."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.errors import AgentFailure
from oqtopus.security.egress import AddressPolicy
from tests.fakes.agent_calls import caller_of
from tests.fakes.agent_names import ScriptedNames
from tests.fakes.agent_server import SeenRequest, agent_serving, reply, saying
from tests.fakes.agents import agent
from tests.fakes.certificates import Authority

EXAMPLE = agent(url="https://a.example.org")


@pytest.fixture
async def names() -> AsyncIterator[ScriptedNames]:
    async with agent_serving(saying(reply())) as fake:
        yield ScriptedNames([["93.184.216.34"]], fake.port)


def caller_with(names: ScriptedNames) -> HttpAgentCaller:
    policy = AddressPolicy()
    return caller_of(policy, AgentTransport(policy, names.resolve, names.dial))


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["93.184.216.34", "169.254.169.254"], ["::ffff:127.0.0.1"], []])
async def test_a_name_with_a_bad_answer_is_blocked_and_nothing_is_dialled(
    names: ScriptedNames, answers: Sequence[str]
) -> None:
    names.answers = [answers]

    with pytest.raises(AgentFailure, match="blocked"):
        await caller_with(names).ask(EXAMPLE, "?", {}, 5)

    assert names.dialled == []


async def test_the_judged_address_is_dialled_and_looked_up_once(names: ScriptedNames) -> None:
    names.answers = [["93.184.216.34"], ["127.0.0.1"]]
    caller = caller_with(names)

    for _ in range(3):
        await caller.ask(agent(url="https://a.example.org:8443"), "?", {}, 5)
    await caller.aclose()

    assert names.looked_up == ["a.example.org"]
    assert names.dialled == [("93.184.216.34", 8443)]


async def test_a_new_connection_is_judged_anew(names: ScriptedNames) -> None:
    names.answers = [["93.184.216.34"], ["127.0.0.1"]]
    caller = caller_with(names)
    await caller.ask(EXAMPLE, "?", {}, 5)
    await caller.aclose()

    with pytest.raises(AgentFailure, match="blocked"):
        await caller.ask(EXAMPLE, "?", {}, 5)


async def test_a_slow_look_up_is_within_the_deadline() -> None:
    async def resolve(host: str, port: int, begun: Callable[[], None]) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    policy = AddressPolicy()

    with pytest.raises(AgentFailure, match="timeout"):
        await caller_of(policy, AgentTransport(policy, resolve)).ask(EXAMPLE, "?", {}, 0.1)


async def ask_over_tls(certified: str) -> tuple[list[str | None], SeenRequest]:
    """Call a.example.org at an agent with a certificate for `certified`; what it saw as SNI, and the request."""
    server_names: list[str | None] = []
    authority = Authority()
    server = authority.server(certified)
    server.sni_callback = lambda _socket, name, _context: server_names.append(name)
    async with agent_serving(saying(reply()), server) as fake:
        names = ScriptedNames([["93.184.216.34"]], tls_port=fake.port)
        policy = AddressPolicy()
        caller = caller_of(policy, AgentTransport(policy, names.resolve, names.dial, authority.client))
        await caller.ask(EXAMPLE, "?", {}, 5)
        await caller.aclose()
        return server_names, fake.requests[0]


async def test_sni_certificate_and_host_use_the_name_not_the_address() -> None:
    server_names, request = await ask_over_tls("a.example.org")

    assert server_names == ["a.example.org"]
    assert request.header("host") == "a.example.org"


async def test_a_certificate_of_another_name_is_a_tls_failure() -> None:
    with pytest.raises(AgentFailure, match="tls"):
        await ask_over_tls("b.example.org")
