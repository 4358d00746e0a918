"""The model calls of a day in SQLite, one row a day."""

import sqlite3
from datetime import date, timedelta

from oqtopus.adapters.sqlite.database import Database

KEPT = timedelta(days=3)


class SqliteCallBudget:
    """Implements `CallBudget`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, count: int, day: date) -> int:
        return await self._database.write(_take, count, day)


def _take(connection: sqlite3.Connection, count: int, day: date) -> int:
    connection.execute("DELETE FROM call_budget WHERE day <= ?", ((day - KEPT).isoformat(),))
    row = connection.execute(
        "INSERT INTO call_budget (day, calls) VALUES (?, ?)"
        " ON CONFLICT (day) DO UPDATE SET calls = calls + excluded.calls RETURNING calls",
        (day.isoformat(), count),
    ).fetchone()
    return int(row["calls"])
