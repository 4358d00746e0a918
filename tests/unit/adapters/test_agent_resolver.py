"""Slow names hold up only their own owner's, and what anybody waits in our line for them counts against nobody."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.adapters.agent_resolver import LOOK_UPS_OF_A_DOMAIN, RESOLVER_THREADS, SystemResolver, line_of
from oqtopus.adapters.agent_transport import AgentTransport
from oqtopus.errors import AgentFailure, Unavailable
from oqtopus.ports import ProbeResult
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing
from tests.fakes.agent_calls import now
from tests.fakes.agents import agent
from tests.fakes.vaults import OneKeyVault


class SlowNames:
    """Looks names up in threads and notes them; those of `slow.example` take until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.looked_up: list[str] = []
        self.begun = threading.Semaphore(0)

    def __call__(self, host: str, port: int) -> list[str]:
        self.looked_up.append(host)
        self.begun.release()
        if host.endswith("slow.example"):
            assert self.let_go.wait(10)
        return [host]


@pytest.fixture
def names() -> Iterator[SlowNames]:
    slow = SlowNames()
    yield slow
    slow.let_go.set()


def caller_with(names: SlowNames, probe_seconds: float = 10) -> HttpAgentCaller:
    policy = AddressPolicy()
    transport = AgentTransport(policy, SystemResolver(names))
    return HttpAgentCaller(KeyRing(OneKeyVault(), now), policy, now, transport, probe_seconds=probe_seconds)


async def failure_of(caller: HttpAgentCaller, host: str, deadline: float) -> AgentFailure:
    with pytest.raises(AgentFailure) as failure:
        await caller.ask(agent(host, url=f"https://{host}"), "?", {}, deadline)
    return failure.value


async def test_the_slow_names_of_one_domain_wait_for_one_another_and_hold_up_no_other(names: SlowNames) -> None:
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


async def test_look_ups_of_one_name_at_the_same_time_are_one(names: SlowNames) -> None:
    resolver = SystemResolver(names)
    asking = [asyncio.create_task(resolver("a.slow.example", 443)) for _ in range(3)]
    await asyncio.sleep(0)

    asking[0].cancel()
    names.let_go.set()
    answers = [await task for task in asking[1:]]

    assert answers == [["a.slow.example"]] * 2
    assert names.looked_up == ["a.slow.example"]


async def test_a_call_that_waits_for_its_turn_to_be_looked_up_is_not_counted(names: SlowNames) -> None:
    caller = caller_with(names)
    hosts = [f"a{number}.slow.example" for number in range(LOOK_UPS_OF_A_DOMAIN + 1)]

    failures = await asyncio.gather(*(failure_of(caller, host, 0.5) for host in hosts))

    assert [failure.reason for failure in failures] == ["timeout"] * len(hosts)
    assert sum(failure.is_counted for failure in failures) == LOOK_UPS_OF_A_DOMAIN


async def test_a_call_that_waits_for_a_thread_to_be_looked_up_is_not_counted(names: SlowNames) -> None:
    caller = caller_with(names)
    hosts = [f"{number}.{number % 8}slow.example" for number in range(RESOLVER_THREADS)]
    filling = [asyncio.create_task(failure_of(caller, host, 5)) for host in hosts]
    for _ in hosts:
        assert await asyncio.to_thread(names.begun.acquire, timeout=5)

    failure = await failure_of(caller, "stranger.example", 0.1)
    for call in filling:
        call.cancel()

    assert (failure.reason, failure.is_counted) == ("timeout", False)


async def test_who_joins_a_look_up_that_has_begun_is_told_so(names: SlowNames) -> None:
    caller = caller_with(names)

    failures = await asyncio.gather(*(failure_of(caller, "slow.example", after) for after in (0.3, 0.4)))

    assert [failure.is_counted for failure in failures] == [True, True]


async def test_a_probe_that_waits_for_its_turn_to_be_looked_up_is_put_off(names: SlowNames) -> None:
    caller = caller_with(names, probe_seconds=0.3)
    hosts = [f"a{number}.slow.example" for number in range(LOOK_UPS_OF_A_DOMAIN + 1)]

    probes = (caller.probe(agent(host, url=f"https://{host}")) for host in hosts)
    ends = await asyncio.gather(*probes, return_exceptions=True)

    assert [type(end) for end in ends if isinstance(end, BaseException)] == [Unavailable]
    assert {end.signed for end in ends if isinstance(end, ProbeResult)} == {"timeout"}


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("agent", "agent"),
        ("example.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("a.example.de", "example.de"),
        ("a.shop.co.uk", "shop.co.uk"),
        ("a.b.shop.com.br", "shop.com.br"),
        ("co.uk", "co.uk"),
        ("a.co.example", "co.example"),
        ("a.com.museum", "com.museum"),
        ("me.github.io", "me.github.io"),
        ("a.me.workers.dev", "me.workers.dev"),
        ("agent-x1-ew.a.run.app", "agent-x1-ew.a.run.app"),
        ("agent-12.europe-west1.run.app", "agent-12.europe-west1.run.app"),
        ("a1.execute-api.eu-west-1.amazonaws.com", "a1.execute-api.eu-west-1.amazonaws.com"),
    ],
)
def test_names_share_a_line_as_far_as_they_may_be_one_owners(host: str, line: str) -> None:
    assert line_of(host) == line
