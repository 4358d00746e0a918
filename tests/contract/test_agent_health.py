"""What every agent store counts of calls: exactly, in whatever order and however many at once."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from oqtopus.domain.accounts import Account
from oqtopus.domain.agents import PROBE_INTERVAL, Agent, AgentId, AgentStatus, CallOutcome, Health
from oqtopus.domain.circuits import OPEN_AFTER_FAILURES, SHORTEST_REST
from oqtopus.domain.health import Condition
from oqtopus.domain.history import DAY, HOUR, Tally, day_of, hour_of, latency_class
from oqtopus.ports import AgentStore
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened
from tests.contract.test_agent_stores import ANNA, an_agent, stores_of

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
FIRST = AgentId("agent-1")
SECOND = timedelta(seconds=1)
GOOD = CallOutcome(FIRST, 100.0)
BAD = CallOutcome(FIRST, 9.0, "timeout")
PASSED = CallOutcome(FIRST, 10.0, is_probe=True)
FAILED = CallOutcome(FIRST, 10.0, "tls", is_probe=True)


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AgentStore]:
    async with opened(request) as database:
        accounts, agents = stores_of(database)
        await accounts.add(Account(ANNA, "anna@example.org", "anna", "no hash", NOW))
        yield agents


async def stored(store: AgentStore, agent_id: AgentId = FIRST) -> Agent:
    agent = await store.agent(agent_id)
    assert agent is not None
    return agent


class TestCounting:
    """Nothing is lost, and the order does not matter."""

    async def test_200_calls_at_once_lose_nothing(self, store: AgentStore) -> None:
        await store.add(an_agent())
        calls = [*[GOOD] * 120, *[BAD] * 40, *[PASSED] * 40]
        random.Random(7).shuffle(calls)

        await asyncio.gather(*(store.record([call], NOW) for call in calls))

        health, (hour,) = (await stored(store)).health, await store.history(FIRST, NOW)
        recent = health.evidence.at(NOW)
        assert (health.calls, health.failures) == (200, 40)
        assert (recent.calls, recent.failures) == pytest.approx((120 + 40 + 10, 40))
        assert recent.milliseconds == pytest.approx(120 * 100.0 + 10 * 10.0)
        assert hour.failed == {"timeout": 40}
        assert hour.good == {latency_class(100.0): 120, latency_class(10.0): 40}
        assert hour.milliseconds == 120 * 100 + 40 * 10

    async def test_calls_count_by_their_own_time_in_whatever_order_they_come(self, store: AgentStore) -> None:
        await store.add(an_agent())
        calls = [(NOW - number * 17 * HOUR, BAD if number % 3 else GOOD) for number in range(12)]
        expected = Health()
        for at, outcome in calls:
            expected = expected.after(outcome, at)
        random.Random(7).shuffle(calls)

        await asyncio.gather(*(store.record([outcome], at) for at, outcome in calls))

        recent, wanted = (await stored(store)).health.evidence.at(NOW), expected.evidence.at(NOW)
        assert (recent.calls, recent.failures) == pytest.approx((wanted.calls, wanted.failures))
        assert recent.milliseconds == pytest.approx(wanted.milliseconds)

    async def test_what_was_bad_last_month_is_forgotten(self, store: AgentStore) -> None:
        await store.add(an_agent())
        for number in range(19):
            await store.record([BAD], NOW - 30 * DAY + number * HOUR)
        then = await stored(store)

        for number in range(24):
            await store.record([GOOD], NOW - number * HOUR)

        now = await stored(store)
        assert then.health.condition(NOW - 29 * DAY) is Condition.FAILING
        assert now.health.condition(NOW) is Condition.HEALTHY
        assert now.health.evidence.at(NOW).success_rate > 0.95
        assert (now.health.calls, now.health.failures) == (43, 19)

    async def test_an_agent_of_many_years_is_counted_like_any_other(self, store: AgentStore) -> None:
        await store.add(an_agent())

        for year in range(10):
            await store.record([GOOD], NOW + year * 365 * DAY)

        evidence = (await stored(store)).health.evidence
        assert evidence.at(NOW + 9 * 365 * DAY).calls == pytest.approx(1.0)
        assert len(evidence.epochs) == 1

    async def test_a_probe_leaves_its_time(self, store: AgentStore) -> None:
        await store.add(an_agent())

        await store.record([PASSED], NOW)
        await store.record([GOOD], NOW + SECOND)

        assert (await stored(store)).health.last_probe_at == NOW


class TestCircuit:
    """What the rule of the circuit needs of the store."""

    async def test_a_row_of_failures_has_its_beginning_and_its_end_however_they_come(self, store: AgentStore) -> None:
        await store.add(an_agent())
        seconds = list(range(19))
        random.Random(7).shuffle(seconds)

        await asyncio.gather(*(store.record([BAD], NOW + second * SECOND) for second in seconds))

        health = (await stored(store)).health
        assert health.failures_in_a_row == 19
        assert (health.failing_since, health.last_failure_at) == (NOW, NOW + 18 * SECOND)

    async def test_a_good_call_ends_the_row_and_the_next_one_begins_anew(self, store: AgentStore) -> None:
        await store.add(an_agent())
        await store.record([BAD, BAD], NOW)

        await store.record([GOOD], NOW + SECOND)
        ended = await stored(store)
        await store.record([BAD], NOW + 2 * SECOND)

        begun = await stored(store)
        assert (ended.health.failing_since, ended.health.last_failure_at) == (None, NOW)
        assert (begun.health.failures_in_a_row, begun.health.failing_since) == (1, NOW + 2 * SECOND)

    @pytest.mark.parametrize("is_at_once", [False, True])
    async def test_the_search_that_opens_a_circuit_brings_the_next_probe_forward(
        self, store: AgentStore, is_at_once: bool
    ) -> None:
        await store.add(an_agent(probe_due_at=NOW + PROBE_INTERVAL))
        before = [BAD] * (OPEN_AFTER_FAILURES - 1)
        await store.record(before, NOW)
        closed = await stored(store)

        opening = [store.record([BAD], NOW) for _ in range(5 if is_at_once else 1)]
        await asyncio.gather(*opening)

        assert closed.probe_due_at == NOW + PROBE_INTERVAL
        assert (await stored(store)).probe_due_at == NOW + SHORTEST_REST

    async def test_a_probe_that_is_due_sooner_stays_so(self, store: AgentStore) -> None:
        await store.add(an_agent(probe_due_at=NOW))

        await store.record([BAD] * OPEN_AFTER_FAILURES, NOW)

        assert (await stored(store)).probe_due_at == NOW

    @pytest.mark.parametrize("status", [AgentStatus.PENDING, AgentStatus.BLOCKED])
    async def test_an_agent_that_is_not_probed_gets_no_probe_by_failing(
        self, store: AgentStore, status: AgentStatus
    ) -> None:
        await store.add(an_agent(status=status))

        await store.record([BAD] * (OPEN_AFTER_FAILURES + 1), NOW)

        assert (await stored(store)).probe_due_at is None

    async def test_failed_probes_follow_each_other_at_growing_intervals(self, store: AgentStore) -> None:
        await store.add(an_agent(probe_due_at=NOW))
        at, intervals = NOW, list[timedelta]()

        for _ in range(6):
            await store.record([FAILED], at)
            due_at = (await stored(store)).probe_due_at
            assert due_at is not None
            intervals.append(due_at - at)
            at = due_at

        assert [interval / SECOND for interval in intervals] == [30, 30, 60, 120, 240, 480]


class TestHistory:
    """The hours that an owner looks at."""

    async def test_calls_are_kept_by_the_hour_and_by_how_they_ended(self, store: AgentStore) -> None:
        await store.add(an_agent())
        early = day_of(NOW) - 3 * DAY

        await store.record([GOOD, BAD, BAD, FAILED, CallOutcome(FIRST, 450.4)], NOW)
        await store.record([PASSED], early)

        quick, usual, slow = (latency_class(milliseconds) for milliseconds in (10.0, 100.0, 450.4))
        assert list(await store.history(FIRST, NOW)) == [
            Tally(early, 10, {}, {quick: 1}),
            Tally(hour_of(NOW), 550, {"timeout": 2, "tls": 1}, {usual: 1, slow: 1}),
        ]

    async def test_30_days_are_kept(self, store: AgentStore) -> None:
        await store.add(an_agent())
        oldest = day_of(NOW) - 29 * DAY

        for at in (oldest, oldest - SECOND, NOW):
            await store.record([GOOD], at)

        assert [tally.began_at for tally in await store.history(FIRST, NOW)] == [oldest, hour_of(NOW)]
        assert [tally.began_at for tally in await store.history(FIRST, NOW + DAY)] == [hour_of(NOW)]
        assert not await store.history(FIRST, NOW + 31 * DAY)

    async def test_an_agent_has_its_own_history(self, store: AgentStore) -> None:
        await store.add(an_agent(1))
        await store.add(an_agent(2))

        await store.record([GOOD, CallOutcome(AgentId("gone"), 1.0)], NOW)

        assert not await store.history(AgentId("agent-2"), NOW)
        assert not await store.history(AgentId("gone"), NOW)

    @pytest.mark.parametrize("hostile", HOSTILE_IDS)
    async def test_an_id_that_is_none_has_no_history(self, store: AgentStore, hostile: str) -> None:
        await store.add(an_agent())
        await store.record([GOOD], NOW)

        assert not await store.history(AgentId(hostile), NOW)
