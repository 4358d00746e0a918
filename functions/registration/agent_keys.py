"""Agents' keys in the vault, which is changed only under work that the journal knows of.

One rule mends whatever breaks off: the versions that an agent names are in use, and everything else that the vault has
of it is destroyed; an agent that is not there names none.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from oqtopus.domain.agents import AgentId
from oqtopus.errors import Unavailable
from oqtopus.messages import CloudEvent, KeysDue
from oqtopus.observability import event_log
from oqtopus.ports import AgentStore, Clock, KeyJournal, KeyVault, KeyWork

log = event_log(__name__)

WORK_TIME: Final = timedelta(minutes=10)
"""Far more than a request may take: after that nobody is at the work any more."""

WORKS_PER_TICK: Final = 200
AGENTS_AT_ONCE: Final = 8
TICK_TIME: Final = timedelta(seconds=40)
"""No work is begun later in a tick: the function has 60 seconds, and what it has begun is to end in them."""


@dataclass(frozen=True, slots=True)
class AgentKeys:
    """Begins, ends and mends work on keys."""

    agents: AgentStore
    vault: KeyVault
    journal: KeyJournal
    clock: Clock
    new_id: Callable[[], str]

    async def begin(self, agent_id: AgentId, *, is_adding: bool, due_at: datetime | None = None) -> KeyWork:
        """Write down what is about to be done; without `due_at`, it may take ten minutes."""
        work = KeyWork(self.new_id(), agent_id, due_at or self.clock() + WORK_TIME, is_adding)
        await self.journal.begin(work)
        return work

    async def finish(self, work: KeyWork) -> None:
        """Strike out work that has left nothing to destroy; when that fails, the next tick finds nothing to do."""
        try:
            await self.journal.finish(work.id)
        except Unavailable:
            log.warning("key_work_left", agent=work.agent_id)

    async def settle(self, work: KeyWork) -> None:
        """Destroy what the agent does not name and strike the work out, or leave it for a later tick.

        The order counts: a key that somebody adds meanwhile is either not among the versions read first, or their work
        is seen, or the agent names the key by then.
        """
        versions = await self.vault.versions(work.agent_id)
        now = self.clock()
        others = [other for other in await self.journal.of_agent(work.agent_id) if other.id != work.id]
        if any(other.is_adding and other.due_at > now for other in others):
            return
        agent = await self.agents.agent(work.agent_id)
        if agent is None:
            await self.vault.destroy(work.agent_id)
        else:
            for version in set(versions) - set(agent.key_versions(now)):
                await self.vault.destroy_version(work.agent_id, version)
                log.info("agent_key_destroyed", agent=work.agent_id, version=version)
        await self.journal.finish(work.id)

    async def settle_or_leave(self, work: KeyWork) -> None:
        """Settle at once if that is possible; what is asked for has been done already."""
        try:
            await self.settle(work)
        except Unavailable:
            log.warning("key_work_left", agent=work.agent_id)

    async def handle(self, event: CloudEvent) -> None:
        """Settle all work that is due; what cannot be settled now stays for the next tick."""
        if not isinstance(event.message, KeysDue):
            log.info("message_ignored", topic=event.message.topic, event_id=event.id)
            return
        started = self.clock()
        due = await self.journal.due(started, WORKS_PER_TICK)
        by_agent: dict[AgentId, list[KeyWork]] = {}
        for work in due:
            by_agent.setdefault(work.agent_id, []).append(work)
        turns, until = asyncio.Semaphore(AGENTS_AT_ONCE), started + TICK_TIME
        ends = await asyncio.gather(
            *(self._settle_agents(works, turns, until) for works in by_agent.values()), return_exceptions=True
        )
        for agent_id, end in zip(by_agent, ends, strict=True):
            if isinstance(end, Exception):
                log.error("key_work_failed", failure=end, agent=agent_id)
            elif end is not None:
                raise end
        log.info("key_work_settled", works=len(due), agents_failed=sum(end is not None for end in ends))

    async def _settle_agents(self, works: Sequence[KeyWork], turns: asyncio.Semaphore, until: datetime) -> None:
        """Settle one agent's work in order: what goes wrong with it costs the others nothing."""
        async with turns:
            for work in works:
                if self.clock() >= until:
                    log.warning("key_work_left", agent=work.agent_id)
                    return
                await self.settle_or_leave(work)
