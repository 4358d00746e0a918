"""When a failing agent is left alone, and for how long."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from oqtopus.domain.agents import AgentId, CallOutcome, Health
from oqtopus.domain.circuits import (
    LONGEST_REST,
    OPEN_AFTER_FAILURES,
    SHORTEST_REST,
    Circuit,
    CircuitState,
)
from tests.fakes.agents import NOON

CLOSED, OPEN, PROBATION = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.PROBATION
SECOND = timedelta(seconds=1)
GOOD = CallOutcome(AgentId("films"), 1.0)
BAD = CallOutcome(AgentId("films"), 1.0, "timeout")


def failed(*seconds: int) -> Circuit:
    """The circuit after failures at these seconds past noon."""
    health = Health()
    for second in seconds:
        health = health.after(BAD, NOON + second * SECOND)
    return health.circuit


@pytest.mark.parametrize(
    ("seconds", "at", "state"),
    [
        ((), 0, CLOSED),
        ((0, 1), 1, CLOSED),
        ((0, 1, 2), 2, OPEN),
        ((0, 1, 2), 31, OPEN),
        ((0, 1, 2), 32, PROBATION),
        ((0, 1, 2, 32), 32, OPEN),
        ((0, 1, 2, 32), 64, PROBATION),
        ((0, 1, 2, 32, 64), 127, OPEN),
        ((0, 1, 2, 32, 64), 128, PROBATION),
    ],
)
def test_three_failures_open_a_circuit_and_each_try_that_fails_doubles_the_rest(
    seconds: Sequence[int], at: int, state: CircuitState
) -> None:
    assert failed(*seconds).state(NOON + at * SECOND) is state


def test_rests_double_up_to_the_longest() -> None:
    tries, rests = [0, 0, 0], list[timedelta]()
    while not rests or rests[-1] < LONGEST_REST:
        rests.append(failed(*tries).rest)
        tries.append(tries[-1] + rests[-1] // SECOND)

    assert rests[:6] == [30 * SECOND, 30 * SECOND, 60 * SECOND, 120 * SECOND, 240 * SECOND, 480 * SECOND]
    assert rests[-1] == failed(*tries).rest == LONGEST_REST == 900 * SECOND


def test_failures_side_by_side_are_one_try() -> None:
    assert failed(*[0] * 15).rest == SHORTEST_REST


def test_a_good_call_closes_it() -> None:
    health = Health()
    for outcome in (*[BAD] * OPEN_AFTER_FAILURES, GOOD, BAD):
        health = health.after(outcome, NOON)

    assert health.circuit == Circuit(1, NOON, NOON)


def test_a_row_of_failures_from_before_times_were_kept_is_tried_with_care() -> None:
    assert Circuit(failures_in_a_row=9).state(NOON) is PROBATION
