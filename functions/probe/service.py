"""Does each agent still answer as it must? Who stops doing so gets no searches until it does again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from oqtopus.domain.agents import PROBED, Agent, AgentId, AgentStatus, CallOutcome
from oqtopus.errors import Unavailable
from oqtopus.messages import (
    AGENTS_PER_MESSAGE,
    AgentRestored,
    AgentsCalled,
    AgentsDue,
    AgentSuspended,
    CloudEvent,
    ProbesDue,
)
from oqtopus.observability import event_log
from oqtopus.ports import AgentCaller, AgentStore, Clock, ProbeResult, Publisher

log = event_log(__name__)

AGENTS_PER_TICK: Final = 1_000
# Half a full message, so that several instances share the work of one tick.
AGENTS_AT_ONCE: Final = AGENTS_PER_MESSAGE // 2
PROBES_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True)
class Probes:
    """What is done with each message.

    Probing again does no harm, for an agent that was probed is not due. Calls are counted again when the store failed
    in the middle of a message, which is rare, and errs on the side of counting.
    """

    agents: AgentStore
    caller: AgentCaller
    publisher: Publisher
    clock: Clock

    async def handle(self, event: CloudEvent) -> None:
        """Act on the event; `Unavailable` when the store did not answer, so that it is delivered again."""
        try:
            match event.message:
                case ProbesDue():
                    await self._hand_out()
                case AgentsDue(agent_ids=agent_ids):
                    await self._probe_all(agent_ids)
                case AgentsCalled(outcomes=outcomes):
                    await self._count_all(outcomes, event.time)
                case other:
                    log.info("message_ignored", topic=other.topic, event_id=event.id)
        finally:
            # After the reply the platform may freeze this process, with whatever it has not handed over yet.
            await self.publisher.flush()

    async def _hand_out(self) -> None:
        """Publish which agents are due, in parts that are probed wherever there is room."""
        due = await self.agents.due(self.clock(), AGENTS_PER_TICK)
        for start in range(0, len(due), AGENTS_AT_ONCE):
            self.publisher.publish(AgentsDue(agent_ids=tuple(due[start : start + AGENTS_AT_ONCE])))
        log.info("probes_handed_out", agents=len(due))

    async def _count_all(self, outcomes: Sequence[CallOutcome], at: datetime) -> None:
        """Count each call by itself and tell at once what it changed: one that fails takes no notice of another."""
        ends = await asyncio.gather(*(self._count(outcome, at) for outcome in outcomes), return_exceptions=True)
        for failure in filter(None, ends):
            raise failure

    async def _count(self, outcome: CallOutcome, at: datetime) -> None:
        self._tell(await self.agents.record([outcome], at))

    async def _probe_all(self, agent_ids: Sequence[AgentId]) -> None:
        """Probe each agent; what goes wrong with one is logged and costs the others nothing.

        Only a store that does not answer is raised, in the end: then the agents that are still due get another try.
        """
        turns, distinct = asyncio.Semaphore(PROBES_AT_ONCE), tuple(dict.fromkeys(agent_ids))
        ends = await asyncio.gather(*(self._probe(one, turns) for one in distinct), return_exceptions=True)
        failures = [(agent_id, end) for agent_id, end in zip(distinct, ends, strict=True) if end is not None]
        for agent_id, failure in failures:
            log.error("agent_not_probed", failure=failure, agent=agent_id)
        for _, failure in failures:
            if isinstance(failure, Unavailable):
                raise failure

    async def _probe(self, agent_id: AgentId, turns: asyncio.Semaphore) -> None:
        async with turns:
            agent = await self.agents.agent(agent_id)
            if agent is None or not _is_due(agent, self.clock()):
                log.info("agent_not_due", agent=agent_id)
                return
            try:
                result = await self.caller.probe(agent)
            except Unavailable:
                # The vault's fault and not the agent's. It stays due: the next tick is soon enough, while delivering
                # this message again would only add to what the vault cannot cope with.
                log.warning("agent_probe_put_off", agent=agent_id)
                return
            self._tell(await self.agents.record([outcome_of(agent_id, result)], self.clock()))

    def _tell(self, changed: Sequence[Agent]) -> None:
        for agent in changed:
            if agent.status is AgentStatus.SUSPENDED:
                reason = agent.health.last_failure
                log.warning("agent_suspended", agent=agent.id, account=agent.owner_id, reason=reason)
                self.publisher.publish(AgentSuspended(agent_id=agent.id, owner_id=agent.owner_id))
            else:
                log.info("agent_restored", agent=agent.id, account=agent.owner_id)
                self.publisher.publish(AgentRestored(agent_id=agent.id, owner_id=agent.owner_id))


def outcome_of(agent_id: AgentId, result: ProbeResult) -> CallOutcome:
    """What a probe counts for.

    An agent that answers a foreign key breaks the rule it was admitted by, which disqualifies it; C9 has no word for
    that but `bad_status`. A foreign probe that got no answer is a failure too, though the signed one passed: that
    the agent refuses strangers was not shown, and only an agent that shows it may come back.
    """
    is_open = result.foreign == "accepted"
    foreign = "bad_status" if result.foreign == "accepted" else result.foreign
    return CallOutcome(agent_id, result.ms, result.signed or foreign, is_probe=True, is_disqualifying=is_open)


def _is_due(agent: Agent, now: datetime) -> bool:
    """False for one that was probed meanwhile, and for one that waits for its owner's verification or an operator."""
    if agent.status not in PROBED or agent.probe_due_at is None:
        return False
    return agent.probe_due_at <= now
