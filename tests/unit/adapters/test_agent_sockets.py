"""The table of URLs with the real dialler and resolver threads, watched at the sockets by an audit hook."""

import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from oqtopus.adapters.agent_connection import AgentConnection
from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_resolver import SystemResolver
from oqtopus.adapters.agent_transport import MAX_ATTEMPTS, AgentTransport, dial_address
from oqtopus.errors import AgentFailure
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing
from tests.agent_urls.rows import AGENT, Row
from tests.agent_urls.table import AS_IT_IS_RUN, GROUPS
from tests.fakes.agents import agent
from tests.fakes.sockets import SocketLog, no_network
from tests.fakes.vaults import OneKeyVault

Attempts = list[tuple[str, int]]


def expected(row: Row) -> tuple[str, Attempts]:
    """The outcome where nobody can be reached, and what must have been tried."""
    if row.rule is not None:
        return "blocked", []
    parts = urlsplit(row.kept)
    return "unreachable", [(address, parts.port or 443) for address in row.answers[:MAX_ATTEMPTS]]


class Watched:
    """The real caller with a look-up by script in the resolver's own threads, and all that it tries."""

    def __init__(self, policy: AddressPolicy) -> None:
        self._answers: tuple[str, ...] = ()
        transport = AgentTransport(policy, SystemResolver(lambda host, port: list(self._answers)))
        self._caller = HttpAgentCaller(KeyRing(OneKeyVault(), now), policy, now, transport)

    async def tried(self, row: Row) -> tuple[str, Attempts]:
        self._answers = row.answers
        with no_network() as log:
            word = await outcome(self._caller, row.url)
        assert log.look_ups == []
        return word, log.connects


async def outcome(caller: HttpAgentCaller, url: str) -> str:
    try:
        await caller.ask(agent(url=url), "Which film?", {}, 5)
    except AgentFailure as failure:
        return failure.reason
    return "answered"


def now() -> datetime:
    return datetime.now(UTC)


async def test_over_the_whole_table_no_socket_goes_anywhere_but_to_judged_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    wrong: dict[str, object] = {}
    for policy, rows in GROUPS.values():
        watched = Watched(policy)
        wrong |= {row.name: found for row in rows if (found := await watched.tried(row)) != expected(row)}

    assert wrong == {}


async def test_the_systems_resolver_is_asked_once_and_for_the_name_alone() -> None:
    caller = HttpAgentCaller(KeyRing(OneKeyVault(), now), AS_IT_IS_RUN, now)

    with no_network() as log:
        word = await outcome(caller, f"{AGENT}:8443/v1")

    assert (word, log) == ("unreachable", SocketLog([], ["agent.example.org"]))


async def test_an_address_is_dialled_without_a_look_up() -> None:
    with no_network() as log:
        for address in ("93.184.216.34", "2606:4700:4700::1111"):
            with pytest.raises(OSError):
                await dial_address(lambda: AgentConnection(0.0), address, 443, None, None)

    assert log == SocketLog([("93.184.216.34", 443), ("2606:4700:4700::1111", 443)], [])


def test_outside_the_watch_sockets_work_as_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with no_network() as log, socket.socket() as refused, pytest.raises(ConnectionRefusedError):
            refused.connect(listener.getsockname())
        with socket.socket() as taken:
            taken.connect(listener.getsockname())

        assert log.connects == [listener.getsockname()]
