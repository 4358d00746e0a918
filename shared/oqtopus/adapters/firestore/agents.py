"""Agents in Firestore: one document an agent, and one for each owner that counts its agents."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from google.cloud.firestore_v1 import Increment
from google.cloud.firestore_v1.async_collection import AsyncCollectionReference

from oqtopus.adapters.firestore import agent_health, agent_queries
from oqtopus.adapters.firestore.agent_calls import AGENTS, CallCounter
from oqtopus.adapters.firestore.agent_fields import agent_of, fields_of
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Delete, Merge, Update
from oqtopus.adapters.firestore.rpcs import AlreadyThere, Missing, settled
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentStatus, CallOutcome
from oqtopus.domain.history import Tally
from oqtopus.errors import Conflict, NotFound

MOST_CANDIDATES: Final = 100
_OWNERS: Final = "owners"


class FirestoreAgentStore:
    """Implements `AgentStore`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def add(self, agent: Agent, at_most: int | None = None) -> None:
        """The owner's count rises in the same commit; an agent past the limit is taken back."""
        kept = await self._added(agent)
        if at_most is not None and kept > at_most:
            await self._take_out(agent)
            raise Conflict(f"An account has {at_most} agents at most; remove one first.")

    async def agent(self, agent_id: AgentId) -> Agent | None:
        document = await self._database.get(AGENTS, agent_id)
        return agent_of(document) if document else None

    async def owned_by(self, owner_id: AccountId) -> Sequence[Agent]:
        documents = await self._database.run(agent_queries.owned_by(self._agents, owner_id))
        return sorted(map(agent_of, documents), key=lambda agent: (agent.created_at, agent.id))

    async def public(self, category: str | None, text: str | None) -> Sequence[Agent]:
        wanted = (text or "").casefold()
        documents = await self._database.run(agent_queries.public(self._agents, category))
        found = [agent for agent in map(agent_of, documents) if _contains(agent, wanted)]
        return sorted(found, key=lambda agent: (agent.name.casefold(), agent.id))

    async def candidates(self, categories: Sequence[str], account_id: AccountId | None) -> Sequence[Agent]:
        """At most 15 categories: Firestore bounds the combinations of a query, of which each makes two."""
        if not categories:
            return []
        # One more than wanted tells whether any were left out, among which the account's own might be.
        query = agent_queries.candidates(self._agents, categories, account_id, MOST_CANDIDATES + 1)
        documents = list(await self._database.run(query))
        if account_id is not None and len(documents) > MOST_CANDIDATES:
            documents += await self._database.run(agent_queries.own_candidates(self._agents, categories, account_id))
        found = {agent.id: agent for agent in map(agent_of, documents)}
        return sorted(found.values(), key=partial(_rank, account_id))[:MOST_CANDIDATES]

    async def change(self, agent: Agent, expected_changed_at: datetime) -> None:
        await settled(partial(self._change, agent, expected_changed_at), self._database.limits)

    async def record(self, outcomes: Sequence[CallOutcome], now: datetime) -> Sequence[Agent]:
        calls: dict[AgentId, list[CallOutcome]] = {}
        for outcome in outcomes:
            calls.setdefault(outcome.agent_id, []).append(outcome)
        read = {agent.id: agent for agent in map(agent_of, await self._database.get_all(AGENTS, calls))}
        counter = CallCounter(self._database, now)
        called = [agent_id for agent_id in calls if agent_id in read]
        # If one cannot be counted, the others still are: `gather` lets them go on.
        counted = await asyncio.gather(*(counter.count(read[agent_id], calls[agent_id]) for agent_id in called))
        return [agent for changed in counted for agent in changed]

    async def history(self, agent_id: AgentId, now: datetime) -> Sequence[Tally]:
        documents = await self._database.get_all(agent_health.DAYS, agent_health.days_of(agent_id, now))
        tallies = [tally for document in documents for tally in agent_health.tallies_of(document)]
        return sorted(tallies, key=lambda tally: tally.began_at)

    async def due(self, now: datetime, at_most: int) -> Sequence[AgentId]:
        documents = await self._database.run(agent_queries.due(self._agents, now, at_most))
        # A probe that was under way when its agent was blocked or changed may have given it a time again.
        agents = map(agent_of, documents)
        return [agent.id for agent in agents if agent.status in (AgentStatus.ACTIVE, AgentStatus.SUSPENDED)]

    async def set_blocked(self, agent_id: AgentId, *, is_blocked: bool) -> None:
        await settled(partial(self._set_blocked, agent_id, is_blocked), self._database.limits)

    async def remove(self, agent_id: AgentId) -> None:
        agent = await self.agent(agent_id)
        if agent is not None:
            await self._take_out(agent)

    @property
    def _agents(self) -> AsyncCollectionReference:
        return self._database.collection(AGENTS)

    async def _added(self, agent: Agent) -> int:
        """How many agents the owner has, this one included."""
        try:
            _, owner_counts = await self._database.commit(
                Create(AGENTS, agent.id, fields_of(agent)), Merge(_OWNERS, agent.owner_id, {"agents": Increment(1)})
            )
        except AlreadyThere as refused:
            owner = await self._database.get(_OWNERS, agent.owner_id)
            if owner is None or not refused.is_maybe_done:
                raise Conflict("There is an agent of this id already.") from refused
            return int(owner.fields["agents"])
        return owner_counts["agents"]

    async def _take_out(self, agent: Agent) -> None:
        try:
            await self._database.commit(
                Delete(AGENTS, agent.id, must_exist=True), Merge(_OWNERS, agent.owner_id, {"agents": Increment(-1)})
            )
        except Missing:
            # Another was faster, or an attempt whose answer was lost.
            return

    async def _change(self, agent: Agent, expected_changed_at: datetime, is_maybe_done: bool) -> None:
        document = await self._database.get(AGENTS, agent.id)
        stored = agent_of(document) if document else None
        if is_maybe_done and stored is not None and stored.changed_at == agent.changed_at:
            return
        if document is None or stored is None or stored.changed_at != expected_changed_at:
            raise Conflict("The agent was changed or removed meanwhile; read it again.")
        # Nothing can be counted between: a call that is, is another version, and this begins anew.
        await self._database.commit(Update(AGENTS, agent.id, fields_of(agent.on_top_of(stored)), document.version))

    async def _set_blocked(self, agent_id: AgentId, is_blocked: bool, _: bool) -> None:
        document = await self._database.get(AGENTS, agent_id)
        if document is None:
            raise NotFound
        if is_blocked or agent_of(document).status is AgentStatus.BLOCKED:
            status = AgentStatus.BLOCKED if is_blocked else AgentStatus.PENDING
            fields = {"status": status.value, "probe_due_at": None}
            await self._database.commit(Update(AGENTS, agent_id, fields, document.version))


def _contains(agent: Agent, wanted: str) -> bool:
    return wanted in agent.name.casefold() or wanted in agent.description.casefold()


def _rank(account_id: AccountId | None, agent: Agent) -> tuple[bool, int, datetime, AgentId]:
    return agent.owner_id != account_id, agent.health.failures_in_a_row, agent.created_at, agent.id
