"""Handled messages in SQLite; `expires_at` ends a claim as well as the memory of a finished delivery."""

import sqlite3
from datetime import UTC, datetime, timedelta

from oqtopus.adapters.sqlite.database import Database
from oqtopus.ports import Claim

CLAIMED_FOR = timedelta(minutes=10)
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
    connection.execute("DELETE FROM deliveries WHERE expires_at <= ?", (_text(now),))
    taken = connection.execute(
        "INSERT OR IGNORE INTO deliveries (id, is_finished, expires_at) VALUES (?, 0, ?)",
        (delivery_id, _text(now + CLAIMED_FOR)),
    )
    if taken.rowcount:
        return Claim.TAKEN
    row = connection.execute("SELECT is_finished FROM deliveries WHERE id = ?", (delivery_id,)).fetchone()
    return Claim.DONE if row["is_finished"] else Claim.BUSY


def _finish(connection: sqlite3.Connection, delivery_id: str, now: datetime) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO deliveries (id, is_finished, expires_at) VALUES (?, 1, ?)",
        (delivery_id, _text(now + REMEMBERED_FOR)),
    )


def _abandon(connection: sqlite3.Connection, delivery_id: str) -> None:
    connection.execute("DELETE FROM deliveries WHERE id = ? AND NOT is_finished", (delivery_id,))


def _text(moment: datetime) -> str:
    """A form whose order as text is the order in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
