"""What every `CallBudget` keeps to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.call_budget import FirestoreCallBudget
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.call_budget import SqliteCallBudget
from oqtopus.adapters.sqlite.database import Database
from oqtopus.ports import CallBudget
from tests.contract.backends import BACKENDS, opened

DAY = date(2026, 3, 14)


@pytest.fixture(params=BACKENDS)
async def budget(request: pytest.FixtureRequest) -> AsyncIterator[CallBudget]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreCallBudget(database)
            case _:
                yield SqliteCallBudget(database)


async def test_calls_add_up(budget: CallBudget) -> None:
    assert [await budget.take(count, DAY) for count in (1, 3, 2)] == [1, 4, 6]


async def test_each_day_counts_by_itself(budget: CallBudget) -> None:
    await budget.take(3, DAY)

    assert await budget.take(1, DAY + timedelta(days=1)) == 1
    assert await budget.take(1, DAY) == 4


async def test_of_many_at_once_each_is_told_a_total_of_its_own(budget: CallBudget) -> None:
    totals = await asyncio.gather(*(budget.take(2, DAY) for _ in range(50)))

    assert sorted(totals) == list(range(2, 102, 2))


async def test_days_long_past_are_forgotten(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "budget.db")) as database:
        budget = SqliteCallBudget(database)
        await budget.take(1, DAY - timedelta(days=3))

        await budget.take(1, DAY)

        kept = await database.read(lambda connection: connection.execute("SELECT day FROM call_budget").fetchall())
    assert [row["day"] for row in kept] == [DAY.isoformat()]
