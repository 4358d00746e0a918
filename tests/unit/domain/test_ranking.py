"""Relevance times health: who is asked first."""

import pytest

from oqtopus.domain.agents import Agent, Health
from oqtopus.domain.health import Evidence, Recent, weighed
from oqtopus.domain.ranking import in_order, score
from tests.fakes.agents import NOON, agent

DEADLINE = 10.0
NEW = Recent()


def known(calls: float, failing: float, latency_ms: float = 300.0) -> Recent:
    """That many calls of late, of which this share failed."""
    return Recent(calls, failing * calls, (1.0 - failing) * calls * latency_ms)


def agent_of(name: str, recent: Recent) -> Agent:
    epoch, one = weighed(NOON, 0.0, is_good=True, is_probe=False)
    return agent(name, health=Health(evidence=Evidence(((epoch, recent.times(one.calls)),))))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param((0.6, known(50, 0.0)), (1.0, known(50, 0.9)), id="a good fit, a perfect one that fails"),
        pytest.param((0.6, known(50, 0.0)), (1.0, known(10, 0.9)), id="also when little is known of the failing one"),
        pytest.param((1.0, known(50, 0.1)), (0.6, known(50, 0.0)), id="a perfect fit that seldom fails, a good one"),
        pytest.param((0.9, known(50, 0.0)), (0.5, known(50, 0.0)), id="of healthy ones the better fit"),
        pytest.param((0.9, NEW), (0.9, known(100, 0.2)), id="a new agent, one that fails now and then"),
        pytest.param((0.9, NEW), (0.8, known(500, 0.0)), id="a new agent that fits better, a proven one"),
        pytest.param((0.9, known(500, 0.0)), (0.8, NEW), id="a proven agent that fits better, a new one"),
        pytest.param((0.9, known(50, 0.0)), (0.9, known(1, 1.0)), id="a proven agent, a new one that has failed"),
        pytest.param((0.9, known(50, 0.0, 300)), (0.9, known(50, 0.0, 9_000)), id="a quick one, one at the deadline"),
        pytest.param((0.9, known(50, 0.0, 9_000)), (0.9, known(50, 0.9, 300)), id="a slow one, one that fails"),
    ],
)  # fmt: skip
def test_of_two_agents_this_one_is_asked_first(better: tuple[float, Recent], worse: tuple[float, Recent]) -> None:
    agents, relevance = [agent_of("worse", worse[1]), agent_of("better", better[1])], [worse[0], better[0]]

    assert [one.name for one in in_order(agents, relevance, NOON, DEADLINE)] == ["better", "worse"]


@pytest.mark.parametrize(
    "recent", [NEW, known(1, 1.0), known(1_000, 1.0), known(1_000, 0.0, 60_000), known(50, 0.0, 0)]
)
@pytest.mark.parametrize("relevance", [0.0, 0.3, 1.0])
def test_a_score_is_from_0_to_the_relevance(recent: Recent, relevance: float) -> None:
    assert 0.0 <= score(relevance, recent, DEADLINE) <= relevance


@pytest.mark.parametrize(("latency_ms", "share"), [(0, 1.0), (5_000, 0.75), (10_000, 0.5), (60_000, 0.5)])
def test_half_a_deadline_costs_a_quarter(latency_ms: float, share: float) -> None:
    assert score(1.0, known(1e9, 0.0, latency_ms), DEADLINE) == pytest.approx(share)


def test_equals_share_the_searches_among_them() -> None:
    """Twenty agents alike, of which eight are called each time: none is left out, and none is called always."""
    calls = dict.fromkeys(range(20), 0.0)

    for _ in range(100):
        agents = [agent_of(str(number), known(count, 0.0)) for number, count in calls.items()]
        for one in in_order(agents, [0.8] * 20, NOON, DEADLINE)[:8]:
            calls[int(one.name)] += 1.0

    assert set(calls.values()) == {40.0}


def test_a_new_agent_among_many_proven_ones_is_called_at_once() -> None:
    proven = [agent_of(f"proven {number}", known(100, 0.02)) for number in range(20)]

    chosen = in_order([*proven, agent_of("new", NEW)], [0.8] * 21, NOON, DEADLINE)[:8]

    assert chosen[0].name == "new"


def test_agents_that_are_the_same_in_everything_keep_their_order() -> None:
    agents = [agent_of(name, known(5, 0.0)) for name in "cab"]

    assert [one.name for one in in_order(agents, [0.5] * 3, NOON, DEADLINE)] == ["c", "a", "b"]
