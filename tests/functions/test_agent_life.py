"""An agent's life on a clock of its own: searches that call it, messages that count, ticks that probe it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx
import pytest

from infra.push_signer import PushSigner
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES, Agent, AgentReply, AgentStatus
from oqtopus.domain.circuits import OPEN_AFTER_FAILURES, SHORTEST_REST, CircuitState
from oqtopus.domain.health import Condition
from oqtopus.errors import AgentFailure
from oqtopus.messages import AgentRestored, AgentsCalled, AgentsDue, AgentSuspended, Message, ProbesDue
from oqtopus.ports import ProbeResult
from tests.conftest import ClientOf
from tests.fakes.agents import NOON, agent
from tests.fakes.budgets import KeepingPublisher
from tests.fakes.bus_account import Bus, new_signer, push_settings
from tests.fakes.clock import FakeClock
from tests.fakes.models import ScriptedModel

FILMS = agent("films", probe_due_at=NOON + timedelta(minutes=15))
MINUTE = timedelta(minutes=1)


@dataclass
class Machine:
    """Implements `AgentCaller`: the one agent's machine, which is up or down."""

    is_up: bool = True
    asked: int = 0
    probed: int = 0

    async def ask(
        self,
        agent: Agent,
        question: str,
        output_structure: Mapping[str, object],
        deadline_seconds: float,
        hops: int = 1,
    ) -> AgentReply:
        self.asked += 1
        if not self.is_up:
            raise AgentFailure("unreachable")
        return AgentReply("Heat.")

    async def probe(self, agent: Agent) -> ProbeResult:
        self.probed += 1
        return ProbeResult(None, None, 9.0) if self.is_up else ProbeResult("unreachable", "unreachable", 9.0)

    async def aclose(self) -> None:
        """Nothing to close."""


@dataclass
class Life:
    """Search and probe as they are deployed; what one publishes is delivered to the other when a test says so."""

    services: Services
    clock: FakeClock
    http: httpx.AsyncClient
    bus: Bus
    machine: Machine = field(default_factory=Machine)
    publisher: KeepingPublisher = field(default_factory=KeepingPublisher)
    mails: list[Message] = field(default_factory=list)

    async def search(self) -> bool:
        """Whether the search called the agent; its message is delivered."""
        before = self.machine.asked
        reply = await self.http.post("/v1/search", json={"query": "Which film?"})
        assert reply.status_code == 200, reply.text
        await self._deliver()
        return self.machine.asked > before

    async def tick(self) -> None:
        """The schedule's message of this minute, and all that follows from it."""
        await self.bus.push(ProbesDue(), at=self.clock())
        await self._deliver()

    async def minutes(self, count: int, step: int = 1) -> None:
        for _ in range(count // step):
            self.clock.advance(step * MINUTE)
            await self.tick()

    async def agent(self) -> Agent:
        stored = await self.services.agents.agent(FILMS.id)
        assert stored is not None
        return stored

    async def state(self) -> tuple[AgentStatus, CircuitState, Condition]:
        stored = await self.agent()
        return stored.status, stored.health.circuit.state(self.clock()), stored.health.condition(self.clock())

    async def _deliver(self) -> None:
        while self.publisher.messages:
            message = self.publisher.messages.pop(0)
            if isinstance(message, AgentsCalled | AgentsDue):
                await self.bus.push(message, at=self.clock())
            elif isinstance(message, AgentSuspended | AgentRestored):
                self.mails.append(message)


@pytest.fixture
def signer() -> PushSigner:
    return new_signer()


@pytest.fixture
def settings(settings: Settings, signer: PushSigner) -> Settings:
    return replace(settings, push=push_settings(signer), quota_guest_per_day=1_000)


@pytest.fixture
async def life(services: Services, client_of: ClientOf, signer: PushSigner) -> AsyncIterator[Life]:
    clock = FakeClock(NOON)
    async with client_of("search") as http, client_of("probe") as pushed:
        lived = Life(services, clock, http, Bus(pushed, signer, clock))
        services.clock, services.bus, services.agent_caller = clock, lived.publisher, lived.machine
        services.models = (ScriptedModel("gemini"), ScriptedModel("embedded", is_knowledgeable=False))
        services.embedded = ScriptedModel()  # type: ignore[assignment]  # it ranks
        await services.accounts.add(Account(FILMS.owner_id, "owner@example.org", "owner", "", NOON))
        await services.agents.add(FILMS)
        yield lived


HEALTHY = (AgentStatus.ACTIVE, CircuitState.CLOSED, Condition.HEALTHY)
RESTING = (AgentStatus.ACTIVE, CircuitState.OPEN, Condition.FAILING)
ON_PROBATION = (AgentStatus.ACTIVE, CircuitState.PROBATION, Condition.FAILING)


async def failed_until_it_rests(life: Life) -> None:
    """Well for a while, then down for as many searches as it takes."""
    for _ in range(10):
        assert await life.search()
    assert await life.state() == HEALTHY
    life.machine.is_up = False
    for _ in range(OPEN_AFTER_FAILURES):
        assert await life.search()
    assert await life.state() == RESTING


async def test_an_agent_that_stays_down_is_rested_tried_and_suspended_and_its_owner_told_once(life: Life) -> None:
    await failed_until_it_rests(life)
    assert not await life.search()

    life.clock.advance(SHORTEST_REST)
    assert await life.state() == ON_PROBATION
    assert await life.search()
    assert await life.state() == RESTING
    assert not await life.search()

    tries = 0
    while (await life.agent()).status is AgentStatus.ACTIVE:
        assert life.clock.now < NOON + timedelta(hours=5)
        await life.minutes(1)
        tries += await life.search()
        assert life.mails == ([] if (await life.agent()).status is AgentStatus.ACTIVE else [suspended()])

    stored = await life.agent()
    assert stored.health.failures_in_a_row == SUSPENSION_AFTER_FAILURES
    assert tries + life.machine.probed == SUSPENSION_AFTER_FAILURES - OPEN_AFTER_FAILURES - 1
    assert not await life.search()
    await life.minutes(600, step=15)
    assert life.mails == [suspended()]


async def test_probes_alone_bring_an_agent_that_nobody_asks_to_its_suspension(life: Life) -> None:
    life.machine.is_up = False

    await life.minutes(15)
    first = await life.agent()
    await life.minutes(5)
    resting = await life.state()
    await life.minutes(4 * 60)

    assert first.health.failures_in_a_row == 1
    assert resting[1:] == (CircuitState.OPEN, Condition.FAILING)
    assert (await life.agent()).status is AgentStatus.SUSPENDED
    assert life.mails == [suspended()]
    assert life.machine.asked == 0


async def test_a_probe_closes_the_circuit_of_an_agent_that_is_back(life: Life) -> None:
    await failed_until_it_rests(life)
    life.machine.is_up = True

    await life.minutes(1)

    assert (await life.state())[:2] == (AgentStatus.ACTIVE, CircuitState.CLOSED)
    assert (await life.agent()).probe_due_at == life.clock.now + timedelta(minutes=15)
    assert await life.search()
    assert life.mails == []


async def test_a_good_call_on_probation_closes_the_circuit(life: Life) -> None:
    await failed_until_it_rests(life)
    life.machine.is_up = True
    life.clock.advance(SHORTEST_REST)

    assert await life.search()

    assert (await life.state())[:2] == (AgentStatus.ACTIVE, CircuitState.CLOSED)
    assert life.machine.probed == 0


async def test_an_agent_that_has_recovered_is_healthy_again_within_two_days(life: Life) -> None:
    await failed_until_it_rests(life)
    await life.minutes(4 * 60)
    life.machine.is_up = True

    await life.minutes(60)
    back = await life.state()
    await life.minutes(36 * 60, step=15)

    assert life.mails == [suspended(), AgentRestored(agent_id=FILMS.id, owner_id=FILMS.owner_id)]
    assert back[:2] == (AgentStatus.ACTIVE, CircuitState.CLOSED)
    assert back[2] in (Condition.DEGRADED, Condition.FAILING)
    assert await life.state() == HEALTHY


def suspended() -> AgentSuspended:
    return AgentSuspended(agent_id=FILMS.id, owner_id=FILMS.owner_id)
