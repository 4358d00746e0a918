"""Results by idempotency key in SQLite; `expires_at` ends a run as well as the memory of its result."""

import sqlite3
from datetime import datetime, timedelta

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.ports import Replay

RUNS_FOR = timedelta(minutes=2)
REMEMBERED_FOR = timedelta(hours=24)
LARGEST_RESULT_BYTES = 700 * 1024


class SqliteIdempotencyLog:
    """Implements `IdempotencyLog`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, subject: str, key: str, fingerprint: str, now: datetime) -> tuple[Replay, bytes]:
        return await self._database.write(_begin, subject, key, fingerprint, now)

    async def finish(self, subject: str, key: str, result: bytes, now: datetime) -> None:
        if len(result) > LARGEST_RESULT_BYTES:
            raise ValueError(f"A result of {len(result)} bytes is too large to keep.")
        await self._database.write(_finish, subject, key, result, now)

    async def abandon(self, subject: str, key: str) -> None:
        await self._database.write(_abandon, subject, key)


def _begin(
    connection: sqlite3.Connection, subject: str, key: str, fingerprint: str, now: datetime
) -> tuple[Replay, bytes]:
    connection.execute("DELETE FROM replays WHERE expires_at <= ?", (sortable(now),))
    begun = connection.execute(
        "INSERT OR IGNORE INTO replays (subject, key, fingerprint, expires_at) VALUES (?, ?, ?, ?)",
        (subject, key, fingerprint, sortable(now + RUNS_FOR)),
    )
    if begun.rowcount:
        return Replay.NEW, b""
    row = connection.execute(
        "SELECT fingerprint, result FROM replays WHERE subject = ? AND key = ?", (subject, key)
    ).fetchone()
    if row["fingerprint"] != fingerprint:
        return Replay.OTHER_BODY, b""
    return (Replay.RUNNING, b"") if row["result"] is None else (Replay.DONE, row["result"])


def _finish(connection: sqlite3.Connection, subject: str, key: str, result: bytes, now: datetime) -> None:
    connection.execute(
        "UPDATE replays SET result = ?, expires_at = ? WHERE subject = ? AND key = ?",
        (result, sortable(now + REMEMBERED_FOR), subject, key),
    )


def _abandon(connection: sqlite3.Connection, subject: str, key: str) -> None:
    connection.execute("DELETE FROM replays WHERE subject = ? AND key = ? AND result IS NULL", (subject, key))
