"""Letters from the contact form in SQLite."""

import sqlite3
from datetime import datetime, timedelta

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.ports import Letter

KEPT = timedelta(days=30)


class SqliteContactBook:
    """Implements `ContactBook`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, letter: Letter) -> None:
        await self._database.write(_add, letter)

    async def letter(self, letter_id: str, now: datetime) -> Letter | None:
        return await self._database.read(_letter, letter_id, now)


def _add(connection: sqlite3.Connection, letter: Letter) -> None:
    """Keep it, and clear those that have expired."""
    connection.execute("DELETE FROM letters WHERE sent_at <= ?", (sortable(letter.sent_at - KEPT),))
    connection.execute(
        "INSERT INTO letters (id, name, email, text, sent_at) VALUES (?, ?, ?, ?, ?)",
        (letter.id, letter.name, letter.email, letter.text, sortable(letter.sent_at)),
    )


def _letter(connection: sqlite3.Connection, letter_id: str, now: datetime) -> Letter | None:
    row = connection.execute(
        "SELECT * FROM letters WHERE id = ? AND sent_at > ?", (letter_id, sortable(now - KEPT))
    ).fetchone()
    if row is None:
        return None
    return Letter(row["id"], row["name"], row["email"], row["text"], datetime.fromisoformat(row["sent_at"]))
