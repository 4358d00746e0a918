"""Accounts in SQLite; the unique column makes an address one account's, whoever comes at the same moment."""

import sqlite3
from datetime import datetime

from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.errors import Conflict, NotFound


class SqliteAccountStore:
    """Implements `AccountStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account: Account) -> None:
        await self._database.write(_add, account)

    async def account(self, account_id: AccountId) -> Account | None:
        return await self._database.read(_account, account_id)

    async def account_with_email(self, email: str) -> Account | None:
        return await self._database.read(_account_with_email, email)

    async def change_password_hash(
        self, account_id: AccountId, password_hash: str, expected: str | None = None
    ) -> bool:
        return await self._database.write(_change_password_hash, account_id, password_hash, expected)

    async def mark_verified(self, account_id: AccountId, at: datetime) -> None:
        await self._database.write(_mark_verified, account_id, at)

    async def set_suspended(self, account_id: AccountId, *, is_suspended: bool) -> None:
        await self._database.write(_set_suspended, account_id, is_suspended)


def _add(connection: sqlite3.Connection, account: Account) -> None:
    added = connection.execute(
        "INSERT INTO accounts (id, email, username, password_hash, created_at, verified_at, is_suspended)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING",
        (
            account.id,
            account.email,
            account.username,
            account.password_hash,
            account.created_at.isoformat(),
            account.verified_at.isoformat() if account.verified_at else None,
            account.is_suspended,
        ),
    )
    if not added.rowcount:
        raise Conflict("There is an account with this e-mail address.")


def _account(connection: sqlite3.Connection, account_id: AccountId) -> Account | None:
    row = connection.execute("SELECT * FROM accounts WHERE id = ?", (account_id,)).fetchone()
    return _from_row(row) if row else None


def _account_with_email(connection: sqlite3.Connection, email: str) -> Account | None:
    row = connection.execute("SELECT * FROM accounts WHERE email = ?", (email,)).fetchone()
    return _from_row(row) if row else None


def _change_password_hash(
    connection: sqlite3.Connection, account_id: AccountId, password_hash: str, expected: str | None
) -> bool:
    changed = connection.execute(
        "UPDATE accounts SET password_hash = ? WHERE id = ? AND password_hash = coalesce(?, password_hash)",
        (password_hash, account_id, expected),
    )
    return changed.rowcount > 0


def _mark_verified(connection: sqlite3.Connection, account_id: AccountId, at: datetime) -> None:
    connection.execute("UPDATE accounts SET verified_at = ? WHERE id = ?", (at.isoformat(), account_id))


def _set_suspended(connection: sqlite3.Connection, account_id: AccountId, is_suspended: bool) -> None:
    changed = connection.execute("UPDATE accounts SET is_suspended = ? WHERE id = ?", (is_suspended, account_id))
    if not changed.rowcount:
        raise NotFound


def _from_row(row: sqlite3.Row) -> Account:
    return Account(
        id=row["id"],
        email=row["email"],
        username=row["username"],
        password_hash=row["password_hash"],
        created_at=datetime.fromisoformat(row["created_at"]),
        verified_at=datetime.fromisoformat(row["verified_at"]) if row["verified_at"] else None,
        is_suspended=bool(row["is_suspended"]),
    )
