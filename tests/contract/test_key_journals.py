"""What every journal of work on keys keeps to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.key_journal import FirestoreKeyJournal
from oqtopus.adapters.sqlite.key_journal import SqliteKeyJournal
from oqtopus.domain.agents import AgentId
from oqtopus.ports import KeyJournal, KeyWork
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
A_MOMENT = timedelta(microseconds=1)
FILMS, CARS = AgentId("films"), AgentId("cars")


@pytest.fixture(params=BACKENDS)
async def journal(request: pytest.FixtureRequest) -> AsyncIterator[KeyJournal]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreKeyJournal(database)
            case _:
                yield SqliteKeyJournal(database)


async def test_work_stays_until_it_is_finished(journal: KeyJournal) -> None:
    work = KeyWork("one", FILMS, NOW)
    await journal.begin(work)

    before = await journal.of_agent(FILMS)
    await journal.finish("one")
    await journal.finish("one")

    assert (before, await journal.of_agent(FILMS)) == ([work], [])


async def test_an_agent_may_have_several_works_and_sees_no_other_agents(journal: KeyJournal) -> None:
    works = [KeyWork("late", FILMS, NOW + MINUTE), KeyWork("soon", FILMS, NOW), KeyWork("other", CARS, NOW)]
    await asyncio.gather(*map(journal.begin, works))

    assert await journal.of_agent(FILMS) == [works[1], works[0]]
    assert await journal.of_agent(CARS) == [works[2]]


async def test_what_is_due_comes_longest_due_first_and_no_more_than_asked_for(journal: KeyJournal) -> None:
    works = [KeyWork(f"work-{minutes}", FILMS, NOW - minutes * MINUTE) for minutes in (1, 3, 0, 2)]
    await asyncio.gather(*map(journal.begin, [*works, KeyWork("later", CARS, NOW + A_MOMENT)]))

    assert [work.id for work in await journal.due(NOW, 10)] == ["work-3", "work-2", "work-1", "work-0"]
    assert [work.id for work in await journal.due(NOW, 2)] == ["work-3", "work-2"]


async def test_hostile_ids_are_ids_like_others(journal: KeyJournal) -> None:
    ids = [hostile for hostile in HOSTILE_IDS if len(hostile) < 100]  # No agent has a longer one.
    for place, hostile in enumerate(ids):
        await journal.begin(KeyWork(f"work-{place}", AgentId(hostile), NOW))

    for place, hostile in enumerate(ids):
        assert [work.id for work in await journal.of_agent(AgentId(hostile))] == [f"work-{place}"]
