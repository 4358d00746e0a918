"""What a process has just seen of agents counts before the store knows it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oqtopus.domain.agents import Agent, AgentId, Health
from oqtopus.domain.breakers import Breaker
from oqtopus.domain.circuits import SHORTEST_REST, CircuitState
from tests.fakes.agents import NOON, agent

CLOSED, OPEN = CircuitState.CLOSED, CircuitState.OPEN
SECOND = timedelta(seconds=1)
FILMS = agent("films")


def breaker(*ends: bool, of: Agent = FILMS) -> Breaker:
    """One that has seen calls end at noon, well or not."""
    seen = Breaker()
    for is_good in ends:
        seen.saw(of, NOON, is_good=is_good)
    return seen


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ([False] * 2, CLOSED),
        ([False] * 3, OPEN),
        ([False, False, True, False, False], CLOSED),
        ([False, False, False, True], CLOSED),
    ],
)
def test_a_process_believes_its_own_eyes_before_the_store_knows(ends: list[bool], state: CircuitState) -> None:
    assert breaker(*ends).state(FILMS, NOON) is state


def test_what_a_process_saw_adds_to_what_the_store_knew() -> None:
    failing = replace(FILMS, health=Health(failures_in_a_row=2))

    assert breaker(False, of=failing).state(failing, NOON) is OPEN
    assert Breaker().state(failing, NOON) is CLOSED


def test_after_the_shortest_rest_the_store_alone_is_believed() -> None:
    seen, later = breaker(*[False] * 9), NOON + SHORTEST_REST
    resting = replace(FILMS, health=Health(9, 9, 9, last_failure_at=later, failing_since=NOON))

    assert seen.state(FILMS, later - SECOND) is OPEN
    assert seen.state(FILMS, later) is CLOSED
    assert seen.state(resting, later) is OPEN


def test_failures_of_long_ago_do_not_add_up_with_new_ones() -> None:
    seen, later = breaker(False, False), NOON + SHORTEST_REST

    seen.saw(FILMS, later, is_good=False)

    assert seen.state(FILMS, later) is CLOSED


def test_one_agents_failures_are_not_anothers() -> None:
    assert breaker(*[False] * 3).state(agent("cars"), NOON) is CLOSED


def test_a_turn_is_taken_once_until_it_is_given_back() -> None:
    turns = Breaker()

    taken = [turns.takes_turn(FILMS.id), turns.takes_turn(FILMS.id), turns.takes_turn(AgentId("cars"))]
    turns.give_back([FILMS.id])

    assert taken == [True, False, True]
    assert turns.takes_turn(FILMS.id)
