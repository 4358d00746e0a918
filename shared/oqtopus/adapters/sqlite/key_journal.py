"""Work on agents' keys in SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.domain.agents import AgentId
from oqtopus.ports import KeyWork

_OF_AGENT = "SELECT * FROM key_work WHERE agent_id = ? ORDER BY due_at, id"
_DUE = "SELECT * FROM key_work WHERE due_at <= ? ORDER BY due_at, id LIMIT ?"


class SqliteKeyJournal:
    """Implements `KeyJournal`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, work: KeyWork) -> None:
        await self._database.write(_begin, work)

    async def finish(self, work_id: str) -> None:
        await self._database.write(_finish, work_id)

    async def of_agent(self, agent_id: AgentId) -> Sequence[KeyWork]:
        return await self._database.read(_found, _OF_AGENT, (agent_id,))

    async def due(self, now: datetime, at_most: int) -> Sequence[KeyWork]:
        return await self._database.read(_found, _DUE, (sortable(now), at_most))


def _begin(connection: sqlite3.Connection, work: KeyWork) -> None:
    connection.execute(
        "INSERT INTO key_work (id, agent_id, due_at, is_adding) VALUES (?, ?, ?, ?)",
        (work.id, work.agent_id, sortable(work.due_at), work.is_adding),
    )


def _finish(connection: sqlite3.Connection, work_id: str) -> None:
    connection.execute("DELETE FROM key_work WHERE id = ?", (work_id,))


def _found(connection: sqlite3.Connection, query: str, values: tuple[object, ...]) -> Sequence[KeyWork]:
    return [_work_of(row) for row in connection.execute(query, values)]


def _work_of(row: sqlite3.Row) -> KeyWork:
    due_at = datetime.fromisoformat(row["due_at"])
    return KeyWork(row["id"], AgentId(row["agent_id"]), due_at, bool(row["is_adding"]))
