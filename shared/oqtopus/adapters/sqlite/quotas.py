"""Quotas in SQLite: the day's counter and the charge are one transaction."""

import sqlite3
from datetime import date, timedelta

from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.quotas import Quota
from oqtopus.errors import QuotaSpent

KEPT = timedelta(days=2)


class SqliteQuotaLedger:
    """Implements `QuotaLedger`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(self, subject: str, request_id: str, day: date, limit: int) -> Quota:
        return await self._database.write(_charge, subject, request_id, day, limit)

    async def refund(self, subject: str, request_id: str, day: date) -> None:
        await self._database.write(_refund, subject, request_id, day)

    async def quota(self, subject: str, day: date, limit: int) -> Quota:
        used = await self._database.read(_used, subject, day)
        return Quota(used, limit, day)

    async def reset(self, subject: str, day: date) -> None:
        await self._database.write(_reset, subject, day)


def _charge(connection: sqlite3.Connection, subject: str, request_id: str, day: date, limit: int) -> Quota:
    created = connection.execute(
        "INSERT OR IGNORE INTO charges (request_id, subject, day) VALUES (?, ?, ?)",
        (request_id, subject, day.isoformat()),
    )
    if not created.rowcount:
        return Quota(_used(connection, subject, day), limit, day)
    row = connection.execute(
        "INSERT INTO quotas (subject, day, used) VALUES (?, ?, 1)"
        " ON CONFLICT (subject, day) DO UPDATE SET used = used + 1 RETURNING used",
        (subject, day.isoformat()),
    ).fetchone()
    if row["used"] == 1:
        _forget_before(connection, day - KEPT)
    if row["used"] > limit:
        raise QuotaSpent(limit, Quota(row["used"], limit, day).resets_at)
    return Quota(row["used"], limit, day)


def _forget_before(connection: sqlite3.Connection, day: date) -> None:
    """Each subject's first search of a day clears what no refund can ask for any more, so the tables stay small."""
    connection.execute("DELETE FROM charges WHERE day < ?", (day.isoformat(),))
    connection.execute("DELETE FROM quotas WHERE day < ?", (day.isoformat(),))


def _refund(connection: sqlite3.Connection, subject: str, request_id: str, day: date) -> None:
    marked = connection.execute(
        "UPDATE charges SET is_refunded = 1 WHERE subject = ? AND request_id = ? AND day = ? AND is_refunded = 0",
        (subject, request_id, day.isoformat()),
    )
    if marked.rowcount:
        connection.execute(
            # A reset may have given it back already.
            "UPDATE quotas SET used = max(used - 1, 0) WHERE subject = ? AND day = ?",
            (subject, day.isoformat()),
        )


def _reset(connection: sqlite3.Connection, subject: str, day: date) -> None:
    connection.execute("UPDATE quotas SET used = 0 WHERE subject = ? AND day = ?", (subject, day.isoformat()))


def _used(connection: sqlite3.Connection, subject: str, day: date) -> int:
    row = connection.execute(
        "SELECT used FROM quotas WHERE subject = ? AND day = ?", (subject, day.isoformat())
    ).fetchone()
    return int(row["used"]) if row else 0
