"""What every agent store does; a further adapter is one more entry of `STORES`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.agents import SqliteAgentStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES, Agent, AgentId, AgentStatus, CallOutcome, Health
from oqtopus.errors import Conflict
from oqtopus.ports import AccountStore, AgentStore

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
ANNA = AccountId("anna")
BERT = AccountId("bert")


@dataclass(frozen=True, slots=True)
class Stores:
    """A store under test, and the accounts that own what is in it."""

    agents: AgentStore
    accounts: AccountStore


MakeStores = Callable[[Path], AbstractContextManager[Stores]]


@contextmanager
def _sqlite(path: Path | Literal[":memory:"]) -> Iterator[Stores]:
    with closing(Database(path)) as database:
        yield Stores(SqliteAgentStore(database), SqliteAccountStore(database))


STORES: dict[str, MakeStores] = {
    "sqlite file": lambda home: _sqlite(home / "oqtopus.db"),
    "sqlite memory": lambda _: _sqlite(":memory:"),
}


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AgentStore]:
    with STORES[request.param](tmp_path) as made:
        for owner in (ANNA, BERT):
            await made.accounts.add(Account(owner, f"{owner}@example.org", owner, "no hash", NOW))
        yield made.agents


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
    health = Health(calls=3, failures=1, failures_in_a_row=1, latency_ms=12.5, last_failure="bad_json")
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
        await store.record([CallOutcome(read.id, 40.0)])

        await store.change(replace(read, name="new", changed_at=LATER), NOW)

        stored = await store.agent(read.id)
        assert stored == replace(read, name="new", changed_at=LATER, health=Health(calls=1, latency_ms=40.0))

    async def test_a_suspension_that_came_meanwhile_is_kept(self, store: AgentStore) -> None:
        read = an_agent(health=Health(failures_in_a_row=SUSPENSION_AFTER_FAILURES - 1))
        await store.add(read)
        await store.record([CallOutcome(read.id, 40.0, "timeout")])

        await store.change(replace(read, name="new", changed_at=LATER), NOW)

        stored = await store.agent(read.id)
        assert stored is not None
        assert (stored.name, stored.status) == ("new", AgentStatus.SUSPENDED)

    async def test_a_verification_ends_a_suspension_and_forgets_the_row_of_failures(self, store: AgentStore) -> None:
        health = Health(calls=30, failures=25, failures_in_a_row=20, latency_ms=9.0, last_failure="timeout")
        suspended = an_agent(status=AgentStatus.SUSPENDED, health=health, verified_at=NOW)
        await store.add(suspended)

        await store.change(replace(suspended.activated(LATER), changed_at=LATER), NOW)

        stored = await store.agent(suspended.id)
        assert stored is not None
        assert (stored.status, stored.verified_at) == (AgentStatus.ACTIVE, LATER)
        assert stored.health == replace(health, failures_in_a_row=0)


class TestRecord:
    """Counting calls."""

    async def test_calls_counted_at_once_are_all_counted(self, store: AgentStore) -> None:
        await store.add(an_agent())

        await asyncio.gather(*(store.record([CallOutcome(AgentId("agent-1"), 10.0)]) for _ in range(20)))

        stored = await store.agent(AgentId("agent-1"))
        assert stored is not None
        assert stored.health.calls == 20

    async def test_an_agent_that_keeps_failing_is_suspended(self, store: AgentStore) -> None:
        await store.add(an_agent())

        told = []
        for _ in range(SUSPENSION_AFTER_FAILURES):
            assert await store.candidates(["Hotel"], None)
            told.append(await store.record([CallOutcome(AgentId("agent-1"), 10.0, "bad_status")]))

        assert told == [[]] * (SUSPENSION_AFTER_FAILURES - 1) + [[AgentId("agent-1")]]
        assert not await store.candidates(["Hotel"], None)
        assert not await store.public(None, None)

    async def test_counting_is_no_change_of_the_owners(self, store: AgentStore) -> None:
        await store.add(an_agent())

        await store.record([CallOutcome(AgentId("agent-1"), 10.0, "tls")])

        await store.change(an_agent(name="new", changed_at=LATER), NOW)

    async def test_an_agent_removed_meanwhile_is_no_error(self, store: AgentStore) -> None:
        await store.record([CallOutcome(AgentId("agent-1"), 10.0)])

        assert await store.agent(AgentId("agent-1")) is None


async def test_a_removed_agent_is_gone_everywhere(store: AgentStore) -> None:
    await store.add(an_agent())

    await store.remove(AgentId("agent-1"))
    await store.remove(AgentId("agent-1"))

    assert await store.agent(AgentId("agent-1")) is None
    assert not await store.owned_by(ANNA)
    assert not await store.public("Hotel", None)
    assert not await store.candidates(["Hotel"], ANNA)
