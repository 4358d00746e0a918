"""Whom a search calls, and in which order: circuits, turns, relevance and health."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from oqtopus.bootstrap import Services
from oqtopus.domain.agents import Agent, AgentReply, Health
from oqtopus.domain.circuits import OPEN_AFTER_FAILURES, SHORTEST_REST
from oqtopus.domain.health import Evidence, Recent, weighed
from tests.conftest import ClientOf
from tests.fakes.agents import agent
from tests.fakes.clock import FakeClock
from tests.fakes.models import ScriptedModel
from tests.functions.test_search import Bench, Event, of_type, types

SECOND = timedelta(seconds=1)


@pytest.fixture
def bench(services: Services, client_of: ClientOf, clock: FakeClock) -> Bench:
    services.clock = clock
    return Bench(services, client_of("search"))


def failing_until(last_failure_at: datetime, failures: int = OPEN_AFTER_FAILURES) -> Health:
    return Health(failures, failures, failures, "timeout", last_failure_at, last_failure_at)


def with_rate(at: datetime, calls: float, failures: float) -> Health:
    epoch, one = weighed(at, 0.0, is_good=True, is_probe=False)
    return Health(evidence=Evidence(((epoch, Recent(calls, failures).times(one.calls)),)))


def panel(events: Sequence[Event]) -> list[str]:
    return [element["name"] for element in events[types(list(events)).index("agents")]["data"]]


class TestOpen:
    """An agent that keeps failing is left alone."""

    async def test_a_process_stops_calling_at_once_and_the_fallback_answers(self, bench: Bench) -> None:
        await bench.register(agent("films"))
        bench.caller.replies = {"films": "unreachable"}

        events = [await bench.ask() for _ in range(OPEN_AFTER_FAILURES + 2)]

        assert bench.caller.asked == ["films"] * OPEN_AFTER_FAILURES
        assert events[-1][-1]["data"] == "From memory."
        assert events[-1][-1]["usage"]["agents_called"] == 0

    async def test_a_burst_of_searches_waits_for_no_message(self, bench: Bench) -> None:
        await bench.register(agent("films"), agent("slow"))
        bench.caller.replies = {"slow": "timeout"}
        await asyncio.gather(*(bench.ask() for _ in range(10)))
        bench.caller.asked.clear()

        await asyncio.gather(*(bench.ask() for _ in range(10)))

        assert bench.caller.asked == ["films"] * 10

    async def test_by_the_end_of_the_shortest_rest_the_store_decides(self, bench: Bench, clock: FakeClock) -> None:
        await bench.register(agent("films"))
        bench.caller.replies = {"films": "unreachable"}
        for _ in range(OPEN_AFTER_FAILURES):
            await bench.ask()

        clock.advance(SHORTEST_REST)
        await bench.ask()

        assert len(bench.caller.asked) == OPEN_AFTER_FAILURES + 1

    async def test_a_good_call_in_between_keeps_it_closed(self, bench: Bench) -> None:
        await bench.register(agent("films"))
        for outcome in ("timeout", "timeout", AgentReply("Heat."), "timeout", "timeout", AgentReply("Ran.")):
            bench.caller.replies = {"films": outcome}
            await bench.ask()

        assert len(bench.caller.asked) == 6

    async def test_a_defect_of_ours_opens_nothing(self, bench: Bench) -> None:
        await bench.register(agent("films"))
        bench.caller.replies = {"films": RuntimeError("a defect of ours")}

        for _ in range(OPEN_AFTER_FAILURES + 1):
            await bench.ask()

        assert len(bench.caller.asked) == OPEN_AFTER_FAILURES + 1

    async def test_an_agent_that_failed_elsewhere_is_not_called_and_its_place_is_the_next_ones(
        self, bench: Bench, clock: FakeClock
    ) -> None:
        await bench.register(agent("best", health=failing_until(clock() - 29 * SECOND)), agent("next"), agent("last"))
        bench.embedded.fits = {"best": 1.0, "next": 0.8, "last": 0.1}
        bench.configure(max_agents_per_search=1)

        await bench.ask()

        assert bench.caller.asked == ["next"]

    @pytest.mark.parametrize("fallback", ["hedged", "always"])
    async def test_it_is_left_alone_even_where_it_is_the_only_one_as_long_as_a_model_can_stand_in(
        self, bench: Bench, clock: FakeClock, fallback: str
    ) -> None:
        await bench.register(agent("films", health=failing_until(clock())))
        bench.configure(fallback=fallback)

        events = await bench.ask()

        assert bench.caller.asked == []
        assert events[-1]["data"] == "From memory."
        assert not list(of_type(events, "error"))

    async def test_where_nobody_else_could_answer_it_is_called_all_the_same(
        self, bench: Bench, clock: FakeClock
    ) -> None:
        await bench.register(agent("films", health=failing_until(clock())))
        bench.configure(fallback="off")

        events = await bench.ask()

        assert bench.caller.asked == ["films"]
        assert events[-1]["usage"]["agents_answered"] == 1

    async def test_where_another_can_answer_it_is_left_alone_without_a_model_too(
        self, bench: Bench, clock: FakeClock
    ) -> None:
        await bench.register(agent("films", health=failing_until(clock())), agent("reviews"))
        bench.configure(fallback="off")

        await bench.ask()

        assert bench.caller.asked == ["reviews"]

    async def test_what_is_called_for_want_of_others_and_fails_is_given_back(
        self, bench: Bench, clock: FakeClock
    ) -> None:
        await bench.register(agent("films", health=failing_until(clock())))
        bench.caller.replies = {"films": "unreachable"}
        bench.configure(fallback="off")
        before = await bench.remaining()

        events = await bench.ask()

        assert [event["data"]["code"] for event in of_type(events, "error")] == ["no_answer"]
        assert await bench.remaining() == before


class TestProbation:
    """After its rest an agent gets a small share of the searches."""

    async def test_it_stands_behind_all_healthy_ones_however_well_it_fits(self, bench: Bench, clock: FakeClock) -> None:
        await bench.register(agent("best", health=failing_until(clock() - 30 * SECOND)), agent("poor"), agent("worse"))
        bench.embedded.fits = {"best": 1.0, "poor": 0.2, "worse": 0.1}

        assert panel(await bench.ask()) == ["poor", "worse", "best"]

        bench.configure(max_agents_per_search=2)
        assert panel(await bench.ask()) == ["poor", "worse"]

    async def test_one_search_at_a_time_calls_it(self, bench: Bench, clock: FakeClock) -> None:
        await bench.register(agent("films"), agent("slow", health=failing_until(clock() - 30 * SECOND)))
        bench.caller.replies = {"slow": None}
        bench.configure(agent_deadline_seconds=0.2)

        await asyncio.gather(*(bench.ask() for _ in range(5)))

        assert bench.caller.asked.count("slow") == 1
        assert bench.caller.asked.count("films") == 5

    async def test_a_call_that_fails_again_opens_it_here_at_once(self, bench: Bench, clock: FakeClock) -> None:
        await bench.register(agent("films"), agent("bad", health=failing_until(clock() - 30 * SECOND)))
        bench.caller.replies = {"bad": "bad_json"}

        for _ in range(3):
            await bench.ask()

        assert bench.caller.asked.count("bad") == 1

    async def test_a_call_that_goes_well_makes_room_for_the_next(self, bench: Bench, clock: FakeClock) -> None:
        await bench.register(agent("films", health=failing_until(clock() - 30 * SECOND)))

        for _ in range(3):
            await bench.ask()

        assert bench.caller.asked == ["films"] * 3

    async def test_a_client_that_leaves_gives_the_turn_back(self, bench: Bench, clock: FakeClock) -> None:
        await bench.register(agent("slow", health=failing_until(clock() - 30 * SECOND)))
        bench.caller.replies = {"slow": None}
        asking = asyncio.create_task(bench.ask())
        await bench.caller.is_hanging.wait()
        asking.cancel()
        await bench.caller.is_cancelled.wait()
        bench.caller.replies = {}

        await bench.ask()

        assert bench.caller.asked == ["slow", "slow"]


class TestRanking:
    """Relevance times health, whether or not there are more candidates than places."""

    async def test_panel_and_sources_are_in_the_order_of_the_ranking(self, bench: Bench) -> None:
        await bench.register(agent("b"), agent("c"), agent("a"))
        bench.embedded.fits = {"a": 0.9, "b": 0.5, "c": 0.7}

        events = await bench.ask()

        assert panel(events) == ["a", "c", "b"]
        assert [source["name"] for source in events[-1]["sources"]] == ["a", "c", "b"]

    @pytest.mark.parametrize(("places", "named"), [(8, ["good", "new", "bad"]), (2, ["good", "new"])])
    async def test_a_perfect_fit_that_fails_is_behind_good_ones_that_answer(
        self, bench: Bench, clock: FakeClock, places: int, named: list[str]
    ) -> None:
        await bench.register(
            agent("bad", health=with_rate(clock(), 40.0, 36.0)),
            agent("good", health=with_rate(clock(), 40.0, 0.0)),
            agent("new"),
        )
        bench.embedded.fits = {"bad": 1.0, "good": 0.7, "new": 0.6}
        bench.configure(max_agents_per_search=places)

        events = await bench.ask()

        assert panel(events) == named

    async def test_calls_do_not_wait_for_a_ranking_that_decides_no_more_than_the_order(self, bench: Bench) -> None:
        await bench.register(agent("films"), agent("reviews"))
        bench.caller.replies = {"films": None}
        bench.services.embedded = WaitingRanker(bench.caller.is_hanging)  # type: ignore[assignment]  # it ranks

        events = await bench.ask()

        assert panel(events)[:2] == ["reviews", "films"]

    async def test_a_ranking_that_breaks_costs_no_agent_its_answer(self, bench: Bench) -> None:
        await bench.register(agent("films"), agent("reviews"))
        bench.services.embedded = BrokenRanker()  # type: ignore[assignment]  # it ranks

        events = await bench.ask()

        assert list(of_type(events, "error")) == []
        assert sorted(panel(events)) == ["films", "reviews"]
        assert types(events)[-1] == "final"


class WaitingRanker(ScriptedModel):
    """Judges only once an agent hangs, which none does before it is called."""

    def __init__(self, is_hanging: asyncio.Event) -> None:
        super().__init__()
        self._may_judge = is_hanging

    async def relevance(self, question: str, agents: Sequence[Agent]) -> Sequence[float]:
        async with asyncio.timeout(5.0):
            await self._may_judge.wait()
        return await super().relevance(question, agents)


class BrokenRanker(ScriptedModel):
    """Has a defect."""

    async def relevance(self, question: str, agents: Sequence[Agent]) -> Sequence[float]:
        raise RuntimeError("a defect of ours")
