"""What recent calls say of an agent: a success rate and a latency that forget, and a word for both.

A call counts half as much with every twelve hours. Old weights do not shrink; new ones grow instead (forward decay:
Cormode, Shkapenyuk, Srivastava and Xu, ICDE 2009). So a call's weight depends on its own time alone, and to count it
is to add: any number of writers can do it at once, in any order, and none of them has to read anything.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

HALF_LIFE: Final = timedelta(hours=12)
# 96 probes a day show that an agent is there; what they must not do is outvote the searches that it fails.
PROBE_WEIGHT: Final = 0.25
# An agent that nobody has called yet is believed to answer as one does that has passed its admission.
PRIOR_RATE: Final = 0.9
PRIOR_CALLS: Final = 5.0
FORGOTTEN_BELOW: Final = 0.01
UNPROVEN_BELOW: Final = 3.0
HEALTHY_FROM: Final = 0.9
FAILING_BELOW: Final = 0.5

# Weights begin anew with each epoch, long before they would overflow: 2 to the power of 256 at the end of one.
_EPOCH: Final = 256 * HALF_LIFE
_ORIGIN: Final = datetime(2020, 1, 1, tzinfo=UTC)


class Condition(StrEnum):
    """An agent's health in a word."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    FAILING = "failing"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Recent:
    """Calls weighed by how recent they are, each good one of the last moment as 1; `milliseconds` of the good ones."""

    calls: float = 0.0
    failures: float = 0.0
    milliseconds: float = 0.0

    def __add__(self, other: "Recent") -> "Recent":
        return Recent(self.calls + other.calls, self.failures + other.failures, self.milliseconds + other.milliseconds)

    def times(self, factor: float) -> "Recent":
        return Recent(self.calls * factor, self.failures * factor, self.milliseconds * factor)

    @property
    def is_known(self) -> bool:
        """Whether anything is remembered at all."""
        return self.calls >= FORGOTTEN_BELOW

    @property
    def success_rate(self) -> float:
        """The chance that the next call succeeds: the mean of a beta distribution, never quite 0 or 1."""
        return self._successes / (self.calls + PRIOR_CALLS)

    @property
    def hopeful_rate(self) -> float:
        """The rate that it may well have: a standard deviation more, so that who is little known is tried."""
        total = self.calls + PRIOR_CALLS
        deviation = math.sqrt(self._successes * (total - self._successes) / (total * total * (total + 1.0)))
        return min(1.0, self.success_rate + deviation)

    @property
    def latency_ms(self) -> float | None:
        """The mean of the good calls; None where none is remembered."""
        good = self.calls - self.failures
        return self.milliseconds / good if good >= FORGOTTEN_BELOW else None

    @property
    def _successes(self) -> float:
        return max(0.0, self.calls - self.failures) + PRIOR_RATE * PRIOR_CALLS

    def condition(self) -> Condition:
        if self.calls < UNPROVEN_BELOW:
            return Condition.UNPROVEN
        if self.success_rate < FAILING_BELOW:
            return Condition.FAILING
        return Condition.HEALTHY if self.success_rate >= HEALTHY_FROM else Condition.DEGRADED


@dataclass(frozen=True, slots=True)
class Evidence:
    """An agent's calls as they are added up: by epoch, weighed from the epoch's beginning."""

    epochs: tuple[tuple[int, Recent], ...] = ()

    @classmethod
    def of(cls, sums: Mapping[int, Recent]) -> "Evidence":
        return cls(tuple(sorted(sums.items())))

    def plus(self, epoch: int, sums: Recent) -> "Evidence":
        """With what `weighed` gives of a call; epochs that no longer count are dropped."""
        kept = {known: old for known, old in self.epochs if known >= epoch - 1}
        return Evidence.of(kept | {epoch: kept.get(epoch, Recent()) + sums})

    def at(self, now: datetime) -> Recent:
        """What is left of it by now."""
        parts = (sums.times(2.0 ** ((_beginning(epoch) - now) / HALF_LIFE)) for epoch, sums in self.epochs)
        return sum(parts, Recent())


def weighed(at: datetime, milliseconds: float, *, is_good: bool, is_probe: bool) -> tuple[int, Recent]:
    """The epoch of a call, and what it adds to the epoch's sums."""
    epoch = (at - _ORIGIN) // _EPOCH
    weight = 2.0 ** ((at - _beginning(epoch)) / HALF_LIFE) * (PROBE_WEIGHT if is_probe else 1.0)
    return epoch, Recent(weight, 0.0, weight * milliseconds) if is_good else Recent(weight, weight, 0.0)


def _beginning(epoch: int) -> datetime:
    return _ORIGIN + epoch * _EPOCH
