"""What operators look back at, in SQLite."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.ports import AuditEntry

KEPT = timedelta(days=30)


class SqliteAuditTrail:
    """Implements `AuditTrail`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: AuditEntry) -> None:
        await self._database.write(_add, entry)

    async def recent(self, at_most: int, now: datetime) -> Sequence[AuditEntry]:
        return await self._database.read(_recent, at_most, now)


def _add(connection: sqlite3.Connection, entry: AuditEntry) -> None:
    """Keep it, and clear those that have expired."""
    connection.execute("DELETE FROM audit WHERE at <= ?", (sortable(entry.at - KEPT),))
    connection.execute(
        "INSERT INTO audit (at, event, subject, detail) VALUES (?, ?, ?, ?)",
        (sortable(entry.at), entry.event, entry.subject, entry.detail),
    )


def _recent(connection: sqlite3.Connection, at_most: int, now: datetime) -> Sequence[AuditEntry]:
    rows = connection.execute(
        "SELECT * FROM audit WHERE at > ? ORDER BY at DESC, rowid DESC LIMIT ?", (sortable(now - KEPT), at_most)
    )
    return [AuditEntry(datetime.fromisoformat(row["at"]), row["event"], row["subject"], row["detail"]) for row in rows]
