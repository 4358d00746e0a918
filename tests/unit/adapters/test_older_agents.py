"""Agents that were kept before health forgot: they are read, called and counted like any other."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.documents import Create
from oqtopus.adapters.sqlite.agents import SqliteAgentStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.agents import AgentId, AgentStatus, CallOutcome, Health
from oqtopus.domain.circuits import CircuitState
from oqtopus.domain.health import Condition
from oqtopus.ports import AgentStore
from tests.fakes.firestore import recorded_database

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
OLD = AgentId("old")
MEMBERS: dict[str, Any] = {  # Any: members of several types.
    "id": OLD,
    "owner_id": "anna",
    "orchestrator_id": "oqtopus",
    "name": "Hotels of Graz",
    "url": "https://hotels.example.org",
    "description": "",
    "is_public": True,
    "status": "active",
    "key_version": "1",
    "public_key_pem": "",
    "created_at": NOW,
    "changed_at": NOW,
    "verified_at": NOW,
    "probe_due_at": NOW,
    "calls": 40,
    "failures": 5,
    "failures_in_a_row": 3,
    "latency_ms": 120.5,
    "last_failure": "timeout",
}
SCHEMA = """
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL, password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL, verified_at TEXT, is_suspended INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE agents (
    id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    orchestrator_id TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, description TEXT NOT NULL,
    is_public INTEGER NOT NULL, status TEXT NOT NULL, key_version TEXT NOT NULL, public_key_pem TEXT NOT NULL,
    created_at TEXT NOT NULL, changed_at TEXT NOT NULL, verified_at TEXT, probe_due_at TEXT,
    calls INTEGER NOT NULL, failures INTEGER NOT NULL, failures_in_a_row INTEGER NOT NULL,
    latency_ms REAL, last_failure TEXT
) STRICT;
CREATE TABLE agent_categories (
    category TEXT NOT NULL, agent_id TEXT NOT NULL REFERENCES agents(id) ON DELETE CASCADE, place INTEGER NOT NULL,
    PRIMARY KEY (category, agent_id)
) STRICT, WITHOUT ROWID;
INSERT INTO accounts VALUES ('anna', 'anna@example.org', 'anna', 'no hash', '2026-01-01', NULL, 0);
INSERT INTO agent_categories VALUES ('Hotel', 'old', 0);
"""


def old_file(folder: Path) -> Path:
    path = folder / "oqtopus.db"
    row = {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in MEMBERS.items()
    }
    columns = ", ".join(f":{name}" for name in row)
    with closing(sqlite3.connect(path)) as connection:
        tables, entries = SCHEMA.split("INSERT", 1)
        connection.executescript(tables)
        connection.execute(f"INSERT INTO agents VALUES ({columns})", row)
        connection.executescript(f"INSERT{entries}")
    return path


@pytest.fixture(params=["sqlite", "firestore"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AgentStore]:
    if request.param == "sqlite":
        with closing(Database(old_file(tmp_path))) as file:
            yield SqliteAgentStore(file)
        return
    environ: dict[str, str] = request.getfixturevalue("emulators")
    async with recorded_database(environ["FIRESTORE_EMULATOR_HOST"]) as database:
        await database.commit(Create("agents", OLD, MEMBERS | {"categories": ["Hotel"]}))
        yield FirestoreAgentStore(database)


async def test_an_older_agent_is_read_as_one_of_whom_nothing_is_remembered(store: AgentStore) -> None:
    [agent] = await store.candidates(["Hotel"], None)

    assert agent == await store.agent(OLD)
    assert agent.status is AgentStatus.ACTIVE
    assert agent.health == Health(calls=40, failures=5, failures_in_a_row=3, last_failure="timeout")
    assert agent.health.circuit.state(NOW) is CircuitState.PROBATION
    assert not await store.history(OLD, NOW)


async def test_its_calls_are_counted_from_now_on(store: AgentStore) -> None:
    later = NOW + timedelta(minutes=5)
    await store.record([CallOutcome(OLD, 9.0, "tls")], NOW)
    await store.record([CallOutcome(OLD, 80.0)] * 4, later)

    agent = await store.agent(OLD)

    assert agent is not None
    assert (agent.health.calls, agent.health.failures, agent.health.failures_in_a_row) == (45, 6, 0)
    assert agent.health.last_failure_at == NOW
    assert agent.health.condition(later) is Condition.DEGRADED
    assert [tally.calls for tally in await store.history(OLD, later)] == [5]


async def test_a_file_that_was_brought_up_to_date_is_opened_again(tmp_path: Path) -> None:
    path = old_file(tmp_path)
    for _ in range(2):
        with closing(Database(path)) as database:
            assert await SqliteAgentStore(database).agent(OLD) is not None
