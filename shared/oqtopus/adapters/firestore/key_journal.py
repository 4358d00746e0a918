"""Work on agents' keys in Firestore, which nothing but its end removes: it must not expire."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from google.cloud.firestore_v1.async_query import AsyncQuery
from google.cloud.firestore_v1.base_query import FieldFilter

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Delete, Document, Merge, comparable
from oqtopus.domain.agents import AgentId
from oqtopus.ports import KeyWork

_WORK: Final = "key_work"


class FirestoreKeyJournal:
    """Implements `KeyJournal`."""

    def __init__(self, database: FirestoreDatabase) -> None:
        self._database = database

    async def begin(self, work: KeyWork) -> None:
        fields = {"agent_id": work.agent_id, "due_at": work.due_at, "is_adding": work.is_adding}
        await self._database.commit(Merge(_WORK, work.id, {"id": work.id, **fields}))

    async def finish(self, work_id: str) -> None:
        await self._database.commit(Delete(_WORK, work_id))

    async def of_agent(self, agent_id: AgentId) -> Sequence[KeyWork]:
        work = self._database.collection(_WORK)
        found = await self._found(work.where(filter=FieldFilter("agent_id", "==", comparable(agent_id))))
        return sorted(found, key=lambda one: (one.due_at, one.id))

    async def due(self, now: datetime, at_most: int) -> Sequence[KeyWork]:
        work = self._database.collection(_WORK)
        return await self._found(work.where(filter=FieldFilter("due_at", "<=", now)).order_by("due_at").limit(at_most))

    async def _found(self, query: AsyncQuery) -> Sequence[KeyWork]:
        return [_work_of(document) for document in await self._database.run(query)]


def _work_of(document: Document) -> KeyWork:
    fields = document.fields
    return KeyWork(fields["id"], AgentId(fields["agent_id"]), fields["due_at"], fields["is_adding"])
