"""What an owner sees of the calls that were counted hour by hour."""

import math
import statistics
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.domain.history import (
    DAY,
    HOUR,
    Tally,
    day_of,
    hour_of,
    last_days,
    last_hours,
    latency_class,
    together,
)

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
THIS_HOUR = datetime(2026, 3, 14, 15, tzinfo=UTC)


def tally(began_at: datetime, *latencies: float, **failed: int) -> Tally:
    good: dict[int, int] = {}
    for milliseconds in latencies:
        number = latency_class(milliseconds)
        good[number] = good.get(number, 0) + 1
    return Tally(began_at, round(sum(latencies)), failed, good)  # type: ignore[arg-type]  # reasons come by name


def test_the_last_24_hours_are_shown_with_the_empty_ones() -> None:
    counted = [tally(THIS_HOUR - 24 * HOUR, 1.0), tally(THIS_HOUR - 23 * HOUR, 8.0, tls=1), tally(THIS_HOUR, 4.0)]

    hours = last_hours(counted, NOW)

    assert [hour.began_at for hour in hours] == [THIS_HOUR - number * HOUR for number in range(23, -1, -1)]
    assert [hour.calls for hour in hours] == [2, *[0] * 22, 1]


def test_the_last_30_days_are_shown_day_by_day() -> None:
    today = day_of(NOW)
    counted = [tally(today - 29 * DAY, 1.0), tally(today, 2.0, tls=2), tally(THIS_HOUR, 4.0, timeout=1)]

    days = last_days(counted, NOW)

    assert [day.began_at for day in days] == [today - number * DAY for number in range(29, -1, -1)]
    assert [(day.calls, day.failures) for day in (days[0], days[1], days[-1])] == [(1, 0), (0, 0), (5, 3)]
    assert days[-1].failed == {"tls": 2, "timeout": 1}
    assert days[-1].latency_ms == 3.0


def test_hours_and_days_are_those_of_utc_wherever_a_time_is_from() -> None:
    there = datetime(2026, 3, 15, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    assert (hour_of(there), day_of(there)) == (datetime(2026, 3, 14, 20, tzinfo=UTC), datetime(2026, 3, 14, tzinfo=UTC))


def test_failed_calls_have_no_part_in_the_latency() -> None:
    counted = tally(NOW, timeout=3)

    assert (counted.calls, counted.failures) == (3, 3)
    assert counted.latency_ms is None
    assert counted.quantile_ms(0.5) is None


@pytest.mark.parametrize("share", [0.5, 0.95])
@given(st.lists(st.floats(1.5, 60_000.0), min_size=2, max_size=200))
def test_a_quantile_is_in_the_class_of_the_true_one(share: float, latencies: list[float]) -> None:
    counted = together([tally(NOW, *latencies[::2]), tally(NOW, *latencies[1::2])], NOW)

    estimated = counted.quantile_ms(share)

    true = sorted(latencies)[math.ceil(len(latencies) * share) - 1]
    assert estimated is not None
    assert true / math.sqrt(2) <= estimated * 1.001
    assert estimated <= true * math.sqrt(2) * 1.001


def test_a_median_is_within_a_fifth() -> None:
    latencies = [20.0 + 3.0 * number for number in range(200)]

    assert tally(NOW, *latencies).quantile_ms(0.5) == pytest.approx(statistics.median(latencies), rel=0.2)


@pytest.mark.parametrize(
    ("milliseconds", "number"), [(0.0, 0), (1.0, 0), (1.1, 1), (2.0, 2), (1_000.0, 20), (65_536.0, 32), (1e9, 32)]
)
def test_a_latency_has_a_class(milliseconds: float, number: int) -> None:
    assert latency_class(milliseconds) == number
