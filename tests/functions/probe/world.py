"""The probe function and what it stands on, with agents that answer by script."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentReply, AgentStatus, CallOutcome, Health
from oqtopus.errors import AgentFailure, FailureReason, Unavailable
from oqtopus.messages import AgentsDue, Message
from oqtopus.ports import AgentStore, ProbeResult
from tests.fakes.agents import agent
from tests.fakes.bus_account import Bus
from tests.fakes.clock import FakeClock

OWNER = AccountId("owner")
MINUTE = timedelta(minutes=1)
PASSED = ProbeResult(None, None, 12.0)


@dataclass
class ScriptedProbes:
    """Implements `AgentCaller`: probes pass unless an agent's entry says otherwise; while held they do not end."""

    ends: dict[AgentId, ProbeResult | Exception] = field(default_factory=dict)
    probed: list[AgentId] = field(default_factory=list)
    running: int = 0
    most_at_once: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(
        self,
        agent: Agent,
        question: str,
        output_structure: Mapping[str, object],
        deadline_seconds: float,
        hops: int = 1,
    ) -> AgentReply:
        raise AgentFailure("unreachable")

    async def probe(self, agent: Agent) -> ProbeResult:
        self.probed.append(agent.id)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        await self.may_end.wait()
        self.running -= 1
        end = self.ends.get(agent.id, PASSED)
        if isinstance(end, Exception):
            raise end
        return end

    async def aclose(self) -> None:
        """Nothing to close."""


@dataclass
class Outgoing:
    """Implements `Publisher`: what was published, and how much of it had been handed over before the reply."""

    published: list[Message] = field(default_factory=list)
    handed_over: int = 0

    async def warm(self) -> None:
        """Nothing to make."""

    def publish(self, message: Message) -> None:
        self.published.append(message)

    async def flush(self) -> None:
        self.handed_over = len(self.published)

    async def aclose(self) -> None:
        """Nothing to close."""


class FaultyAgents:
    """Implements `AgentStore` over another one; operations in `down` are unavailable, those of one agent too."""

    def __init__(self, agents: AgentStore) -> None:
        self._agents = agents
        self.add, self.owned_by, self.public, self.remove = agents.add, agents.owned_by, agents.public, agents.remove
        self.candidates, self.change, self.set_blocked = agents.candidates, agents.change, agents.set_blocked
        self.history = agents.history
        self.down: set[str] = set()

    async def agent(self, agent_id: AgentId) -> Agent | None:
        self._check("agent", agent_id)
        return await self._agents.agent(agent_id)

    async def record(self, outcomes: Sequence[CallOutcome], now: datetime) -> Sequence[Agent]:
        self._check("record", *(outcome.agent_id for outcome in outcomes))
        return await self._agents.record(outcomes, now)

    async def due(self, now: datetime, at_most: int) -> Sequence[AgentId]:
        self._check("due")
        return await self._agents.due(now, at_most)

    def _check(self, operation: str, *agent_ids: AgentId) -> None:
        if self.down & {operation, *(f"{operation} {agent_id}" for agent_id in agent_ids)}:
            raise Unavailable("The store does not answer.")


class World:
    """The function's services with a scripted caller, a publisher that keeps what it gets, and a store with faults."""

    def __init__(self, services: Services, clock: FakeClock, bus: Bus) -> None:
        self.clock = clock
        self.bus = bus
        self.caller = ScriptedProbes()
        self.caller.may_end.set()
        self.outgoing = Outgoing()
        self.agents = FaultyAgents(services.agents)
        services.clock = clock
        services.agent_caller = self.caller
        services.bus = self.outgoing
        services.agents = self.agents

    async def kept(self, name: str = "films", failures: int = 0, **changes: object) -> AgentId:
        """The id of a new agent of the owner, due since a minute, with that many failures in a row behind it."""
        health = Health(failures, failures, failures, "timeout" if failures else None)
        members = {"owner_id": OWNER, "probe_due_at": self.clock() - MINUTE, "health": health} | changes
        made = agent(name, **members)
        await self.agents.add(made)
        return made.id

    async def suspended(self, name: str = "films") -> AgentId:
        return await self.kept(name, 20, status=AgentStatus.SUSPENDED)

    async def probe(self, *agent_ids: AgentId) -> int:
        """Have the agents probed; the status of the reply."""
        return (await self.bus.push(AgentsDue(agent_ids=agent_ids))).status_code

    async def stored(self, agent_id: AgentId) -> Agent:
        found = await self.agents.agent(agent_id)
        assert found is not None
        return found


def failing(reason: FailureReason = "unreachable") -> ProbeResult:
    return ProbeResult(reason, reason, 5.0)
