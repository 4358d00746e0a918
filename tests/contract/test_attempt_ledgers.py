"""What every `AttemptLedger` keeps to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.attempts import FirestoreAttemptLedger
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.attempts import SqliteAttemptLedger
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.throttles import Throttle
from oqtopus.errors import TooManyRequests
from oqtopus.ports import AttemptLedger
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

WINDOW = timedelta(minutes=15)
BEGAN = datetime(2026, 3, 14, 15, tzinfo=UTC)
NOW = BEGAN + timedelta(minutes=5)
NEXT = BEGAN + WINDOW
A_MOMENT = timedelta(microseconds=1)
TWICE = Throttle("login", 2, WINDOW)
ADA = "account:ada"


@pytest.fixture(params=BACKENDS)
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[AttemptLedger]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreAttemptLedger(database)
            case _:
                yield SqliteAttemptLedger(database)


async def tries_left(ledger: AttemptLedger, throttle: Throttle, subject: str = ADA, now: datetime = NOW) -> int:
    """How many more tries pass, which are thereby used up."""
    for passed in range(100):
        try:
            await ledger.take(throttle, subject, now)
        except TooManyRequests:
            return passed
    raise AssertionError("the throttle refuses nothing")


async def test_the_tries_of_a_window_pass_and_no_more(ledger: AttemptLedger) -> None:
    assert await tries_left(ledger, TWICE) == 2
    assert await tries_left(ledger, TWICE, now=NEXT - A_MOMENT) == 0


async def test_a_new_window_has_tries_of_its_own(ledger: AttemptLedger) -> None:
    await tries_left(ledger, TWICE)

    assert await tries_left(ledger, TWICE, now=NEXT) == 2


async def test_each_subject_and_each_throttle_counts_by_itself(ledger: AttemptLedger) -> None:
    await tries_left(ledger, TWICE)

    assert await tries_left(ledger, TWICE, "account:eve") == 2
    assert await tries_left(ledger, replace(TWICE, name="reset")) == 2


@pytest.mark.parametrize(
    ("window", "before_end", "seconds"),
    [
        (WINDOW, WINDOW, 900),
        (WINDOW, timedelta(seconds=2), 2),
        (WINDOW, timedelta(seconds=1, microseconds=1), 2),
        (WINDOW, A_MOMENT, 1),
        (timedelta(days=1), timedelta(hours=9), 3_600),
    ],
)
async def test_the_wait_is_until_the_windows_end_rounded_up_and_an_hour_at_most(
    ledger: AttemptLedger, window: timedelta, before_end: timedelta, seconds: int
) -> None:
    throttle = Throttle("login", 0, window)
    now = throttle.ends_at(NOW) - before_end

    with pytest.raises(TooManyRequests) as refused:
        await ledger.take(throttle, ADA, now)

    assert refused.value.retry_after == seconds


async def test_of_fifty_at_once_exactly_the_limit_passes(ledger: AttemptLedger) -> None:
    throttle = replace(TWICE, limit=10)

    outcomes = await asyncio.gather(*(ledger.take(throttle, ADA, NOW) for _ in range(50)), return_exceptions=True)

    assert outcomes.count(None) == 10
    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 40


async def test_a_try_that_is_given_back_can_be_taken_again(ledger: AttemptLedger) -> None:
    await ledger.take(TWICE, ADA, NOW)
    await ledger.take(TWICE, ADA, NOW)

    await ledger.give_back(TWICE, ADA, NOW + timedelta(minutes=1))

    assert await tries_left(ledger, TWICE) == 1


async def test_of_many_good_ones_at_once_none_counts(ledger: AttemptLedger) -> None:
    throttle = replace(TWICE, limit=20)
    await asyncio.gather(*(ledger.take(throttle, ADA, NOW) for _ in range(20)))

    await asyncio.gather(*(ledger.give_back(throttle, ADA, NOW) for _ in range(20)))

    assert await tries_left(ledger, throttle) == 20


async def test_what_was_never_taken_gives_nothing(ledger: AttemptLedger) -> None:
    await ledger.give_back(TWICE, ADA, NOW)
    await ledger.take(TWICE, ADA, NOW)

    for _ in range(3):
        await ledger.give_back(TWICE, ADA, NOW)

    assert await tries_left(ledger, TWICE) == 2


async def test_a_try_of_a_window_that_is_over_gives_the_next_one_nothing(ledger: AttemptLedger) -> None:
    await ledger.take(TWICE, ADA, NOW)

    await ledger.give_back(TWICE, ADA, NEXT)

    assert await tries_left(ledger, TWICE, now=NOW) == 1
    assert await tries_left(ledger, TWICE, now=NEXT) == 2


async def test_any_text_is_a_subject_of_its_own(ledger: AttemptLedger) -> None:
    assert [await tries_left(ledger, TWICE, subject) for subject in HOSTILE_IDS] == [2] * len(HOSTILE_IDS)


async def test_windows_that_are_over_are_forgotten(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "attempts.db")) as database:
        ledger = SqliteAttemptLedger(database)
        await ledger.take(TWICE, "old", NOW)

        await ledger.take(TWICE, "new", NEXT)

        kept = await database.read(lambda connection: connection.execute("SELECT subject FROM attempts").fetchall())
    assert [row["subject"] for row in kept] == ["new"]
