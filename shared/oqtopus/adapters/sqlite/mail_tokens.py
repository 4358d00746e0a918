"""The secrets of mailed links in SQLite: one row for each account and purpose, so that only the newest is there."""

import sqlite3
from datetime import datetime

from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.domain.accounts import AccountId, MailPurpose, MailToken


class SqliteMailTokenStore:
    """Implements `MailTokenStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, token: MailToken) -> None:
        await self._database.write(_put, token)

    async def take(self, digest: str, purpose: MailPurpose, now: datetime) -> AccountId | None:
        return await self._database.write(_take, digest, purpose, now)


def _put(connection: sqlite3.Connection, token: MailToken) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO mail_tokens (account_id, purpose, digest, expires_at) VALUES (?, ?, ?, ?)",
        (token.account_id, token.purpose.value, token.digest, sortable(token.expires_at)),
    )


def _take(connection: sqlite3.Connection, digest: str, purpose: MailPurpose, now: datetime) -> AccountId | None:
    row = connection.execute(
        "DELETE FROM mail_tokens WHERE digest = ? AND purpose = ? AND expires_at > ? RETURNING account_id",
        (digest, purpose.value, sortable(now)),
    ).fetchone()
    return AccountId(row["account_id"]) if row else None
