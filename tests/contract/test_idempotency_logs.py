"""What every `IdempotencyLog` keeps to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.replays import FirestoreIdempotencyLog
from oqtopus.adapters.sqlite.replays import SqliteIdempotencyLog
from oqtopus.ports import IdempotencyLog, Replay
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
RUNS_FOR = timedelta(minutes=2)
REMEMBERED_FOR = timedelta(hours=24)
A_MOMENT = timedelta(microseconds=1)
LARGEST = 700 * 1024
ADA, KEY, BODY = "account:ada", "key", "f1"
NEW, RUNNING, OTHER_BODY = (Replay.NEW, b""), (Replay.RUNNING, b""), (Replay.OTHER_BODY, b"")


@pytest.fixture(params=BACKENDS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[IdempotencyLog]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreIdempotencyLog(database)
            case _:
                yield SqliteIdempotencyLog(database)


async def test_a_key_is_new_once_and_then_running(log: IdempotencyLog) -> None:
    first = await log.begin(ADA, KEY, BODY, NOW)

    assert (first, await log.begin(ADA, KEY, BODY, NOW)) == (NEW, RUNNING)


async def test_of_many_at_once_exactly_one_is_new(log: IdempotencyLog) -> None:
    begun = await asyncio.gather(*(log.begin(ADA, KEY, BODY, NOW) for _ in range(20)))

    assert (begun.count(NEW), begun.count(RUNNING)) == (1, 19)


@pytest.mark.parametrize("result", [b"", b"\0\xff{}\r\n", bytes(range(256)) * 2_800])
async def test_a_result_comes_back_as_it_was_kept(log: IdempotencyLog, result: bytes) -> None:
    await log.begin(ADA, KEY, BODY, NOW)

    await log.finish(ADA, KEY, result, NOW)

    assert await log.begin(ADA, KEY, BODY, NOW) == (Replay.DONE, result)


async def test_a_result_is_kept_for_a_day(log: IdempotencyLog) -> None:
    finished_at = NOW + timedelta(minutes=1)
    await log.begin(ADA, KEY, BODY, NOW)
    await log.finish(ADA, KEY, b"{}", finished_at)

    assert await log.begin(ADA, KEY, BODY, finished_at + REMEMBERED_FOR - A_MOMENT) == (Replay.DONE, b"{}")
    assert await log.begin(ADA, KEY, BODY, finished_at + REMEMBERED_FOR) == NEW
    assert await log.begin(ADA, KEY, BODY, finished_at + REMEMBERED_FOR) == RUNNING


async def test_another_body_is_told_while_the_first_runs_and_when_it_is_done(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)
    running = await log.begin(ADA, KEY, "f2", NOW)
    await log.finish(ADA, KEY, b"{}", NOW)

    assert (running, await log.begin(ADA, KEY, "f2", NOW)) == (OTHER_BODY, OTHER_BODY)


async def test_a_run_is_dead_after_two_minutes(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)

    assert await log.begin(ADA, KEY, BODY, NOW + RUNS_FOR - A_MOMENT) == RUNNING
    assert await log.begin(ADA, KEY, "f2", NOW + RUNS_FOR) == NEW
    assert await log.begin(ADA, KEY, "f2", NOW + RUNS_FOR) == RUNNING


async def test_a_dead_run_is_taken_over_by_exactly_one(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)

    begun = await asyncio.gather(*(log.begin(ADA, KEY, BODY, NOW + RUNS_FOR) for _ in range(20)))

    assert (begun.count(NEW), begun.count(RUNNING)) == (1, 19)


async def test_an_expired_result_does_not_come_with_the_run_that_takes_its_place(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)
    await log.finish(ADA, KEY, b"old", NOW)
    later = NOW + REMEMBERED_FOR
    await log.begin(ADA, KEY, BODY, later)

    await log.abandon(ADA, KEY)

    assert await log.begin(ADA, KEY, BODY, later) == NEW


async def test_after_an_abandoned_run_the_key_is_new_also_with_another_body(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)

    await log.abandon(ADA, KEY)

    assert await log.begin(ADA, KEY, "f2", NOW) == NEW


async def test_what_is_finished_stays_when_it_is_abandoned(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)
    await log.finish(ADA, KEY, b"", NOW)

    await log.abandon(ADA, KEY)
    await log.abandon(ADA, "unknown")

    assert await log.begin(ADA, KEY, BODY, NOW) == (Replay.DONE, b"")


async def test_the_result_of_a_run_that_was_abandoned_is_not_kept(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)
    await log.abandon(ADA, KEY)

    await log.finish(ADA, KEY, b"{}", NOW)

    assert await log.begin(ADA, KEY, BODY, NOW) == NEW


async def test_a_key_is_its_subjects_own(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)

    await log.finish(ADA, KEY, b"ada's", NOW)
    await log.finish("account:eve", KEY, b"eve's", NOW)

    assert await log.begin("account:eve", KEY, BODY, NOW) == NEW
    assert await log.begin(ADA, "key2", BODY, NOW) == NEW
    assert await log.begin(ADA, KEY, BODY, NOW) == (Replay.DONE, b"ada's")


async def test_the_largest_result_is_kept_and_a_larger_one_refused(log: IdempotencyLog) -> None:
    await log.begin(ADA, KEY, BODY, NOW)
    with pytest.raises(ValueError, match="too large"):
        await log.finish(ADA, KEY, bytes(LARGEST + 1), NOW)
    still_running = await log.begin(ADA, KEY, BODY, NOW)

    await log.finish(ADA, KEY, bytes(LARGEST), NOW)

    assert still_running == RUNNING
    assert await log.begin(ADA, KEY, BODY, NOW) == (Replay.DONE, bytes(LARGEST))


async def test_any_text_is_a_subject_and_a_key_of_its_own(log: IdempotencyLog) -> None:
    pairs = [(subject, key) for subject in HOSTILE_IDS[:6] for key in HOSTILE_IDS]

    begun = await asyncio.gather(*(log.begin(*pair, BODY, NOW) for pair in pairs))

    assert begun == [NEW] * len(pairs)
