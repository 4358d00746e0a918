"""Sessions and API tokens in SQLite, by the digest of their secret."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import SESSION_IDLE, SESSION_LIFETIME, AccountId, ApiToken, Scope, Session, TokenId
from oqtopus.errors import Conflict, NotFound


class SqliteSessionStore:
    """Implements `SessionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_session(self, session: Session) -> None:
        await self._database.write(_add_session, session)

    async def session(self, digest: str) -> Session | None:
        return await self._database.read(_session, digest)

    async def touch_session(self, digest: str, seen_at: datetime) -> None:
        await self._database.write(_touch_session, digest, seen_at)

    async def remove_session(self, digest: str) -> None:
        await self._database.write(_remove_session, digest)

    async def end_all(self, account_id: AccountId) -> None:
        await self._database.write(_end_all, account_id)

    async def add_token(self, token: ApiToken, at_most: int, now: datetime) -> None:
        await self._database.write(_add_token, token, at_most, now)

    async def token(self, digest: str) -> ApiToken | None:
        return await self._database.read(_token, digest)

    async def tokens(self, account_id: AccountId) -> Sequence[ApiToken]:
        return await self._database.read(_tokens, account_id)

    async def remove_token(self, account_id: AccountId, token_id: TokenId) -> None:
        await self._database.write(_remove_token, account_id, token_id)


def _add_session(connection: sqlite3.Connection, session: Session) -> None:
    """Keep it, and clear the account's sessions that have ended by age or rest."""
    connection.execute(
        "DELETE FROM sessions WHERE account_id = ? AND (created_at < ? OR seen_at < ?)",
        (
            session.account_id,
            (session.created_at - SESSION_LIFETIME).isoformat(),
            (session.created_at - SESSION_IDLE).isoformat(),
        ),
    )
    connection.execute(
        "INSERT INTO sessions (digest, account_id, created_at, seen_at) VALUES (?, ?, ?, ?)",
        (session.digest, session.account_id, session.created_at.isoformat(), session.seen_at.isoformat()),
    )


def _session(connection: sqlite3.Connection, digest: str) -> Session | None:
    row = connection.execute("SELECT * FROM sessions WHERE digest = ?", (digest,)).fetchone()
    if row is None:
        return None
    return Session(
        digest=row["digest"],
        account_id=row["account_id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        seen_at=datetime.fromisoformat(row["seen_at"]),
    )


def _touch_session(connection: sqlite3.Connection, digest: str, seen_at: datetime) -> None:
    connection.execute("UPDATE sessions SET seen_at = ? WHERE digest = ?", (seen_at.isoformat(), digest))


def _remove_session(connection: sqlite3.Connection, digest: str) -> None:
    connection.execute("DELETE FROM sessions WHERE digest = ?", (digest,))


def _end_all(connection: sqlite3.Connection, account_id: AccountId) -> None:
    connection.execute("DELETE FROM sessions WHERE account_id = ?", (account_id,))
    connection.execute("DELETE FROM tokens WHERE account_id = ?", (account_id,))


def _add_token(connection: sqlite3.Connection, token: ApiToken, at_most: int, now: datetime) -> None:
    # The expired ones go when a new one comes, so that they do not pile up; all times are UTC and compare as text.
    owner = (token.account_id,)
    connection.execute("DELETE FROM tokens WHERE account_id = ? AND expires_at <= ?", (*owner, now.isoformat()))
    (live,) = connection.execute("SELECT count(*) FROM tokens WHERE account_id = ?", owner).fetchone()
    if live >= at_most:
        raise Conflict(f"There are {at_most} live API tokens already; revoke one first.")
    connection.execute(
        "INSERT INTO tokens (id, digest, account_id, name, hint, scope, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            token.id,
            token.digest,
            token.account_id,
            token.name,
            token.hint,
            token.scope,
            token.created_at.isoformat(),
            token.expires_at.isoformat(),
        ),
    )


def _token(connection: sqlite3.Connection, digest: str) -> ApiToken | None:
    row = connection.execute("SELECT * FROM tokens WHERE digest = ?", (digest,)).fetchone()
    return _token_from_row(row) if row else None


def _tokens(connection: sqlite3.Connection, account_id: AccountId) -> Sequence[ApiToken]:
    rows = connection.execute(
        "SELECT * FROM tokens WHERE account_id = ? ORDER BY created_at, rowid", (account_id,)
    ).fetchall()
    return [_token_from_row(row) for row in rows]


def _remove_token(connection: sqlite3.Connection, account_id: AccountId, token_id: TokenId) -> None:
    removed = connection.execute("DELETE FROM tokens WHERE id = ? AND account_id = ?", (token_id, account_id))
    if not removed.rowcount:
        raise NotFound


def _token_from_row(row: sqlite3.Row) -> ApiToken:
    return ApiToken(
        id=row["id"],
        digest=row["digest"],
        account_id=row["account_id"],
        name=row["name"],
        hint=row["hint"],
        scope=Scope(row["scope"]),
        created_at=datetime.fromisoformat(row["created_at"]),
        expires_at=datetime.fromisoformat(row["expires_at"]),
    )
