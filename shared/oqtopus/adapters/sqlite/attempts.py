"""Tries in SQLite: one counter for each subject and window; what is refused is not counted."""

import math
import sqlite3
from datetime import datetime

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.domain.throttles import Throttle
from oqtopus.errors import TooManyRequests

LONGEST_WAIT_SECONDS = 3_600


class SqliteAttemptLedger:
    """Implements `AttemptLedger`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, throttle: Throttle, subject: str, now: datetime) -> None:
        await self._database.write(_take, throttle, subject, now)

    async def give_back(self, throttle: Throttle, subject: str, now: datetime) -> None:
        await self._database.write(_give_back, throttle, subject, now)


def _take(connection: sqlite3.Connection, throttle: Throttle, subject: str, now: datetime) -> None:
    row = connection.execute(
        "INSERT INTO attempts (throttle, subject, began_at, ends_at, tries) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (throttle, subject, began_at) DO UPDATE SET tries = tries + 1 RETURNING tries",
        (throttle.name, subject, sortable(throttle.window_at(now)), sortable(throttle.ends_at(now))),
    ).fetchone()
    if row["tries"] > throttle.limit:
        seconds = math.ceil((throttle.ends_at(now) - now).total_seconds())
        raise TooManyRequests(min(max(seconds, 1), LONGEST_WAIT_SECONDS))
    if row["tries"] == 1:
        # Each first try clears the windows that are over, so that the table stays small.
        connection.execute("DELETE FROM attempts WHERE ends_at <= ?", (sortable(now),))


def _give_back(connection: sqlite3.Connection, throttle: Throttle, subject: str, now: datetime) -> None:
    connection.execute(
        "UPDATE attempts SET tries = tries - 1 WHERE throttle = ? AND subject = ? AND began_at = ? AND tries > 0",
        (throttle.name, subject, sortable(throttle.window_at(now))),
    )
