"""A success rate and a latency that forget."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.domain.agents import AgentId, CallOutcome, Health
from oqtopus.domain.health import HALF_LIFE, PROBE_WEIGHT, Condition, Evidence, Recent

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = CallOutcome(AgentId("films"), 200.0)
BAD = replace(GOOD, failure="timeout")
Call = tuple[datetime, CallOutcome]


def after(calls: Sequence[Call], health: Health | None = None) -> Health:
    health = health or Health()
    for at, outcome in calls:
        health = health.after(outcome, at)
    return health


def every(interval: timedelta, outcome: CallOutcome, since: datetime, until: datetime) -> list[Call]:
    return [(since + number * interval, outcome) for number in range((until - since) // interval)]


def rate(health: Health, now: datetime = NOW) -> float:
    return health.evidence.at(now).success_rate


_outcomes = st.builds(
    CallOutcome, st.just(AgentId("films")), st.floats(0, 1e4), st.sampled_from([None, "tls"]), st.booleans()
)
_moments = st.integers(0, 400 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))


@given(st.lists(st.tuples(_moments, _outcomes), max_size=30))
def test_a_call_counts_half_as_much_after_each_half_life_in_whatever_order_calls_are_counted(calls: list[Call]) -> None:
    recent = after(calls).evidence.at(NOW)

    weights = [0.5 ** ((NOW - at) / HALF_LIFE) * (PROBE_WEIGHT if one.is_probe else 1.0) for at, one in calls]
    weighed = list(zip(weights, (one for _, one in calls), strict=True))
    assert recent.calls == pytest.approx(math.fsum(weights), abs=1e-9)
    assert recent.failures == pytest.approx(math.fsum(weight for weight, one in weighed if one.failure), abs=1e-9)
    good = math.fsum(weight * one.ms for weight, one in weighed if not one.failure)
    assert recent.milliseconds == pytest.approx(good, abs=1e-6)


def test_an_agent_that_was_bad_last_month_and_is_good_today_is_healthy() -> None:
    bad = after(every(timedelta(minutes=30), BAD, NOW - 40 * DAY, NOW - 30 * DAY))

    good_today = after(every(timedelta(hours=1), GOOD, NOW - DAY, NOW), bad)

    assert bad.condition(NOW - 30 * DAY) is Condition.FAILING
    assert good_today.condition(NOW) is Condition.HEALTHY
    assert rate(good_today) > 0.95


def test_an_agent_that_was_good_last_month_and_is_bad_today_is_failing() -> None:
    good = after(every(timedelta(minutes=30), GOOD, NOW - 40 * DAY, NOW - 30 * DAY))

    bad_today = after(every(timedelta(hours=1), BAD, NOW - DAY, NOW), good)

    assert rate(bad_today) < 0.3
    assert bad_today.condition(NOW) is Condition.FAILING


@pytest.mark.parametrize("outcome", [GOOD, BAD])
def test_a_young_agents_rate_is_neither_0_nor_1(outcome: CallOutcome) -> None:
    young = after([(NOW, outcome)])

    assert 0.5 < rate(young) < 1.0
    assert young.condition(NOW) is Condition.UNPROVEN


def test_nothing_is_known_of_an_agent_that_was_never_called_or_long_ago() -> None:
    assert not Evidence().at(NOW).is_known
    assert not after([(NOW - 30 * DAY, GOOD)]).evidence.at(NOW).is_known
    assert Evidence().at(NOW).latency_ms is None


@pytest.mark.parametrize(
    ("calls", "failures", "condition"),
    [
        (2.0, 2.0, Condition.UNPROVEN),
        (20.0, 0.0, Condition.HEALTHY),
        (20.0, 4.0, Condition.DEGRADED),
        (20.0, 15.0, Condition.FAILING),
    ],
)
def test_a_rate_has_a_word(calls: float, failures: float, condition: Condition) -> None:
    assert Recent(calls, failures).condition() is condition


def test_an_agent_whose_circuit_is_open_is_failing_however_good_it_was() -> None:
    long_good = after(every(timedelta(minutes=1), GOOD, NOW - DAY, NOW))

    assert long_good.condition(NOW) is Condition.HEALTHY
    assert after([(NOW, BAD)] * 3, long_good).condition(NOW) is Condition.FAILING


def test_probes_do_not_outvote_the_searches_that_an_agent_fails() -> None:
    probes = every(timedelta(minutes=15), replace(GOOD, is_probe=True), NOW - 3 * DAY, NOW)
    searches = every(timedelta(hours=1), BAD, NOW - 3 * DAY, NOW)

    assert after([*probes, *searches]).evidence.at(NOW).condition() is Condition.DEGRADED


def test_latency_is_that_of_the_good_calls_of_late() -> None:
    slow = after(every(timedelta(hours=1), replace(GOOD, ms=5_000.0), NOW - 4 * DAY, NOW - 3 * DAY))

    quick = after([*every(timedelta(hours=1), GOOD, NOW - DAY, NOW), (NOW, replace(BAD, ms=10_000.0))], slow)

    latency_ms = quick.evidence.at(NOW).latency_ms
    assert latency_ms is not None
    assert 200.0 < latency_ms < 300.0


def test_weights_stay_numbers_however_long_an_agent_lives() -> None:
    calls = [(NOW + number * 50 * DAY, GOOD) for number in range(100)]

    old = after(calls)

    last = calls[-1][0]
    assert old.evidence.at(last).calls == pytest.approx(1.0)
    assert len(old.evidence.epochs) <= 2
    assert all(math.isfinite(sums.milliseconds) for _, sums in old.evidence.epochs)


def test_a_lone_failure_lowers_hope_less_the_more_is_known() -> None:
    little, much = Recent(1.0, 1.0), Recent(100.0, 1.0)

    assert Recent().hopeful_rate == 1.0
    assert little.hopeful_rate < much.hopeful_rate < 1.0
    assert little.success_rate < little.hopeful_rate
