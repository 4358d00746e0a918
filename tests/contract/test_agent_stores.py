"""What every agent store does."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.agents import FirestoreAgentStore
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.agents import SqliteAgentStore
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.domain.agents import (
    LONGEST_PROBE_INTERVAL,
    PROBE_INTERVAL,
    SUSPENSION_AFTER_FAILURES,
    Agent,
    AgentId,
    AgentStatus,
    CallOutcome,
    Health,
)
from oqtopus.errors import Conflict, FailureReason, NotFound
from oqtopus.ports import AccountStore, AgentStore
from tests.contract.backends import BACKENDS, HOSTILE_IDS, Backend, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = NOW + SECOND
ANNA = AccountId("anna")
BERT = AccountId("bert")


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AgentStore]:
    async with opened(request) as database:
        accounts, agents = stores_of(database)
        for owner in (ANNA, BERT):
            await accounts.add(Account(owner, f"{owner}@example.org", owner, "no hash", NOW))
        yield agents


def stores_of(database: Backend) -> tuple[AccountStore, AgentStore]:
    """A store under test, and the accounts that own what is in it."""
    match database:
        case FirestoreDatabase():
            return FirestoreAccountStore(database), FirestoreAgentStore(database)
        case _:
            return SqliteAccountStore(database), SqliteAgentStore(database)


def an_agent(number: int = 1, **changes: Any) -> Agent:  # Any: a test sets whichever members it is about.
    agent = Agent(
        id=AgentId(f"agent-{number}"),
        owner_id=ANNA,
        orchestrator_id="oqtopus",
        name="Hotels of Graz",
        url="https://hotels.example.org",
        categories=("Hotel",),
        description="Knows where there is a free bed.",
        is_public=True,
        status=AgentStatus.ACTIVE,
        key_version="1",
        public_key_pem="-----BEGIN PUBLIC KEY-----",
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(agent, **changes)


def ids(agents: Sequence[Agent]) -> list[str]:
    return [agent.id for agent in agents]


async def test_an_agent_comes_back_as_it_was_added(store: AgentStore) -> None:
    health = Health().after(CallOutcome(AgentId("agent-1"), 12.5, is_probe=True), NOW)
    health = health.after(CallOutcome(AgentId("agent-1"), 3.0, "bad_json"), LATER)
    agent = an_agent(categories=("Roofer", "Cafe", "Hotel"), verified_at=LATER, health=health, is_public=False)

    await store.add(agent)

    assert await store.agent(agent.id) == agent


async def test_an_unknown_agent_is_none(store: AgentStore) -> None:
    assert await store.agent(AgentId("agent-1")) is None


async def test_an_owner_sees_all_own_agents_and_no_others_oldest_first(store: AgentStore) -> None:
    await store.add(an_agent(1, created_at=LATER, is_public=False))
    await store.add(an_agent(2, created_at=NOW, status=AgentStatus.PENDING))
    await store.add(an_agent(3, owner_id=BERT))

    assert ids(await store.owned_by(ANNA)) == ["agent-2", "agent-1"]


async def test_an_owner_has_at_most_as_many_agents_as_said(store: AgentStore) -> None:
    await store.add(an_agent(1), at_most=2)
    await store.add(an_agent(2), at_most=2)

    with pytest.raises(Conflict):
        await store.add(an_agent(3), at_most=2)

    assert ids(await store.owned_by(ANNA)) == ["agent-1", "agent-2"]
    await store.add(an_agent(3, owner_id=BERT), at_most=2)


async def test_agents_added_at_once_do_not_pass_the_limit(store: AgentStore) -> None:
    adding = (store.add(an_agent(number), at_most=3) for number in range(10))

    outcomes = await asyncio.gather(*adding, return_exceptions=True)

    assert sum(outcome is None for outcome in outcomes) == 3
    assert len(await store.owned_by(ANNA)) == 3


class TestPublic:
    """The catalogue."""

    async def test_it_holds_active_public_agents_by_name(self, store: AgentStore) -> None:
        await store.add(an_agent(1, name="beds"))
        await store.add(an_agent(2, name="Alps"))
        await store.add(an_agent(3, is_public=False))
        await store.add(an_agent(4, status=AgentStatus.PENDING))
        await store.add(an_agent(5, status=AgentStatus.SUSPENDED))

        assert ids(await store.public(None, None)) == ["agent-2", "agent-1"]

    async def test_a_category_narrows_it(self, store: AgentStore) -> None:
        await store.add(an_agent(1, categories=("Hotel", "Cafe")))
        await store.add(an_agent(2, categories=("Roofer",)))

        found = await store.public("Cafe", None)

        assert ids(found) == ["agent-1"]
        assert found[0].categories == ("Hotel", "Cafe")

    @pytest.mark.parametrize("text", ["graz", "GRAZ", "free bed", "Überall", "ÜBERALL", "strasse", "50%", "a_b", "'"])
    async def test_a_text_is_looked_for_in_name_and_description(self, store: AgentStore, text: str) -> None:
        await store.add(an_agent(1, name="Hotels of Graz, überall, 50% off", description="A free bed, 'a_b', Straße"))
        await store.add(an_agent(2, name="Nothing", description="of the kind"))

        assert ids(await store.public(None, text)) == ["agent-1"]

    @pytest.mark.parametrize("text", ["%", "_", "\\", "*", "%graz%", "\0", "' OR 1 --"])
    async def test_a_text_has_no_wild_cards(self, store: AgentStore, text: str) -> None:
        await store.add(an_agent())

        assert not await store.public(None, text)

    async def test_category_and_text_must_both_fit(self, store: AgentStore) -> None:
        await store.add(an_agent(1, categories=("Cafe",)))
        await store.add(an_agent(2, name="Cakes"))

        assert ids(await store.public("Cafe", "graz")) == ["agent-1"]
        assert not await store.public("Cafe", "cakes")


class TestCandidates:
    """The agents that a search may call."""

    async def test_they_fit_any_of_the_categories_and_come_once_each(self, store: AgentStore) -> None:
        await store.add(an_agent(1, categories=("Roofer", "Cafe", "Hotel")))
        await store.add(an_agent(2, categories=("Cafe",)))
        await store.add(an_agent(3, categories=("Landscaper",)))

        found = await store.candidates(["Hotel", "Cafe"], None)

        assert sorted(ids(found)) == ["agent-1", "agent-2"]
        assert {agent.id: agent.categories for agent in found}[AgentId("agent-1")] == ("Roofer", "Cafe", "Hotel")

    @pytest.mark.parametrize("status", [AgentStatus.PENDING, AgentStatus.SUSPENDED])
    async def test_only_active_agents_are_called_even_for_their_owner(
        self, store: AgentStore, status: AgentStatus
    ) -> None:
        await store.add(an_agent(status=status))

        assert not await store.candidates(["Hotel"], ANNA)

    async def test_a_private_agent_is_called_for_its_owner_only(self, store: AgentStore) -> None:
        await store.add(an_agent(1, is_public=False))
        await store.add(an_agent(2, owner_id=BERT, is_public=False))

        assert ids(await store.candidates(["Hotel"], ANNA)) == ["agent-1"]
        assert ids(await store.candidates(["Hotel"], BERT)) == ["agent-2"]
        assert not await store.candidates(["Hotel"], None)

    async def test_those_that_fail_least_come_first_then_the_oldest(self, store: AgentStore) -> None:
        await store.add(an_agent(1, health=Health(failures_in_a_row=2)))
        await store.add(an_agent(2, health=Health(failures_in_a_row=1), created_at=LATER))
        await store.add(an_agent(3, health=Health(failures_in_a_row=1)))

        assert ids(await store.candidates(["Hotel"], None)) == ["agent-3", "agent-2", "agent-1"]

    async def test_the_accounts_own_come_first_whatever_they_are_like(self, store: AgentStore) -> None:
        await store.add(an_agent(1))
        await store.add(an_agent(2, owner_id=BERT, created_at=LATER, health=Health(failures_in_a_row=9)))
        await store.add(an_agent(3, owner_id=BERT, created_at=LATER, is_public=False))

        assert ids(await store.candidates(["Hotel"], BERT)) == ["agent-3", "agent-2", "agent-1"]

    async def test_they_are_at_most_100_of_which_the_own_are_all(self, store: AgentStore) -> None:
        await asyncio.gather(*(store.add(an_agent(number)) for number in range(110)))
        own = [an_agent(n, owner_id=BERT, created_at=LATER, is_public=n == 110) for n in (110, 111)]
        await asyncio.gather(*map(store.add, own))

        for_guest, for_bert = await store.candidates(["Hotel"], None), await store.candidates(["Hotel"], BERT)

        assert (len(for_guest), len(set(ids(for_guest)))) == (100, 100)
        assert (len(for_bert), len(set(ids(for_bert)))) == (100, 100)
        assert ids(for_bert)[:2] == ["agent-110", "agent-111"]

    async def test_as_many_categories_as_a_route_has_are_searched(self, store: AgentStore) -> None:
        await store.add(an_agent(1, categories=("Hotel",)))
        await store.add(an_agent(2, categories=("Cafe",), is_public=False))

        found = await store.candidates(["Roofer", "Landscaper", "Cafe", "Hotel", "Hotel"], ANNA)

        assert sorted(ids(found)) == ["agent-1", "agent-2"]

    async def test_no_category_has_no_candidates(self, store: AgentStore) -> None:
        await store.add(an_agent())

        assert not await store.candidates([], ANNA)


class TestChange:
    """What an owner replaces, guarded by the time of the change before."""

    async def test_everything_that_an_owner_can_change_is_replaced(self, store: AgentStore) -> None:
        await store.add(an_agent())
        changed = an_agent(
            name="Cafes of Graz",
            url="https://cafes.example.org",
            categories=("Cafe", "Hotel"),
            description="",
            is_public=False,
            status=AgentStatus.PENDING,
            key_version="2",
            public_key_pem="another",
            changed_at=LATER,
        )

        await store.change(changed, NOW)

        assert await store.agent(changed.id) == changed
        assert ids(await store.candidates(["Hotel"], ANNA)) == []

    async def test_keys_that_are_staged_and_retired_come_and_go(self, store: AgentStore) -> None:
        await store.add(an_agent())
        staged = replace(an_agent().staging("2", "the next", LATER), changed_at=LATER)
        activated = replace(staged.on_staged_key(LATER), changed_at=LATER + SECOND)
        again = replace(activated.staging("3", "one more", LATER), changed_at=LATER + 2 * SECOND)

        for before, after in pairwise([an_agent(), staged, activated, again]):
            await store.change(after, before.changed_at)
            assert await store.agent(after.id) == after
            assert await store.candidates(["Hotel"], None) == [after]

    async def test_counting_calls_leaves_the_keys_alone(self, store: AgentStore) -> None:
        both = replace(an_agent().staging("2", "the next", LATER).on_staged_key(LATER).staging("3", "", LATER))
        await store.add(both)

        await store.record([CallOutcome(both.id, 5.0), CallOutcome(both.id, 5.0, "timeout", is_probe=True)], LATER)

        stored = await store.agent(both.id)
        assert stored is not None
        assert (stored.staged_key, stored.retired_key) == (both.staged_key, both.retired_key)

    async def test_a_stale_change_is_a_conflict_and_changes_nothing(self, store: AgentStore) -> None:
        await store.add(an_agent())
        first = an_agent(name="first", changed_at=LATER)
        await store.change(first, NOW)

        with pytest.raises(Conflict):
            await store.change(an_agent(name="second", categories=("Cafe",), changed_at=LATER), NOW)

        assert await store.agent(first.id) == first

    async def test_of_changes_made_at_once_one_wins(self, store: AgentStore) -> None:
        await store.add(an_agent())
        changes = [an_agent(name=f"name {n}", changed_at=LATER + timedelta(seconds=n)) for n in range(10)]

        outcomes = await asyncio.gather(*(store.change(change, NOW) for change in changes), return_exceptions=True)

        assert sum(outcome is None for outcome in outcomes) == 1
        assert await store.agent(AgentId("agent-1")) == changes[outcomes.index(None)]

    async def test_a_removed_agent_is_not_brought_back(self, store: AgentStore) -> None:
        await store.add(an_agent())
        await store.remove(AgentId("agent-1"))

        with pytest.raises(Conflict):
            await store.change(an_agent(changed_at=LATER), NOW)

        assert await store.agent(AgentId("agent-1")) is None

    async def test_calls_counted_meanwhile_are_kept(self, store: AgentStore) -> None:
        read = an_agent()
        await store.add(read)
        await store.record([CallOutcome(read.id, 40.0)], LATER)

        await store.change(replace(read, name="new", changed_at=LATER), NOW)

        stored = await store.agent(read.id)
        counted = Health().after(CallOutcome(read.id, 40.0), LATER)
        assert stored == replace(read, name="new", changed_at=LATER, health=counted)

    async def test_a_suspension_that_came_meanwhile_is_kept(self, store: AgentStore) -> None:
        read = an_agent(health=Health(failures_in_a_row=SUSPENSION_AFTER_FAILURES - 1))
        await store.add(read)
        await store.record([CallOutcome(read.id, 40.0, "timeout")], LATER)

        await store.change(replace(read, name="new", changed_at=LATER), NOW)

        stored = await store.agent(read.id)
        assert stored is not None
        assert (stored.name, stored.status) == ("new", AgentStatus.SUSPENDED)

    async def test_a_verification_ends_a_suspension_and_forgets_the_row_of_failures(self, store: AgentStore) -> None:
        health = Health(30, 25, 20, "timeout", last_failure_at=NOW, failing_since=NOW - PROBE_INTERVAL)
        suspended = an_agent(status=AgentStatus.SUSPENDED, health=health, verified_at=NOW)
        await store.add(suspended)

        await store.change(replace(suspended.activated(LATER), changed_at=LATER), NOW)

        stored = await store.agent(suspended.id)
        assert stored is not None
        assert (stored.status, stored.verified_at) == (AgentStatus.ACTIVE, LATER)
        assert stored.health == replace(health, failures_in_a_row=0, failing_since=None)


class TestRecord:
    """Counting calls."""

    async def test_calls_counted_at_once_are_all_counted(self, store: AgentStore) -> None:
        await store.add(an_agent())

        await asyncio.gather(*(store.record([CallOutcome(AgentId("agent-1"), 10.0)], LATER) for _ in range(20)))

        stored = await store.agent(AgentId("agent-1"))
        assert stored is not None
        assert stored.health.calls == 20

    async def test_an_agent_that_keeps_failing_is_suspended(self, store: AgentStore) -> None:
        await store.add(an_agent())

        told = []
        for _ in range(SUSPENSION_AFTER_FAILURES):
            assert await store.candidates(["Hotel"], None)
            told.append(await store.record([CallOutcome(AgentId("agent-1"), 10.0, "bad_status")], LATER))

        assert told[:-1] == [[]] * (SUSPENSION_AFTER_FAILURES - 1)
        assert told[-1] == [await store.agent(AgentId("agent-1"))]
        assert not await store.candidates(["Hotel"], None)
        assert not await store.public(None, None)

    async def test_an_agent_that_takes_a_foreign_key_is_suspended_at_once(self, store: AgentStore) -> None:
        await store.add(an_agent())
        open_to_all = CallOutcome(AgentId("agent-1"), 10.0, "bad_status", is_probe=True, is_disqualifying=True)

        [changed] = await store.record([CallOutcome(AgentId("agent-1"), 10.0), open_to_all], LATER)

        assert changed.status is AgentStatus.SUSPENDED
        assert await store.agent(AgentId("agent-1")) == changed

    async def test_counting_is_no_change_of_the_owners(self, store: AgentStore) -> None:
        await store.add(an_agent())

        await store.record([CallOutcome(AgentId("agent-1"), 10.0, "tls")], LATER)

        await store.change(an_agent(name="new", changed_at=LATER), NOW)

    async def test_failures_that_suspend_are_told_once_however_many_come_at_once(self, store: AgentStore) -> None:
        await store.add(an_agent(health=Health(failures_in_a_row=SUSPENSION_AFTER_FAILURES - 5)))
        failed = CallOutcome(AgentId("agent-1"), 10.0, "timeout")

        told = await asyncio.gather(*(store.record([failed], LATER) for _ in range(20)))

        stored = await store.agent(AgentId("agent-1"))
        assert stored is not None
        assert (stored.status, stored.health.failures) == (AgentStatus.SUSPENDED, 20)
        assert [agent.status for changed in told for agent in changed] == [AgentStatus.SUSPENDED]

    async def test_calls_of_one_agent_are_counted_in_their_order(self, store: AgentStore) -> None:
        await store.add(an_agent(1))
        await store.add(an_agent(2))
        one, two = AgentId("agent-1"), AgentId("agent-2")

        await store.record(
            [
                CallOutcome(one, 10.0, "tls"),
                CallOutcome(two, 8.0),
                CallOutcome(one, 20.0),
                CallOutcome(one, 5.0, "tls"),
            ],
            LATER,
        )

        first, second = await store.agent(one), await store.agent(two)
        assert first is not None
        assert second is not None
        assert (first.health.calls, first.health.failures, first.health.failures_in_a_row) == (3, 2, 1)
        assert second.health == Health().after(CallOutcome(two, 8.0), LATER)

    async def test_only_a_passed_probe_brings_a_suspended_agent_back(self, store: AgentStore) -> None:
        health = Health(failures_in_a_row=SUSPENSION_AFTER_FAILURES)
        await store.add(an_agent(status=AgentStatus.SUSPENDED, health=health, probe_due_at=NOW))
        agent_id = AgentId("agent-1")

        late_call = await store.record([CallOutcome(agent_id, 10.0)], LATER)
        probes = (store.record([CallOutcome(agent_id, 10.0, is_probe=True)], LATER) for _ in range(5))
        told = [agent for changed in await asyncio.gather(*probes) for agent in changed]

        stored = await store.agent(agent_id)
        assert not late_call
        assert stored is not None
        assert (stored.status, stored.probe_due_at) == (AgentStatus.ACTIVE, LATER + PROBE_INTERVAL)
        assert [(agent.id, agent.status) for agent in told] == [(agent_id, AgentStatus.ACTIVE)]

    async def test_a_failed_probe_waits_longer_the_longer_the_row_of_failures(self, store: AgentStore) -> None:
        rows = {1: 0, 2: SUSPENSION_AFTER_FAILURES, 3: 1_000}
        for number, row in rows.items():
            health = Health(failures_in_a_row=row)
            await store.add(an_agent(number, status=AgentStatus.SUSPENDED, health=health, probe_due_at=NOW))

        outcomes = [CallOutcome(AgentId(f"agent-{number}"), 1.0, "timeout", is_probe=True) for number in rows]
        told = await store.record(outcomes, LATER)

        stored = [await store.agent(AgentId(f"agent-{number}")) for number in rows]
        assert not told
        assert [agent.probe_due_at for agent in stored if agent] == [
            LATER + PROBE_INTERVAL,
            LATER + 2 * PROBE_INTERVAL,
            LATER + LONGEST_PROBE_INTERVAL,
        ]

    async def test_a_call_leaves_the_time_of_the_next_probe(self, store: AgentStore) -> None:
        await store.add(an_agent(1, probe_due_at=NOW))
        await store.add(an_agent(2, status=AgentStatus.PENDING))

        await store.record([CallOutcome(AgentId("agent-1"), 1.0), CallOutcome(AgentId("agent-1"), 1.0, "tls")], LATER)
        await store.record([CallOutcome(AgentId("agent-2"), 1.0, is_probe=True)], LATER)

        called, pending = await store.agent(AgentId("agent-1")), await store.agent(AgentId("agent-2"))
        assert called is not None
        assert pending is not None
        assert (called.probe_due_at, pending.probe_due_at) == (NOW, None)

    async def test_a_change_is_not_held_up_by_calls_that_are_counted_meanwhile(self, store: AgentStore) -> None:
        read = an_agent()
        await store.add(read)
        calls = (store.record([CallOutcome(read.id, 40.0)], LATER) for _ in range(20))

        await asyncio.gather(store.change(replace(read, name="new", changed_at=LATER), NOW), *calls)

        stored = await store.agent(read.id)
        assert stored is not None
        assert (stored.name, stored.health.calls) == ("new", 20)

    async def test_an_agent_removed_meanwhile_is_no_error(self, store: AgentStore) -> None:
        await store.record([CallOutcome(AgentId("agent-1"), 10.0)], LATER)

        assert await store.agent(AgentId("agent-1")) is None


class TestDue:
    """The agents to probe."""

    async def test_the_longest_due_come_first_and_no_more_than_asked_for(self, store: AgentStore) -> None:
        await store.add(an_agent(1, probe_due_at=NOW))
        await store.add(an_agent(2, probe_due_at=NOW - timedelta(days=1), status=AgentStatus.SUSPENDED))
        await store.add(an_agent(3, probe_due_at=NOW - timedelta(microseconds=1)))

        assert list(await store.due(NOW, 10)) == ["agent-2", "agent-3", "agent-1"]
        assert list(await store.due(NOW, 2)) == ["agent-2", "agent-3"]

    async def test_pending_agents_and_those_of_a_later_time_are_not_due(self, store: AgentStore) -> None:
        await store.add(an_agent(1, probe_due_at=NOW + timedelta(microseconds=1)))
        await store.add(an_agent(2, status=AgentStatus.PENDING))

        assert list(await store.due(NOW, 10)) == []

    async def test_a_verified_agent_is_due_after_the_interval(self, store: AgentStore) -> None:
        pending = an_agent(status=AgentStatus.PENDING)
        await store.add(pending)

        await store.change(replace(pending.activated(NOW), changed_at=LATER), NOW)

        stored = await store.agent(pending.id)
        assert stored is not None
        assert stored.probe_due_at == NOW + PROBE_INTERVAL
        assert list(await store.due(NOW + PROBE_INTERVAL, 10)) == [pending.id]

    async def test_an_agent_that_is_pending_again_is_not_due(self, store: AgentStore) -> None:
        active = an_agent(probe_due_at=NOW)
        await store.add(active)

        await store.change(replace(active, status=AgentStatus.PENDING, changed_at=LATER), NOW)

        assert list(await store.due(LATER, 10)) == []

    async def test_a_probe_that_came_meanwhile_keeps_its_next_time(self, store: AgentStore) -> None:
        read = an_agent(probe_due_at=NOW)
        await store.add(read)
        await store.record([CallOutcome(read.id, 40.0, is_probe=True)], LATER)

        await store.change(replace(read, name="new", changed_at=LATER), NOW)

        assert list(await store.due(LATER, 10)) == []
        assert list(await store.due(LATER + PROBE_INTERVAL, 10)) == [read.id]


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
async def test_nothing_is_found_or_changed_by_an_id_that_is_none(hostile: str, store: AgentStore) -> None:
    agent_id, account_id = AgentId(hostile), AccountId(hostile)
    await store.add(an_agent())

    await store.remove(agent_id)
    with pytest.raises(Conflict):
        await store.change(an_agent(id=agent_id, changed_at=LATER), NOW)

    assert not await store.record([CallOutcome(agent_id, 10.0)], LATER)
    assert await store.agent(agent_id) is None
    assert not await store.owned_by(account_id)
    assert not await store.public(hostile, None)
    assert not await store.candidates([hostile], ANNA)
    assert ids(await store.candidates(["Hotel"], account_id)) == ["agent-1"]


async def test_a_removed_agent_makes_room_for_another(store: AgentStore) -> None:
    await store.add(an_agent(1), at_most=1)

    await asyncio.gather(*(store.remove(AgentId("agent-1")) for _ in range(5)))
    outcomes = await asyncio.gather(
        *(store.add(an_agent(number), at_most=1) for number in (2, 3)), return_exceptions=True
    )

    assert sum(outcome is None for outcome in outcomes) == 1


async def test_a_removed_agent_is_gone_everywhere(store: AgentStore) -> None:
    await store.add(an_agent())

    await store.remove(AgentId("agent-1"))
    await store.remove(AgentId("agent-1"))

    assert await store.agent(AgentId("agent-1")) is None
    assert not await store.owned_by(ANNA)
    assert not await store.public("Hotel", None)
    assert not await store.candidates(["Hotel"], ANNA)


BLOCKED = AgentStatus.BLOCKED


async def kept_blocked(store: AgentStore, **changes: Any) -> Agent:  # Any: a test sets what it is about.
    """An agent that was blocked while its probe was due."""
    await store.add(an_agent(probe_due_at=NOW, **changes))
    await store.set_blocked(an_agent().id, is_blocked=True)
    return await stored(store)


async def stored(store: AgentStore) -> Agent:
    agent = await store.agent(an_agent().id)
    assert agent is not None
    return agent


@pytest.mark.parametrize("status", AgentStatus)
async def test_an_agent_of_any_status_is_blocked_and_asked_nothing(store: AgentStore, status: AgentStatus) -> None:
    blocked = await kept_blocked(store, status=status)
    await store.set_blocked(blocked.id, is_blocked=True)

    assert blocked == an_agent(status=BLOCKED)
    assert list(await store.public(None, None)) == []
    assert list(await store.candidates(["Hotel"], ANNA)) == []
    assert list(await store.due(LATER, 10)) == []


async def test_a_blocked_agent_that_is_let_go_is_pending(store: AgentStore) -> None:
    blocked = await kept_blocked(store)

    await store.set_blocked(blocked.id, is_blocked=False)

    assert await stored(store) == an_agent(status=AgentStatus.PENDING)


@pytest.mark.parametrize("status", [AgentStatus.PENDING, AgentStatus.ACTIVE, AgentStatus.SUSPENDED])
async def test_to_let_go_what_is_not_blocked_changes_nothing(store: AgentStore, status: AgentStatus) -> None:
    agent = an_agent(status=status, probe_due_at=NOW)
    await store.add(agent)

    await store.set_blocked(agent.id, is_blocked=False)

    assert await stored(store) == agent


@pytest.mark.parametrize("is_blocked", [True, False])
async def test_an_agent_that_is_not_there_cannot_be_blocked(store: AgentStore, is_blocked: bool) -> None:
    await store.add(an_agent())

    for unknown in ("agent-2", *HOSTILE_IDS):
        with pytest.raises(NotFound):
            await store.set_blocked(AgentId(unknown), is_blocked=is_blocked)

    assert await stored(store) == an_agent()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Hostels of Graz"},
        {"url": "https://elsewhere.example.org", "status": AgentStatus.PENDING},
        {"status": AgentStatus.ACTIVE, "verified_at": LATER, "probe_due_at": LATER},
    ],
)
async def test_no_change_of_the_owner_frees_a_blocked_agent(store: AgentStore, changes: dict[str, Any]) -> None:
    blocked = await kept_blocked(store)

    changed = replace(blocked, changed_at=LATER, **changes)
    await store.change(changed, blocked.changed_at)

    assert await stored(store) == replace(changed, status=BLOCKED, probe_due_at=None)


@pytest.mark.parametrize("failure", [None, "timeout"])
async def test_no_call_moves_a_blocked_agent(store: AgentStore, failure: FailureReason | None) -> None:
    blocked = await kept_blocked(store, status=AgentStatus.SUSPENDED, health=Health(failures_in_a_row=20))
    calls = [CallOutcome(blocked.id, 9.0, failure, is_probe=is_probe) for is_probe in (True, False)]

    told = await store.record(calls, NOW)

    after = await stored(store)
    assert list(told) == []
    assert (after.status, after.probe_due_at, after.health.calls) == (BLOCKED, None, 2)
    assert list(await store.due(NOW + timedelta(days=2), 10)) == []


async def test_an_agent_blocked_amid_its_probes_stays_blocked(store: AgentStore) -> None:
    await store.add(an_agent(status=AgentStatus.SUSPENDED, probe_due_at=NOW))
    probe = CallOutcome(an_agent().id, 9.0, is_probe=True)

    await asyncio.gather(
        *(store.record([probe], NOW) for _ in range(5)),
        store.set_blocked(an_agent().id, is_blocked=True),
        *(store.record([probe], NOW) for _ in range(5)),
    )

    after = await stored(store)
    assert (after.status, after.health.calls) == (BLOCKED, 10)
    assert list(await store.due(NOW + timedelta(days=2), 10)) == []
