"""Agents in SQLite: one row an agent, its categories beside it."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from oqtopus.adapters.sqlite import agent_health
from oqtopus.adapters.sqlite.agent_keys import other_keys_row, retired_key_of, staged_key_of
from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentStatus, CallOutcome
from oqtopus.domain.history import Tally
from oqtopus.errors import Conflict, NotFound

_AGENTS = """
SELECT agents.*, (
    SELECT json_group_object(category, place) FROM agent_categories WHERE agent_id = agents.id
) AS places
FROM agents
"""
_BY_ID = _AGENTS + "WHERE id = ?"
_OWNED = _AGENTS + "WHERE owner_id = ? ORDER BY created_at, id"
_PUBLIC = (
    _AGENTS
    + """
WHERE status = 'active' AND is_public
    AND (:category IS NULL OR id IN (SELECT agent_id FROM agent_categories WHERE category = :category))
    AND (instr(folded(name), :text) OR instr(folded(description), :text))
ORDER BY folded(name), id
"""
)
_CANDIDATES = (
    _AGENTS
    + """
WHERE id IN (SELECT agent_id FROM agent_categories WHERE category IN (SELECT value FROM json_each(:categories)))
    AND status = 'active' AND (is_public OR owner_id = :account_id)
ORDER BY owner_id IS NOT :account_id, failures_in_a_row, created_at, id
LIMIT 100
"""
)
_DUE = "SELECT id FROM agents WHERE probe_due_at <= ? ORDER BY probe_due_at, id LIMIT ?"
_INSERT = """
INSERT INTO agents (
    id, owner_id, orchestrator_id, name, url, description, is_public, status, key_version, public_key_pem,
    created_at, changed_at, verified_at, probe_due_at, calls, failures, failures_in_a_row,
    last_failure, last_failure_at, failing_since, last_probe_at, evidence,
    staged_version, staged_public_key_pem, staged_at, retired_version, retired_public_key_pem, retired_until
) VALUES (
    :id, :owner_id, :orchestrator_id, :name, :url, :description, :is_public, :status, :key_version, :public_key_pem,
    :created_at, :changed_at, :verified_at, :probe_due_at, :calls, :failures, :failures_in_a_row,
    :last_failure, :last_failure_at, :failing_since, :last_probe_at, :evidence,
    :staged_version, :staged_public_key_pem, :staged_at, :retired_version, :retired_public_key_pem, :retired_until
)
"""
_UPDATE = """
UPDATE agents SET
    name = :name, url = :url, description = :description, is_public = :is_public, status = :status,
    key_version = :key_version, public_key_pem = :public_key_pem, changed_at = :changed_at,
    verified_at = :verified_at, probe_due_at = :probe_due_at, calls = :calls, failures = :failures,
    failures_in_a_row = :failures_in_a_row, last_failure = :last_failure, last_failure_at = :last_failure_at,
    failing_since = :failing_since, last_probe_at = :last_probe_at, evidence = :evidence,
    staged_version = :staged_version, staged_public_key_pem = :staged_public_key_pem, staged_at = :staged_at,
    retired_version = :retired_version, retired_public_key_pem = :retired_public_key_pem,
    retired_until = :retired_until
WHERE id = :id
"""


class SqliteAgentStore:
    """Implements `AgentStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, agent: Agent, at_most: int | None = None) -> None:
        await self._database.write(_add, agent, at_most)

    async def agent(self, agent_id: AgentId) -> Agent | None:
        return await self._database.read(_agent, agent_id)

    async def owned_by(self, owner_id: AccountId) -> Sequence[Agent]:
        return await self._database.read(_owned_by, owner_id)

    async def public(self, category: str | None, text: str | None) -> Sequence[Agent]:
        return await self._database.read(_public, category, text or "")

    async def candidates(self, categories: Sequence[str], account_id: AccountId | None) -> Sequence[Agent]:
        return await self._database.read(_candidates, categories, account_id)

    async def change(self, agent: Agent, expected_changed_at: datetime) -> None:
        await self._database.write(_change, agent, expected_changed_at)

    async def record(self, outcomes: Sequence[CallOutcome], now: datetime) -> Sequence[Agent]:
        return await self._database.write(_record_all, outcomes, now)

    async def history(self, agent_id: AgentId, now: datetime) -> Sequence[Tally]:
        return await self._database.read(agent_health.history, agent_id, now)

    async def due(self, now: datetime, at_most: int) -> Sequence[AgentId]:
        return await self._database.read(_due, now, at_most)

    async def set_blocked(self, agent_id: AgentId, *, is_blocked: bool) -> None:
        await self._database.write(_set_blocked, agent_id, is_blocked)

    async def remove(self, agent_id: AgentId) -> None:
        await self._database.write(_remove, agent_id)


def _add(connection: sqlite3.Connection, agent: Agent, at_most: int | None) -> None:
    row = connection.execute("SELECT count(*) AS kept FROM agents WHERE owner_id = ?", (agent.owner_id,)).fetchone()
    if at_most is not None and row["kept"] >= at_most:
        raise Conflict(f"An account has {at_most} agents at most; remove one first.")
    connection.execute(_INSERT, _row_of(agent))
    _add_categories(connection, agent)


def _agent(connection: sqlite3.Connection, agent_id: AgentId) -> Agent | None:
    row = connection.execute(_BY_ID, (agent_id,)).fetchone()
    return _agent_of(row) if row else None


def _owned_by(connection: sqlite3.Connection, owner_id: AccountId) -> Sequence[Agent]:
    return [_agent_of(row) for row in connection.execute(_OWNED, (owner_id,))]


def _public(connection: sqlite3.Connection, category: str | None, text: str) -> Sequence[Agent]:
    # SQLite's own LIKE ignores the case of ASCII letters only.
    connection.create_function("folded", 1, str.casefold, deterministic=True)
    rows = connection.execute(_PUBLIC, {"category": category, "text": text.casefold()})
    return [_agent_of(row) for row in rows]


def _candidates(
    connection: sqlite3.Connection, categories: Sequence[str], account_id: AccountId | None
) -> Sequence[Agent]:
    rows = connection.execute(_CANDIDATES, {"categories": json.dumps(list(categories)), "account_id": account_id})
    return [_agent_of(row) for row in rows]


def _change(connection: sqlite3.Connection, agent: Agent, expected_changed_at: datetime) -> None:
    stored = _agent(connection, agent.id)
    if stored is None or stored.changed_at != expected_changed_at:
        raise Conflict("The agent was changed or removed meanwhile; read it again.")
    connection.execute(_UPDATE, _row_of(agent.on_top_of(stored)))
    if agent.categories != stored.categories:
        connection.execute("DELETE FROM agent_categories WHERE agent_id = ?", (agent.id,))
        _add_categories(connection, agent)


def _record_all(connection: sqlite3.Connection, outcomes: Sequence[CallOutcome], now: datetime) -> Sequence[Agent]:
    recorded = (_recorded(connection, outcome, now) for outcome in outcomes)
    return [agent for agent in recorded if agent is not None]


def _recorded(connection: sqlite3.Connection, outcome: CallOutcome, now: datetime) -> Agent | None:
    """Count one call; the agent if this has changed its status."""
    stored = _agent(connection, outcome.agent_id)
    if stored is None:
        return None
    after = stored.after(outcome, now)
    if stored.status is AgentStatus.BLOCKED:
        after = replace(after, probe_due_at=None)
    connection.execute(_UPDATE, _row_of(after))
    agent_health.count(connection, outcome, now)
    return after if after.status is not stored.status else None


def _due(connection: sqlite3.Connection, now: datetime, at_most: int) -> Sequence[AgentId]:
    return [AgentId(row["id"]) for row in connection.execute(_DUE, (sortable(now), at_most))]


def _set_blocked(connection: sqlite3.Connection, agent_id: AgentId, is_blocked: bool) -> None:
    stored = _agent(connection, agent_id)
    if stored is None:
        raise NotFound
    if is_blocked or stored.status is AgentStatus.BLOCKED:
        status = AgentStatus.BLOCKED if is_blocked else AgentStatus.PENDING
        connection.execute("UPDATE agents SET status = ?, probe_due_at = NULL WHERE id = ?", (status.value, agent_id))


def _remove(connection: sqlite3.Connection, agent_id: AgentId) -> None:
    connection.execute("DELETE FROM agents WHERE id = ?", (agent_id,))


def _add_categories(connection: sqlite3.Connection, agent: Agent) -> None:
    connection.executemany(
        "INSERT INTO agent_categories (category, agent_id, place) VALUES (?, ?, ?)",
        [(category, agent.id, place) for place, category in enumerate(agent.categories)],
    )


def _row_of(agent: Agent) -> dict[str, object]:
    return {
        "id": agent.id,
        "owner_id": agent.owner_id,
        "orchestrator_id": agent.orchestrator_id,
        "name": agent.name,
        "url": agent.url,
        "description": agent.description,
        "is_public": agent.is_public,
        "status": agent.status.value,
        "key_version": agent.key_version,
        "public_key_pem": agent.public_key_pem,
        "created_at": sortable(agent.created_at),
        "changed_at": sortable(agent.changed_at),
        "verified_at": sortable(agent.verified_at) if agent.verified_at else None,
        "probe_due_at": sortable(agent.probe_due_at) if agent.probe_due_at else None,
        **agent_health.row_of(agent.health),
        **other_keys_row(agent),
    }


def _agent_of(row: sqlite3.Row) -> Agent:
    places: dict[str, int] = json.loads(row["places"])
    return Agent(
        id=row["id"],
        owner_id=row["owner_id"],
        orchestrator_id=row["orchestrator_id"],
        name=row["name"],
        url=row["url"],
        categories=tuple(sorted(places, key=places.__getitem__)),
        description=row["description"],
        is_public=bool(row["is_public"]),
        status=AgentStatus(row["status"]),
        key_version=row["key_version"],
        public_key_pem=row["public_key_pem"],
        created_at=datetime.fromisoformat(row["created_at"]),
        changed_at=datetime.fromisoformat(row["changed_at"]),
        verified_at=datetime.fromisoformat(row["verified_at"]) if row["verified_at"] else None,
        probe_due_at=datetime.fromisoformat(row["probe_due_at"]) if row["probe_due_at"] else None,
        health=agent_health.health_of(row),
        staged_key=staged_key_of(row),
        retired_key=retired_key_of(row),
    )
