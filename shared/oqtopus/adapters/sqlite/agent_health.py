"""Agents' health in SQLite: what counts now beside the agent, what was counted in rows of an hour each."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from oqtopus.adapters.sqlite.moments import sortable
from oqtopus.domain.agents import AgentId, CallOutcome, Health
from oqtopus.domain.health import Evidence, Recent
from oqtopus.domain.history import Tally, first_day, hour_of, latency_class, together

_COUNT = """
INSERT INTO agent_hours (agent_id, hour, failure, class, calls, ms) VALUES (?, ?, ?, ?, 1, ?)
ON CONFLICT (agent_id, hour, failure, class) DO UPDATE SET calls = calls + 1, ms = ms + excluded.ms
"""
_FORGET = "DELETE FROM agent_hours WHERE agent_id = ? AND hour < ?"
_HISTORY = "SELECT * FROM agent_hours WHERE agent_id = ? AND hour >= ? ORDER BY hour"


def count(connection: sqlite3.Connection, outcome: CallOutcome, at: datetime) -> None:
    """Add a call to its hour; hours that are no longer shown go."""
    is_good = outcome.failure is None
    number, milliseconds = (latency_class(outcome.ms), round(outcome.ms)) if is_good else (0, 0)
    hour = sortable(hour_of(at))
    connection.execute(_COUNT, (outcome.agent_id, hour, outcome.failure or "", number, milliseconds))
    connection.execute(_FORGET, (outcome.agent_id, sortable(first_day(at))))


def history(connection: sqlite3.Connection, agent_id: AgentId, now: datetime) -> Sequence[Tally]:
    hours: dict[str, list[Tally]] = {}
    for row in connection.execute(_HISTORY, (agent_id, sortable(first_day(now)))):
        hours.setdefault(row["hour"], []).append(_tally_of(row))
    return [together(tallies, tallies[0].began_at) for tallies in hours.values()]


def row_of(health: Health) -> dict[str, object]:
    """The columns of `agents` that are health."""
    return {
        "calls": health.calls,
        "failures": health.failures,
        "failures_in_a_row": health.failures_in_a_row,
        "last_failure": health.last_failure,
        "last_failure_at": _text(health.last_failure_at),
        "failing_since": _text(health.failing_since),
        "last_probe_at": _text(health.last_probe_at),
        "evidence": json.dumps(
            {epoch: (sums.calls, sums.failures, sums.milliseconds) for epoch, sums in health.evidence.epochs}
        ),
    }


def health_of(row: sqlite3.Row) -> Health:
    sums: dict[str, list[float]] = json.loads(row["evidence"])
    return Health(
        calls=row["calls"],
        failures=row["failures"],
        failures_in_a_row=row["failures_in_a_row"],
        last_failure=row["last_failure"],
        last_failure_at=_moment(row["last_failure_at"]),
        failing_since=_moment(row["failing_since"]),
        last_probe_at=_moment(row["last_probe_at"]),
        evidence=Evidence.of({int(epoch): Recent(*parts) for epoch, parts in sums.items()}),
    )


def _tally_of(row: sqlite3.Row) -> Tally:
    began_at = datetime.fromisoformat(row["hour"])
    if row["failure"]:
        return Tally(began_at, failed={row["failure"]: row["calls"]})
    return Tally(began_at, row["ms"], good={row["class"]: row["calls"]})


def _text(moment: datetime | None) -> str | None:
    return sortable(moment) if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
