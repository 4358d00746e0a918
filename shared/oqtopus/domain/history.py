"""What was counted of an agent's calls, hour by hour for thirty days: what its owner looks at."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from oqtopus.errors import FailureReason

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
HOURS_SHOWN: Final = 24
DAYS_KEPT: Final = 30

# Two classes to a doubling, so that a quantile is at most a fifth off: 1 ms, 1.4 ms, 2 ms, … 64 s and more.
_CLASSES_PER_DOUBLING: Final = 2
_SLOWEST_CLASS: Final = 32


@dataclass(frozen=True, slots=True)
class Tally:
    """The calls of some time from `began_at` on: failed ones by their reason, good ones by the class of their latency.

    `milliseconds` is what the good ones took together.
    """

    began_at: datetime
    milliseconds: int = 0
    failed: Mapping[FailureReason, int] = field(default_factory=dict)
    good: Mapping[int, int] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    @property
    def calls(self) -> int:
        return self.failures + sum(self.good.values())

    @property
    def latency_ms(self) -> float | None:
        """The mean of the good calls."""
        good = sum(self.good.values())
        return self.milliseconds / good if good else None

    def quantile_ms(self, share: float) -> float | None:
        """The latency that this share of the good calls stayed under, by linear interpolation in its class."""
        wanted = share * sum(self.good.values())
        seen = 0
        for number, count in sorted(self.good.items()):
            if seen + count >= wanted:
                lower, upper = _lower_ms(number), _upper_ms(number)
                return lower + (upper - lower) * (wanted - seen) / count
            seen += count
        return None


def latency_class(milliseconds: float) -> int:
    """The class of a good call; classes get wider as latencies grow."""
    number = math.ceil(_CLASSES_PER_DOUBLING * math.log2(max(milliseconds, 1.0)))
    return min(number, _SLOWEST_CLASS)


def _upper_ms(number: int) -> float:
    return float(2.0 ** (number / _CLASSES_PER_DOUBLING))


def _lower_ms(number: int) -> float:
    return _upper_ms(number - 1) if number else 0.0


def hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    return hour_of(at).replace(hour=0)


def last_hours(tallies: Sequence[Tally], now: datetime) -> Sequence[Tally]:
    """The last 24 hours, oldest first, of which this one is the last; hours without a call among them."""
    first = hour_of(now) - (HOURS_SHOWN - 1) * HOUR
    return [together(_within(tallies, start, HOUR), start) for start in _steps(first, HOUR, HOURS_SHOWN)]


def last_days(tallies: Sequence[Tally], now: datetime) -> Sequence[Tally]:
    """The last 30 UTC days, oldest first, of which today is the last."""
    return [together(_within(tallies, start, DAY), start) for start in _steps(first_day(now), DAY, DAYS_KEPT)]


def first_day(now: datetime) -> datetime:
    """The beginning of the oldest day that is kept."""
    return day_of(now) - (DAYS_KEPT - 1) * DAY


def together(tallies: Iterable[Tally], began_at: datetime) -> Tally:
    milliseconds, failed, good = 0, dict[FailureReason, int](), dict[int, int]()
    for tally in tallies:
        milliseconds += tally.milliseconds
        for reason, count in tally.failed.items():
            failed[reason] = failed.get(reason, 0) + count
        for number, count in tally.good.items():
            good[number] = good.get(number, 0) + count
    return Tally(began_at, milliseconds, failed, good)


def _within(tallies: Iterable[Tally], start: datetime, length: timedelta) -> Iterator[Tally]:
    return (tally for tally in tallies if start <= tally.began_at < start + length)


def _steps(first: datetime, step: timedelta, count: int) -> Iterator[datetime]:
    return (first + number * step for number in range(count))
