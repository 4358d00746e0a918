"""Every bad agent ends with its word and in time, and costs no good agent's answer (C1 to C9)."""

import asyncio

import pytest
import uvloop

from oqtopus.domain.agents import AgentReply
from tests.fakes.bad_agents import BAD_AGENTS, GROUPS, SECRET, BadAgent
from tests.functions.bad_agents.conftest import Standing
from tests.functions.bad_agents.encounters import DEADLINE, Visit, visit

# What a call may take beyond its deadline, on a machine with other things to do.
MARGIN = 2.0


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def visited(standing: Standing, request: pytest.FixtureRequest) -> Visit:
    """All encounters, in the event loop of the standard library and in the one that the functions run in."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(visit(standing.origins, standing.authority))


def test_no_two_agents_misbehave_under_one_name() -> None:
    assert len(BAD_AGENTS) == sum(map(len, GROUPS.values()))


@pytest.mark.parametrize("bad", BAD_AGENTS.values(), ids=BAD_AGENTS.keys())
def test_a_bad_agent_ends_with_its_word_or_with_what_counts_of_its_answer(bad: BadAgent, visited: Visit) -> None:
    answered = visited.encounters[bad.name].answers[bad.name]

    if answered.reply is None:
        assert answered.failure in bad.reasons
    else:
        assert answered.reply == AgentReply(bad.answer or "")


def test_bad_agents_end_at_their_deadline_at_the_latest(visited: Visit) -> None:
    late = {name: met.landed[name] for name, met in visited.encounters.items() if met.landed[name] > DEADLINE + MARGIN}

    assert late == {}


@pytest.mark.parametrize("good", ["plain", "secure"])
def test_good_agents_beside_them_answer_in_time(visited: Visit, good: str) -> None:
    replies = {name: met.answers[good].reply for name, met in visited.encounters.items()}

    lost = {name: reply for name, reply in replies.items() if reply != AgentReply(f"I am {good}.")}
    assert lost == {}


def test_nothing_that_they_say_beside_their_answers_is_in_the_events(visited: Visit) -> None:
    assert [name for name, met in visited.encounters.items() if SECRET in met.events] == []


def test_nothing_that_they_say_and_nothing_of_sockets_is_logged(visited: Visit) -> None:
    assert [line for line in visited.log if any(word in line for word in (SECRET, "Errno", "SSL", "HttpParser"))] == []


def test_nobody_is_led_to_the_server_that_they_name(visited: Visit, standing: Standing) -> None:
    assert not standing.canary_was_called
