"""What every `AccountStore` does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.errors import Conflict
from oqtopus.ports import AccountStore
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened

ADA = Account(
    AccountId("ada"), "ada@example.org", "Ada 🐙", "$argon2id$…", datetime(2026, 3, 14, 15, 9, 26, 535897, UTC)
)


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AccountStore]:
    async with opened(request) as database:
        match database:
            case FirestoreDatabase():
                yield FirestoreAccountStore(database)
            case _:
                yield SqliteAccountStore(database)


async def test_an_account_is_found_by_id_and_by_address_as_it_was_added(store: AccountStore) -> None:
    await store.add(ADA)

    assert await store.account(ADA.id) == ADA
    assert await store.account_with_email(ADA.email) == ADA


async def test_what_was_never_added_is_not_found(store: AccountStore) -> None:
    await store.add(ADA)

    assert await store.account(AccountId("bob")) is None
    assert await store.account_with_email("bob@example.org") is None
    assert await store.account_with_email("%") is None


async def test_an_address_belongs_to_one_account(store: AccountStore) -> None:
    await store.add(ADA)

    with pytest.raises(Conflict):
        await store.add(replace(ADA, id=AccountId("impostor"), username="Impostor"))

    assert await store.account_with_email(ADA.email) == ADA
    assert await store.account(AccountId("impostor")) is None


async def test_of_many_registrations_at_once_exactly_one_gets_the_address(store: AccountStore) -> None:
    racers = [replace(ADA, id=AccountId(f"racer{number}")) for number in range(20)]

    outcomes = await asyncio.gather(*map(store.add, racers), return_exceptions=True)

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 19


async def test_a_changed_password_hash_is_that_accounts_alone(store: AccountStore) -> None:
    bob = replace(ADA, id=AccountId("bob"), email="bob@example.org")
    await store.add(ADA)
    await store.add(bob)

    await store.change_password_hash(ADA.id, "$argon2id$new")

    assert await store.account(ADA.id) == replace(ADA, password_hash="$argon2id$new")
    assert await store.account(bob.id) == bob


@pytest.mark.parametrize("text", ["'; DROP TABLE accounts; --", "a\nb", "名前", "\u2028"])
async def test_text_is_kept_as_it_is(text: str, store: AccountStore) -> None:
    named = replace(ADA, username=text)

    await store.add(named)

    assert await store.account(ADA.id) == named


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
async def test_no_account_is_found_or_changed_by_an_id_that_is_none(hostile: str, store: AccountStore) -> None:
    await store.add(ADA)

    await store.change_password_hash(AccountId(hostile), "$argon2id$new")

    assert await store.account(AccountId(hostile)) is None
    assert await store.account_with_email(hostile) is None
    assert await store.account(ADA.id) == ADA
