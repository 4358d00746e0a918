"""What every `MailTokenStore` keeps to."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.mail_tokens import FirestoreMailTokenStore
from oqtopus.adapters.sqlite.mail_tokens import SqliteMailTokenStore
from oqtopus.domain.accounts import AccountId, MailPurpose, MailToken
from oqtopus.ports import MailTokenStore
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

NOW = datetime(2026, 3, 14, 15, 9, 26, 535_897, tzinfo=UTC)
LIFETIME = timedelta(minutes=30)
A_MOMENT = timedelta(microseconds=1)
ADA, BOB = AccountId("ada"), AccountId("bob")
RESET, VERIFICATION = MailPurpose.RESET, MailPurpose.VERIFICATION


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[MailTokenStore]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreMailTokenStore(database)
            case _:
                yield SqliteMailTokenStore(database)


def a_token(digest: str = "d1", account_id: AccountId = ADA, purpose: MailPurpose = RESET) -> MailToken:
    return MailToken(digest, account_id, purpose, NOW + LIFETIME)


async def test_a_token_is_good_once(store: MailTokenStore) -> None:
    await store.put(a_token())

    first = await store.take("d1", RESET, NOW)

    assert (first, await store.take("d1", RESET, NOW)) == (ADA, None)


async def test_of_many_at_once_exactly_one_takes_it(store: MailTokenStore) -> None:
    await store.put(a_token())

    takers = await asyncio.gather(*(store.take("d1", RESET, NOW) for _ in range(20)))

    assert takers.count(ADA) == 1
    assert takers.count(None) == 19


async def test_only_the_newest_of_an_account_and_purpose_is_good(store: MailTokenStore) -> None:
    await store.put(a_token("old"))
    await store.put(a_token("new"))

    assert await store.take("old", RESET, NOW) is None
    assert await store.take("new", RESET, NOW) == ADA
    assert await store.take("old", RESET, NOW) is None


async def test_each_account_and_each_purpose_has_a_token_of_its_own(store: MailTokenStore) -> None:
    await store.put(a_token("d1"))
    await store.put(a_token("d2", purpose=VERIFICATION))
    await store.put(a_token("d3", BOB))

    assert await store.take("d2", VERIFICATION, NOW) == ADA
    assert await store.take("d3", RESET, NOW) == BOB
    assert await store.take("d1", RESET, NOW) == ADA


async def test_a_token_of_another_purpose_is_refused_and_stays_good(store: MailTokenStore) -> None:
    await store.put(a_token(purpose=VERIFICATION))

    assert await store.take("d1", RESET, NOW) is None
    assert await store.take("d1", VERIFICATION, NOW) == ADA


async def test_a_token_is_good_until_it_expires(store: MailTokenStore) -> None:
    await store.put(a_token("d1"))
    await store.put(a_token("d2", BOB))

    assert await store.take("d1", RESET, NOW + LIFETIME) is None
    assert await store.take("d2", RESET, NOW + LIFETIME - A_MOMENT) == BOB


async def test_a_new_token_can_be_taken_after_an_old_one_was(store: MailTokenStore) -> None:
    await store.put(a_token("d1"))
    await store.take("d1", RESET, NOW)

    await store.put(a_token("d2"))

    assert await store.take("d2", RESET, NOW) == ADA


async def test_of_many_put_at_once_exactly_one_is_good(store: MailTokenStore) -> None:
    await asyncio.gather(*(store.put(a_token(f"d{number}")) for number in range(10)))

    taken = [await store.take(f"d{number}", RESET, NOW) for number in range(10)]

    assert taken.count(ADA) == 1
    assert taken.count(None) == 9


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
async def test_nothing_is_taken_by_a_text_that_is_no_digest(hostile: str, store: MailTokenStore) -> None:
    await store.put(a_token())

    assert await store.take(hostile, RESET, NOW) is None
    assert await store.take("d1", RESET, NOW) == ADA


async def test_any_text_is_an_account_of_its_own(store: MailTokenStore) -> None:
    for number, account_id in enumerate(HOSTILE_IDS):
        await store.put(a_token(f"d{number}", AccountId(account_id)))

    assert [await store.take(f"d{number}", RESET, NOW) for number in range(len(HOSTILE_IDS))] == HOSTILE_IDS
