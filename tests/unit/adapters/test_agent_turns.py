"""So many calls to one agent at once: the rest wait their turn, and what they wait is not the agent's fault."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from functions.search.fanout import FanOut
from oqtopus.adapters.agent_http import PROBES_AT_ONCE, HttpAgentCaller
from oqtopus.domain.agents import AgentId, AgentReply
from oqtopus.errors import AgentFailure, Unavailable
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import KeyRing
from tests.fakes.agent_calls import STRUCTURE, caller_at, now
from tests.fakes.agent_server import agent_serving, reply, saying
from tests.fakes.agents import agent


@dataclass
class Gate:
    """The script of an agent that holds its replies back until it is opened."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    busy: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    at_once: int = 0
    most_at_once: int = 0

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.busy.release()
        try:
            await self.opened.wait()
        finally:
            self.at_once -= 1
        writer.write(reply(b'{"answer":"Yes."}'))

    async def is_busy_with(self, calls: int) -> None:
        async with asyncio.timeout(5):
            for _ in range(calls):
                await self.busy.acquire()


def asking(caller: HttpAgentCaller, origin: str, deadline: float = 5.0) -> "asyncio.Task[AgentReply]":
    return asyncio.create_task(caller.ask(agent(url=origin), "When?", STRUCTURE, deadline))


async def test_an_agent_gets_so_many_calls_at_once_and_the_rest_in_turn() -> None:
    gate = Gate()
    async with agent_serving(gate.play) as fake:
        caller = caller_at(fake.origin, calls_at_once=3)
        calls = [asking(caller, fake.origin) for _ in range(10)]
        await gate.is_busy_with(3)
        gate.opened.set()

        answers = [(await call).answer for call in calls]
        await caller.aclose()

    assert answers == ["Yes."] * 10
    assert gate.most_at_once == 3


async def test_a_call_that_never_gets_its_turn_is_a_timeout_that_does_not_count() -> None:
    gate = Gate()
    async with agent_serving(gate.play) as fake:
        caller = caller_at(fake.origin, calls_at_once=1)
        first = asking(caller, fake.origin, deadline=0.4)
        await gate.is_busy_with(1)

        ends = await asyncio.gather(first, asking(caller, fake.origin, deadline=0.1), return_exceptions=True)
        await caller.aclose()

    failures = [end for end in ends if isinstance(end, AgentFailure)]
    assert [(failure.reason, failure.is_counted) for failure in failures] == [("timeout", True), ("timeout", False)]
    assert len(fake.requests) == 1


async def test_a_search_does_not_count_it_either() -> None:
    gate = Gate()
    async with agent_serving(gate.play) as fake:
        caller = caller_at(fake.origin, calls_at_once=1)
        first = asking(caller, fake.origin)
        await gate.is_busy_with(1)

        [answered] = await FanOut(caller, 0.1, 1).ask(
            [agent(url=fake.origin)], "When?", STRUCTURE, lambda _: None, lambda: None
        )
        first.cancel()
        await caller.aclose()

    assert (answered.failure, answered.is_counted) == ("timeout", False)


async def test_a_saturated_agent_holds_up_no_other() -> None:
    gate = Gate()
    async with agent_serving(gate.play) as slow, agent_serving(saying(reply())) as good:
        caller = caller_at(slow.origin, good.origin, calls_at_once=1)
        calls = [asking(caller, slow.origin) for _ in range(3)]
        await gate.is_busy_with(1)

        answered = await caller.ask(agent("good", url=good.origin), "When?", {}, 1)
        for call in calls:
            call.cancel()
        await caller.aclose()

    assert answered.answer.startswith("The film")


async def test_a_saturated_agent_is_still_probed() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"ready to answer" in fake.requests[-1].body:
            writer.write(reply())
        else:
            await gate.play(reader, writer)

    gate = Gate()
    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin, calls_at_once=1)
        calls = [asking(caller, fake.origin) for _ in range(3)]
        await gate.is_busy_with(1)

        result = await caller.probe(agent(url=fake.origin))
        for call in calls:
            call.cancel()
        await caller.aclose()

    assert result.signed is None


async def test_more_probes_than_there_is_room_for_are_put_off() -> None:
    gate = Gate()
    async with agent_serving(gate.play) as fake:
        caller = caller_at(fake.origin)
        probes = [asyncio.create_task(caller.probe(agent(url=fake.origin))) for _ in range(PROBES_AT_ONCE)]
        await gate.is_busy_with(2 * PROBES_AT_ONCE)

        with pytest.raises(Unavailable):
            await caller.probe(agent(url=fake.origin))

        gate.opened.set()
        assert {(await probe).signed for probe in probes} == {None}
        await caller.aclose()


async def test_cancelled_calls_give_their_turns_back() -> None:
    gate = Gate()
    async with agent_serving(gate.play) as fake:
        caller = caller_at(fake.origin, calls_at_once=2)
        calls = [asking(caller, fake.origin) for _ in range(6)]
        await gate.is_busy_with(2)

        for call in calls:
            call.cancel()
        await asyncio.wait(calls)
        gate.opened.set()
        answers = await asyncio.gather(*(asking(caller, fake.origin) for _ in range(4)))
        await caller.aclose()

    assert len(answers) == 4


async def test_what_the_vault_takes_is_not_counted_against_the_agent() -> None:
    class SlowVault:
        async def private_key(self, agent_id: AgentId, version: str) -> str:
            await asyncio.Event().wait()
            return ""

    caller = HttpAgentCaller(KeyRing(SlowVault(), now), AddressPolicy(), now)
    structure: Mapping[str, object] = {}

    with pytest.raises(AgentFailure, match="timeout") as failure:
        await caller.ask(agent(), "When?", structure, 0.05)

    assert not failure.value.is_counted


async def test_an_agent_that_hangs_on_a_kept_connection_is_counted() -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(fake.requests) > 1:
            await asyncio.Event().wait()
        writer.write(reply())

    async with agent_serving(play) as fake:
        caller = caller_at(fake.origin)
        await asking(caller, fake.origin)

        with pytest.raises(AgentFailure, match="timeout") as failure:
            await asking(caller, fake.origin, deadline=0.3)
        await caller.aclose()

    assert (failure.value.is_counted, fake.connections) == (True, 1)
