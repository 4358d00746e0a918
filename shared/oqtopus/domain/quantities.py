"""A number of a sentence with what it measures or counts, and how two of them compare."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from oqtopus.domain.spans import Span

Bound = Literal["exact", "rough", "least", "most"]

CLOCK: Final = "clock"
DATE: Final = "date"
YEAR: Final = "year of time"

# Of two numbers within this share of each other, one may be the other one rounded.
ROUNDING = 0.02
ROUGH_ROUNDING = 0.05
_HALF_DAY = 720.0
_SMALLER: Final = {
    "hour": ("minute", 60.0),
    "day": ("minute", 1_440.0),
    "week": ("minute", 10_080.0),
    "year": ("month", 12.0),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """From `low` to `high`, which are mostly the same, of `unit`; `nouns` are stems of what is counted.

    `step` is the place of the last digit that counts: 100 for 1,200. A time of day is in minutes since midnight; where
    nobody says which half of the day is meant, `is_half_day`. A date is 100 times the month, and the day.
    """

    low: float
    high: float
    span: Span
    unit: str = ""
    nouns: frozenset[str] = frozenset()
    step: float = 1.0
    bound: Bound = "exact"
    is_half_day: bool = False

    @property
    def is_bound(self) -> bool:
        return self.bound in ("least", "most")


def proves(evidence: Quantity, claim: Quantity) -> bool:
    """Whether the claim follows: it is the same, or it is rounded, or a bound or a range that holds the evidence."""
    if evidence.unit != claim.unit:
        evidence, claim = _in_one_unit(evidence, claim)
    if not _may_measure_the_same(evidence, claim) or evidence.bound not in ("exact", "rough", claim.bound):
        return False
    if are_near(evidence, claim):
        return True
    if claim.bound == "least":
        return claim.low <= evidence.low <= 2 * claim.low
    if claim.bound == "most":
        return claim.high / 2 <= evidence.high <= claim.high
    return claim.low < claim.high and claim.low <= evidence.low and evidence.high <= claim.high


def contradict(first: Quantity, second: Quantity) -> bool:
    """Whether both cannot be true of one thing. Bounds never do, nor units that would have to be converted."""
    if first.is_bound or second.is_bound or not are_comparable(first, second) or are_near(first, second):
        return False
    return max(first.low, second.low) > min(first.high, second.high)


def are_comparable(first: Quantity, second: Quantity) -> bool:
    """Whether both measure or count the same kind of thing, in the same unit."""
    if first.unit or second.unit:
        return first.unit == second.unit
    return bool(first.nouns & second.nouns) or not (first.nouns and second.nouns)


def are_near(first: Quantity, second: Quantity) -> bool:
    """Whether both are the same number, but for rounding."""
    share, day = _tolerance(first, second), _HALF_DAY if first.is_half_day or second.is_half_day else None
    return _are_within(share, first.low, second.low, day) and _are_within(share, first.high, second.high, day)


def _are_within(share: float, one: float, other: float, period: float | None) -> bool:
    if period is not None:
        one, other = one % period, other % period
    return abs(one - other) <= share * max(abs(one), abs(other))


def _tolerance(first: Quantity, second: Quantity) -> float:
    """The share by which two numbers may differ: a number is rounded when another one is given in more detail."""
    largest = max(abs(first.high), abs(second.high))
    if first.unit in (CLOCK, DATE, YEAR) or not largest:
        return 1e-9
    if "rough" in (first.bound, second.bound):
        return ROUGH_ROUNDING
    coarser = max(first.step, second.step)
    is_rounded = first.step != second.step and (coarser >= 100 or coarser < 1)
    return min(ROUNDING, coarser / 2 / largest) if is_rounded else 1e-9


def _may_measure_the_same(evidence: Quantity, claim: Quantity) -> bool:
    if claim.unit:
        return claim.unit == evidence.unit
    if evidence.unit:
        return not claim.nouns and evidence.unit not in (CLOCK, DATE, YEAR)
    return are_comparable(evidence, claim)


def _in_one_unit(first: Quantity, second: Quantity) -> tuple[Quantity, Quantity]:
    """Both in the smallest unit, where their units are multiples of one; as they are where not."""
    if first.unit == second.unit or not (first.unit in _SMALLER or second.unit in _SMALLER):
        return first, second
    if _smaller(first.unit)[0] != _smaller(second.unit)[0]:
        return first, second
    return _in_smaller(first), _in_smaller(second)


def _smaller(unit: str) -> tuple[str, float]:
    return _SMALLER.get(unit, (unit, 1.0))


def _in_smaller(quantity: Quantity) -> Quantity:
    unit, times = _smaller(quantity.unit)
    low, high = quantity.low * times, quantity.high * times
    return replace(quantity, low=low, high=high, unit=unit, step=quantity.step * times)
