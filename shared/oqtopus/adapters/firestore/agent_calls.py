"""Counting calls into agents' health, at any rate: the counters are incremented blindly, and only a change of status,
which is rare, depends on what is read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from oqtopus.adapters.firestore import agent_health
from oqtopus.adapters.firestore.agent_fields import agent_of
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Update
from oqtopus.adapters.firestore.rpcs import Missing, settled
from oqtopus.domain.agents import PROBED, Agent, AgentStatus, CallOutcome, probe_interval, status_after

AGENTS = "agents"


class CallCounter:
    """Counts an agent's calls; an answer lost on the way may count one call twice, and none is ever lost."""

    def __init__(self, database: FirestoreDatabase, now: datetime) -> None:
        self._database = database
        self._now = now

    async def count(self, agent: Agent, outcomes: Sequence[CallOutcome]) -> Sequence[Agent]:
        """Count the calls in their order, from `agent` as it was read; what it became with each change of status."""
        changed = []
        for outcome in outcomes:
            try:
                agent = await self._counted(agent, outcome)
                if due_at := agent.early_probe_at(outcome, self._now):
                    await self._database.commit(Update(AGENTS, agent.id, {"probe_due_at": due_at}))
            except Missing:
                # It was removed meanwhile.
                break
            status = _status_after(agent, outcome)
            if status is not agent.status and (after := await self._moved(agent, outcome, status)):
                agent = after
                changed.append(after)
        return changed

    async def _counted(self, agent: Agent, outcome: CallOutcome) -> Agent:
        """The agent with the true row of failures; its evidence adds to what was read, which may be old."""
        health = agent.health.after(outcome, self._now)
        fields = agent_health.counting(outcome, self._now, agent.health)
        if outcome.is_probe and agent.status in PROBED:
            fields["probe_due_at"] = self._now + probe_interval(agent.status, health.circuit)
        by_hour = agent_health.counting_by_hour(outcome, self._now)
        counts, _ = await self._database.commit(Update(AGENTS, agent.id, fields), by_hour)
        return replace(agent, health=agent_health.counted(health, counts))

    async def _moved(self, agent: Agent, outcome: CallOutcome, status: AgentStatus) -> Agent | None:
        """The agent with its new status, if this call is the one that gave it."""
        return await settled(partial(self._move, agent, outcome, status), self._database.limits)

    async def _move(self, agent: Agent, outcome: CallOutcome, status: AgentStatus, is_maybe_done: bool) -> Agent | None:
        document = await self._database.get(AGENTS, agent.id)
        if document is None:
            return None
        stored = agent_of(document)
        due_at = self._now + probe_interval(status, stored.health.circuit)
        if is_maybe_done and (stored.status, stored.probe_due_at) == (status, due_at):
            return stored
        if stored.status is not agent.status or status is not _status_after(stored, outcome):
            # Another call or the owner was faster, or a good call came between.
            return None
        moved = {"status": status.value, "probe_due_at": due_at}
        await self._database.commit(Update(AGENTS, agent.id, moved, document.version))
        return replace(stored, status=status, probe_due_at=due_at)


def _status_after(agent: Agent, outcome: CallOutcome) -> AgentStatus:
    """The status that the call gives, which is counted into the agent already."""
    return status_after(agent.status, agent.health.failures_in_a_row, outcome)
