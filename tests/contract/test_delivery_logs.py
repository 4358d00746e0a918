"""What every log of deliveries keeps to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.deliveries import FirestoreDeliveryLog
from oqtopus.adapters.sqlite.deliveries import SqliteDeliveryLog
from oqtopus.ports import Claim, DeliveryLog
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
CLAIMED_FOR = timedelta(seconds=150)
REMEMBERED_FOR = timedelta(days=8)
A_MOMENT = timedelta(microseconds=1)


@pytest.fixture(params=BACKENDS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[DeliveryLog]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreDeliveryLog(database)
            case _:
                yield SqliteDeliveryLog(database)


async def test_a_delivery_is_claimed_once_and_each_by_itself(log: DeliveryLog) -> None:
    first = await log.begin("one", NOW)

    assert (first, await log.begin("one", NOW), await log.begin("two", NOW)) == (Claim.TAKEN, Claim.BUSY, Claim.TAKEN)


async def test_of_many_at_once_exactly_one_takes_it(log: DeliveryLog) -> None:
    claims = await asyncio.gather(*(log.begin("one", NOW) for _ in range(20)))

    assert sorted(claims) == [Claim.BUSY] * 19 + [Claim.TAKEN]


async def test_a_finished_delivery_is_done_for_eight_days(log: DeliveryLog) -> None:
    await log.begin("one", NOW)

    await log.finish("one", NOW)

    assert await log.begin("one", NOW) is Claim.DONE
    assert await log.begin("one", NOW + REMEMBERED_FOR - A_MOMENT) is Claim.DONE
    assert await log.begin("one", NOW + REMEMBERED_FOR) is Claim.TAKEN


async def test_a_claim_lapses_after_ten_minutes(log: DeliveryLog) -> None:
    await log.begin("one", NOW)

    assert await log.begin("one", NOW + CLAIMED_FOR - A_MOMENT) is Claim.BUSY
    assert await log.begin("one", NOW + CLAIMED_FOR) is Claim.TAKEN
    assert await log.begin("one", NOW + CLAIMED_FOR) is Claim.BUSY


async def test_a_lapsed_claim_is_taken_over_by_exactly_one(log: DeliveryLog) -> None:
    await log.begin("one", NOW)

    claims = await asyncio.gather(*(log.begin("one", NOW + CLAIMED_FOR) for _ in range(20)))

    assert sorted(claims) == [Claim.BUSY] * 19 + [Claim.TAKEN]


async def test_an_abandoned_delivery_can_be_taken_at_once(log: DeliveryLog) -> None:
    await log.begin("one", NOW)

    await log.abandon("one")

    assert await log.begin("one", NOW) is Claim.TAKEN


async def test_what_is_finished_stays_done_when_it_is_abandoned(log: DeliveryLog) -> None:
    await log.begin("one", NOW)
    await log.finish("one", NOW)

    await log.abandon("one")
    await log.abandon("unknown")

    assert await log.begin("one", NOW) is Claim.DONE


async def test_a_delivery_whose_claim_is_gone_can_be_finished(log: DeliveryLog) -> None:
    await log.finish("one", NOW)

    assert await log.begin("one", NOW) is Claim.DONE


async def test_any_text_is_a_delivery_of_its_own(log: DeliveryLog) -> None:
    for delivery_id in HOSTILE_IDS:
        assert await log.begin(delivery_id, NOW) is Claim.TAKEN
        await log.finish(delivery_id, NOW)

    assert [await log.begin(delivery_id, NOW) for delivery_id in HOSTILE_IDS] == [Claim.DONE] * len(HOSTILE_IDS)
