"""Which agents a search asks first: those that fit the question and are likely to answer it in time.

::

    score = relevance x rate x speed

`relevance` (0 to 1) is the ranker's word. `rate` is the success rate that the agent may well have
(`Recent.hopeful_rate`): the mean of what is known and a standard deviation more. An agent that nobody knows yet so
counts as one that never fails until it does, and gets its chance; each call that it is given makes its rate its own.
`speed` is 1 for an answer at once and a half for one at the deadline: half a deadline costs a quarter.

Scores within a hundredth are the same. Of equals the one with the least evidence goes first, so that they share the
searches among them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from oqtopus.domain.agents import Agent
from oqtopus.domain.health import Recent

_SLOWEST: Final = 0.5
_DIGITS: Final = 2


def in_order(
    agents: Sequence[Agent], relevance: Sequence[float], now: datetime, deadline_seconds: float
) -> Sequence[Agent]:
    """The agents, best first; `relevance` is in the order of `agents`, which equals keep."""
    keys = [
        _key(agent.health.evidence.at(now), fit, deadline_seconds) for agent, fit in zip(agents, relevance, strict=True)
    ]
    return [agents[index] for index in sorted(range(len(agents)), key=keys.__getitem__)]


def score(relevance: float, recent: Recent, deadline_seconds: float) -> float:
    """How much is to be expected of a call, 0 to 1."""
    late = min(1.0, (recent.latency_ms or 0.0) / (deadline_seconds * 1_000))
    return relevance * recent.hopeful_rate * (1.0 - (1.0 - _SLOWEST) * late)


def _key(recent: Recent, relevance: float, deadline_seconds: float) -> tuple[float, float]:
    return -round(score(relevance, recent, deadline_seconds), _DIGITS), recent.calls
