"""What every `AuditTrail` keeps to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.audit import FirestoreAuditTrail
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.audit import SqliteAuditTrail
from oqtopus.adapters.sqlite.database import Database
from oqtopus.ports import AuditEntry, AuditTrail
from tests.contract.backends import BACKENDS, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
KEPT = timedelta(days=30)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture(params=BACKENDS)
async def trail(request: pytest.FixtureRequest) -> AsyncIterator[AuditTrail]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreAuditTrail(database)
            case _:
                yield SqliteAuditTrail(database)


def an_entry(at: datetime = NOW, detail: str = "") -> AuditEntry:
    return AuditEntry(at, "agent_blocked", "agent-films", detail)


async def test_entries_come_back_as_they_were_added_the_newest_first(trail: AuditTrail) -> None:
    entries = [an_entry(NOW + number * A_MOMENT, f"number {number} 🐙\n" * 500) for number in (1, 0, 2)]
    for entry in entries:
        await trail.add(entry)

    assert list(await trail.recent(10, NOW)) == [entries[2], entries[0], entries[1]]


async def test_no_more_are_shown_than_asked_for(trail: AuditTrail) -> None:
    for number in range(5):
        await trail.add(an_entry(NOW + number * A_MOMENT))

    assert [entry.at for entry in await trail.recent(2, NOW)] == [NOW + 4 * A_MOMENT, NOW + 3 * A_MOMENT]


async def test_an_entry_is_shown_for_thirty_days(trail: AuditTrail) -> None:
    await trail.add(an_entry())

    assert list(await trail.recent(10, NOW + KEPT - A_MOMENT)) == [an_entry()]
    assert list(await trail.recent(10, NOW + KEPT)) == []


async def test_equal_entries_are_as_many_as_were_added(trail: AuditTrail) -> None:
    await asyncio.gather(*(trail.add(an_entry()) for _ in range(5)))

    assert list(await trail.recent(10, NOW)) == [an_entry()] * 5


async def test_a_trail_without_entries_is_empty(trail: AuditTrail) -> None:
    assert list(await trail.recent(10, NOW)) == []


async def test_entries_that_have_expired_are_cleared_up_when_another_comes(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "audit.db")) as database:
        trail = SqliteAuditTrail(database)
        await trail.add(an_entry(detail="old"))

        await trail.add(an_entry(NOW + KEPT, "new"))

        kept = await database.read(lambda connection: connection.execute("SELECT detail FROM audit").fetchall())
    assert [row["detail"] for row in kept] == ["new"]
