"""What an agent's health looks like: in short to everyone, in full to its owner."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from oqtopus.domain.agents import Agent
from oqtopus.domain.history import Tally, last_days, last_hours, together

_RATE_DIGITS: Final = 3


def health_summary(agent: Agent, now: datetime) -> dict[str, object]:
    """A word, a rate and a latency, which forget; nothing that tells how often anyone asks."""
    recent = agent.health.evidence.at(now)
    return {
        "condition": agent.health.condition(now),
        "success_rate": round(recent.success_rate, _RATE_DIGITS) if recent.is_known else None,
        "latency_ms": _whole(recent.latency_ms),
    }


def owners_summary(agent: Agent, now: datetime) -> dict[str, object]:
    """With the counters since the registration."""
    health = agent.health
    return health_summary(agent, now) | {
        "calls": health.calls,
        "failures": health.failures,
        "failures_in_a_row": health.failures_in_a_row,
        "last_failure": health.last_failure,
    }


def health_view(agent: Agent, history: Sequence[Tally], now: datetime) -> dict[str, object]:
    """All that its owner may want to know; the window is the hours that are shown."""
    health, hours = agent.health, last_hours(history, now)
    return {
        "status": agent.status,
        **health_summary(agent, now),
        "circuit": {"state": health.circuit.state(now), "rests_until": _rests_until(agent, now)},
        "failures_in_a_row": health.failures_in_a_row,
        "failing_since": health.failing_since,
        "last_failure": {"reason": health.last_failure, "at": health.last_failure_at} if health.last_failure else None,
        "last_probe_at": health.last_probe_at,
        "next_probe_at": agent.probe_due_at,
        "window": _window(together(hours, hours[0].began_at)),
        "hours": list(map(_bar, hours)),
        "days": list(map(_bar, last_days(history, now))),
    }


def _rests_until(agent: Agent, now: datetime) -> datetime | None:
    until = agent.health.circuit.rests_until
    return until if until is not None and now < until else None


def _window(tally: Tally) -> dict[str, object]:
    return {
        "from": tally.began_at,
        "calls": tally.calls,
        "failures": tally.failures,
        "failures_by_reason": dict(sorted(tally.failed.items())),
        "latency_ms": {
            "mean": _whole(tally.latency_ms),
            "p50": _whole(tally.quantile_ms(0.5)),
            "p95": _whole(tally.quantile_ms(0.95)),
        },
    }


def _bar(tally: Tally) -> dict[str, object]:
    """One bar of a chart."""
    return {
        "from": tally.began_at,
        "calls": tally.calls,
        "failures": tally.failures,
        "latency_ms": _whole(tally.latency_ms),
    }


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)
