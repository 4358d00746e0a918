"""Handled messages in SQLite; `expires_at` ends a claim as well as the memory of a finished delivery."""

import sqlite3
from datetime import datetime, timedelta

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.ports import Claim

# A little more than a function may take: after that nobody is at it any more.
CLAIMED_FOR = timedelta(seconds=150)
REMEMBERED_FOR = timedelta(days=8)


class SqliteDeliveryLog:
    """Implements `DeliveryLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, delivery_id: str, now: datetime) -> Claim:
        return await self._database.write(_begin, delivery_id, now)

    async def finish(self, delivery_id: str, now: datetime) -> None:
        await self._database.write(_finish, delivery_id, now)

    async def abandon(self, delivery_id: str) -> None:
        await self._database.write(_abandon, delivery_id)


def _begin(connection: sqlite3.Connection, delivery_id: str, now: datetime) -> Claim:
    connection.execute("DELETE FROM deliveries WHERE expires_at <= ?", (sortable(now),))
    taken = connection.execute(
        "INSERT OR IGNORE INTO deliveries (id, is_finished, expires_at) VALUES (?, 0, ?)",
        (delivery_id, sortable(now + CLAIMED_FOR)),
    )
    if taken.rowcount:
        return Claim.TAKEN
    row = connection.execute("SELECT is_finished FROM deliveries WHERE id = ?", (delivery_id,)).fetchone()
    return Claim.DONE if row["is_finished"] else Claim.BUSY


def _finish(connection: sqlite3.Connection, delivery_id: str, now: datetime) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO deliveries (id, is_finished, expires_at) VALUES (?, 1, ?)",
        (delivery_id, sortable(now + REMEMBERED_FOR)),
    )


def _abandon(connection: sqlite3.Connection, delivery_id: str) -> None:
    connection.execute("DELETE FROM deliveries WHERE id = ? AND NOT is_finished", (delivery_id,))
