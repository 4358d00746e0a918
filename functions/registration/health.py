"""What an agent's health looks like, to everyone and to its owner."""

from datetime import datetime
from typing import Final

from oqtopus.domain.agents import Agent

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


def _whole(milliseconds: float | None) -> int | None:
    return None if milliseconds is None else round(milliseconds)
