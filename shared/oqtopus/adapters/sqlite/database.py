"""One SQLite file in WAL mode, worked by one thread so that the event loop never waits for the disk."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT_SECONDS = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL, password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL, verified_at TEXT, is_suspended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS mail_tokens (
    account_id TEXT NOT NULL, purpose TEXT NOT NULL, digest TEXT NOT NULL UNIQUE, expires_at TEXT NOT NULL,
    PRIMARY KEY (account_id, purpose)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attempts (
    throttle TEXT NOT NULL, subject TEXT NOT NULL, began_at TEXT NOT NULL, ends_at TEXT NOT NULL,
    tries INTEGER NOT NULL, PRIMARY KEY (throttle, subject, began_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attempts_by_end ON attempts(ends_at);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    created_at TEXT NOT NULL, seen_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    name TEXT NOT NULL, hint TEXT NOT NULL, scope TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS tokens_of_account ON tokens(account_id, created_at);
CREATE TABLE IF NOT EXISTS agents (
    id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    orchestrator_id TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, description TEXT NOT NULL,
    is_public INTEGER NOT NULL, status TEXT NOT NULL, key_version TEXT NOT NULL, public_key_pem TEXT NOT NULL,
    created_at TEXT NOT NULL, changed_at TEXT NOT NULL, verified_at TEXT, probe_due_at TEXT,
    calls INTEGER NOT NULL, failures INTEGER NOT NULL, failures_in_a_row INTEGER NOT NULL,
    last_failure TEXT, last_failure_at TEXT, failing_since TEXT, last_probe_at TEXT,
    evidence TEXT NOT NULL DEFAULT '{}',
    staged_version TEXT, staged_public_key_pem TEXT, staged_at TEXT,
    retired_version TEXT, retired_public_key_pem TEXT, retired_until TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS agents_of_owner ON agents(owner_id, created_at);
CREATE TABLE IF NOT EXISTS agent_categories (
    category TEXT NOT NULL, agent_id TEXT NOT NULL REFERENCES agents(id) ON DELETE CASCADE, place INTEGER NOT NULL,
    PRIMARY KEY (category, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS categories_of_agent ON agent_categories(agent_id, place);
CREATE TABLE IF NOT EXISTS agent_hours (
    agent_id TEXT NOT NULL REFERENCES agents(id) ON DELETE CASCADE, hour TEXT NOT NULL,
    failure TEXT NOT NULL, class INTEGER NOT NULL, calls INTEGER NOT NULL, ms INTEGER NOT NULL,
    PRIMARY KEY (agent_id, hour, failure, class)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quotas (
    subject TEXT NOT NULL, day TEXT NOT NULL, used INTEGER NOT NULL, PRIMARY KEY (subject, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS charges (
    request_id TEXT NOT NULL, subject TEXT NOT NULL, day TEXT NOT NULL, is_refunded INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (subject, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS charges_of_day ON charges(day);
CREATE INDEX IF NOT EXISTS quotas_of_day ON quotas(day);
CREATE INDEX IF NOT EXISTS sessions_of_account ON sessions(account_id);
CREATE TABLE IF NOT EXISTS deliveries (
    id TEXT PRIMARY KEY, is_finished INTEGER NOT NULL, expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS deliveries_by_expiry ON deliveries(expires_at);
CREATE TABLE IF NOT EXISTS replays (
    subject TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, result BLOB, expires_at TEXT NOT NULL,
    PRIMARY KEY (subject, key)
) STRICT;
CREATE INDEX IF NOT EXISTS replays_by_expiry ON replays(expires_at);
CREATE TABLE IF NOT EXISTS call_budget (day TEXT PRIMARY KEY, calls INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS letters (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, text TEXT NOT NULL, sent_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS letters_by_time ON letters(sent_at);
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_by_time ON audit(at);
CREATE TABLE IF NOT EXISTS key_work (
    id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, due_at TEXT NOT NULL, is_adding INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS key_work_by_time ON key_work(due_at);
CREATE INDEX IF NOT EXISTS key_work_of_agent ON key_work(agent_id);
CREATE TABLE IF NOT EXISTS secrets (
    agent_id TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (agent_id, version)
) STRICT, WITHOUT ROWID;
"""

Mode = Literal["DEFERRED", "IMMEDIATE"]


class Database:
    """Runs whole transactions, one at a time; other processes may work on the same file."""

    def __init__(self, path: Path | Literal[":memory:"]) -> None:
        self._path = path
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
        self._connection: sqlite3.Connection | None = None

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `query(connection, …)` in a read transaction."""
        return await self._submit("DEFERRED", lambda connection: query(connection, *args, **kwargs))

    async def write(
        self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `change(connection, …)` in a write transaction; if it raises, nothing of it remains."""
        return await self._submit("IMMEDIATE", lambda connection: change(connection, *args, **kwargs))

    async def _submit(self, mode: Mode, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._transact, mode, work)

    def _transact(self, mode: Mode, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._opened()
        connection = self._connection
        connection.execute(f"BEGIN {mode}")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return result

    def _opened(self) -> sqlite3.Connection:
        """A connection to the file, whose first opening several processes may race for.

        The change to WAL mode does not wait for the busy timeout, so it is tried again for as long.
        """
        give_up = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while True:
            connection = self._connect()
            try:
                _set_up(connection)
                return connection
            except sqlite3.OperationalError:
                connection.close()
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.02)  # In the worker thread; SQLite tells nobody when the lock is free.

    def _connect(self) -> sqlite3.Connection:
        if isinstance(self._path, Path):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Made with its mode before SQLite opens it, which gives the same mode to the files beside it.
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        return connection

    def close(self) -> None:
        """Finish what is queued and close the file; the database can be used again afterwards."""
        self._worker.submit(self._disconnect).result()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _set_up(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is deleted, sealed keys among it, is overwritten and does not stay in free pages.
    connection.execute("PRAGMA secure_delete = ON")
    connection.executescript(_SCHEMA)
    _add_probe_times(connection)
    _add_rolling_health(connection)
    _add_account_states(connection)
    _add_other_keys(connection)


def _add_probe_times(connection: sqlite3.Connection) -> None:
    """Files from before agents were probed on a schedule have no time for it; their agents are due at once."""
    if "probe_due_at" not in _columns(connection, "agents"):
        connection.execute("ALTER TABLE agents ADD COLUMN probe_due_at TEXT")
        connection.execute("UPDATE agents SET probe_due_at = changed_at WHERE status <> 'pending'")
    connection.execute("CREATE INDEX IF NOT EXISTS agents_due ON agents(probe_due_at)")


def _add_rolling_health(connection: sqlite3.Connection) -> None:
    """Files from before health forgot have an average instead of evidence; their agents are unproven at first."""
    columns = _columns(connection, "agents")
    for column in ("last_failure_at", "failing_since", "last_probe_at"):
        if column not in columns:
            connection.execute(f"ALTER TABLE agents ADD COLUMN {column} TEXT")
    if "evidence" not in columns:
        connection.execute("ALTER TABLE agents ADD COLUMN evidence TEXT NOT NULL DEFAULT '{}'")
    if "latency_ms" in columns:
        connection.execute("ALTER TABLE agents DROP COLUMN latency_ms")


def _add_account_states(connection: sqlite3.Connection) -> None:
    """In files from before addresses were verified nobody's is."""
    columns = _columns(connection, "accounts")
    if "verified_at" not in columns:
        connection.execute("ALTER TABLE accounts ADD COLUMN verified_at TEXT")
    if "is_suspended" not in columns:
        connection.execute("ALTER TABLE accounts ADD COLUMN is_suspended INTEGER NOT NULL DEFAULT 0")


def _add_other_keys(connection: sqlite3.Connection) -> None:
    """In files from before keys were rotated each agent has one."""
    if "staged_version" not in _columns(connection, "agents"):
        for name in ("version", "public_key_pem", "at"):
            connection.execute(f"ALTER TABLE agents ADD COLUMN staged_{name} TEXT")
        for name in ("version", "public_key_pem", "until"):
            connection.execute(f"ALTER TABLE agents ADD COLUMN retired_{name} TEXT")


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row["name"] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}
