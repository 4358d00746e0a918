"""What every quota ledger keeps to."""

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.quotas import FirestoreQuotaLedger
from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.quotas import SqliteQuotaLedger
from oqtopus.domain.quotas import Quota
from oqtopus.errors import QuotaSpent
from oqtopus.ports import QuotaLedger
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

DAY = date(2026, 3, 14)
ADA = "account:ada"


@pytest.fixture(params=BACKENDS)
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[QuotaLedger]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreQuotaLedger(database)
            case _:
                yield SqliteQuotaLedger(database)


async def test_each_search_takes_one(ledger: QuotaLedger) -> None:
    first = await ledger.charge(ADA, "one", DAY, 5)
    second = await ledger.charge(ADA, "two", DAY, 5)

    assert (first.remaining, second.remaining) == (4, 3)


async def test_a_spent_quota_refuses_the_next_search_and_takes_nothing(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 1)

    with pytest.raises(QuotaSpent) as refused:
        await ledger.charge(ADA, "two", DAY, 1)

    assert refused.value.resets_at == Quota(1, 1, DAY).resets_at
    assert (await ledger.quota(ADA, DAY, 5)).used == 1


async def test_exactly_the_quota_passes_of_many_at_once(ledger: QuotaLedger) -> None:
    outcomes = await asyncio.gather(
        *(ledger.charge(ADA, f"request-{number}", DAY, 5) for number in range(50)), return_exceptions=True
    )

    passed = [outcome for outcome in outcomes if isinstance(outcome, Quota)]
    assert sorted(quota.remaining for quota in passed) == [0, 1, 2, 3, 4]
    assert sum(isinstance(outcome, QuotaSpent) for outcome in outcomes) == 45


async def test_a_request_is_charged_once(ledger: QuotaLedger) -> None:
    await asyncio.gather(*(ledger.charge(ADA, "one", DAY, 5) for _ in range(10)))

    assert (await ledger.quota(ADA, DAY, 5)).used == 1


async def test_a_charge_is_given_back_once(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 5)
    await ledger.charge(ADA, "two", DAY, 5)

    await asyncio.gather(*(ledger.refund(ADA, "one", DAY) for _ in range(10)))

    assert (await ledger.quota(ADA, DAY, 5)).used == 1


async def test_what_was_never_charged_is_not_given_back(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 5)

    await ledger.refund(ADA, "unknown", DAY)
    await ledger.refund("account:eve", "one", DAY)

    assert (await ledger.quota(ADA, DAY, 5)).used == 1


async def test_a_new_day_and_another_subject_have_quotas_of_their_own(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 1)

    tomorrow = await ledger.charge(ADA, "two", DAY + timedelta(days=1), 1)
    other = await ledger.charge("account:eve", "one", DAY, 1)

    assert (tomorrow.used, other.used) == (1, 1)


async def test_a_refused_request_can_be_charged_when_there_is_room(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 1)
    with pytest.raises(QuotaSpent):
        await ledger.charge(ADA, "two", DAY, 1)

    await ledger.refund(ADA, "two", DAY)
    await ledger.refund(ADA, "one", DAY)

    assert (await ledger.charge(ADA, "two", DAY, 1)).used == 1


async def test_a_request_that_was_given_back_is_not_charged_anew(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 5)
    await ledger.refund(ADA, "one", DAY)

    again = await ledger.charge(ADA, "one", DAY, 5)
    await ledger.refund(ADA, "one", DAY)

    assert again.used == 0
    assert (await ledger.quota(ADA, DAY, 5)).used == 0


async def test_a_subject_that_was_never_charged_has_its_whole_quota(ledger: QuotaLedger) -> None:
    assert await ledger.quota(ADA, DAY, 5) == Quota(0, 5, DAY)


@pytest.mark.parametrize("limit", [5, 200])
async def test_two_hundred_at_once_are_counted_exactly(ledger: QuotaLedger, limit: int) -> None:
    outcomes = await asyncio.gather(
        *(ledger.charge(ADA, f"request-{number}", DAY, limit) for number in range(200)), return_exceptions=True
    )

    passed = [outcome for outcome in outcomes if isinstance(outcome, Quota)]
    assert sorted(quota.used for quota in passed) == list(range(1, limit + 1))
    assert sum(isinstance(outcome, QuotaSpent) for outcome in outcomes) == 200 - limit
    assert (await ledger.quota(ADA, DAY, limit)).used == limit


async def test_a_reset_gives_the_subject_its_whole_day_back(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 1)
    await ledger.charge("account:eve", "one", DAY, 1)
    await ledger.charge(ADA, "tomorrow", DAY + timedelta(days=1), 1)

    await ledger.reset(ADA, DAY)

    assert (await ledger.quota(ADA, DAY, 1)).used == 0
    assert (await ledger.quota("account:eve", DAY, 1)).used == 1
    assert (await ledger.quota(ADA, DAY + timedelta(days=1), 1)).used == 1
    assert (await ledger.charge(ADA, "two", DAY, 1)).used == 1
    with pytest.raises(QuotaSpent):
        await ledger.charge(ADA, "three", DAY, 1)


async def test_what_a_reset_gave_back_is_not_given_back_twice(ledger: QuotaLedger) -> None:
    await ledger.charge(ADA, "one", DAY, 2)
    await ledger.charge(ADA, "two", DAY, 2)
    await ledger.reset(ADA, DAY)

    await ledger.refund(ADA, "one", DAY)

    assert (await ledger.quota(ADA, DAY, 2)).used == 0
    assert (await ledger.charge(ADA, "two", DAY, 2)).used == 0
    assert (await ledger.charge(ADA, "three", DAY, 2)).used == 1


async def test_a_subject_that_used_nothing_can_be_reset(ledger: QuotaLedger) -> None:
    for subject in (ADA, *HOSTILE_IDS):
        await ledger.reset(subject, DAY)

    assert (await ledger.charge(ADA, "one", DAY, 5)).used == 1


async def test_any_text_is_a_subject_and_a_request_of_its_own(ledger: QuotaLedger) -> None:
    for subject in HOSTILE_IDS:
        for request_id in HOSTILE_IDS:
            await ledger.charge(subject, request_id, DAY, 100)

    for subject in HOSTILE_IDS:
        assert (await ledger.quota(subject, DAY, 100)).used == len(HOSTILE_IDS)


async def test_what_no_refund_can_ask_for_any_more_is_forgotten(tmp_path: Path) -> None:
    database = Database(tmp_path / "quotas.db")
    ledger = SqliteQuotaLedger(database)
    await ledger.charge(ADA, "old", DAY - timedelta(days=30), 5)

    await ledger.charge(ADA, "new", DAY, 5)

    kept = await database.read(lambda connection: connection.execute("SELECT request_id FROM charges").fetchall())
    database.close()
    assert [row["request_id"] for row in kept] == ["new"]


async def test_two_processes_on_one_file_share_the_quota(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "shared.db") for _ in range(2)]
    ledgers = [SqliteQuotaLedger(database) for database in databases]

    outcomes = await asyncio.gather(
        *(ledgers[number % 2].charge(ADA, f"request-{number}", DAY, 5) for number in range(40)),
        return_exceptions=True,
    )
    for database in databases:
        database.close()

    assert sum(isinstance(outcome, Quota) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, QuotaSpent) for outcome in outcomes) == 35


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "private.db")
    asyncio.run(SqliteQuotaLedger(database).charge(ADA, "one", DAY, 5))

    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    database.close()

    assert modes == {0o600}


async def test_processes_that_race_to_make_the_file_all_get_it(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "raced.db") for _ in range(8)]

    quotas = await asyncio.gather(
        *(SqliteQuotaLedger(database).charge(ADA, f"request-{n}", DAY, 100) for n, database in enumerate(databases))
    )
    for database in databases:
        database.close()

    assert sorted(quota.used for quota in quotas) == list(range(1, 9))
