"""What every `AccountStore` does."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.documents import Create, Delete
from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.errors import Conflict, NotFound
from oqtopus.ports import AccountStore
from tests.contract.backends import BACKENDS, HOSTILE_IDS, opened
from tests.fakes.firestore import recorded_database

ADA = Account(
    AccountId("ada"), "ada@example.org", "Ada 🐙", "$argon2id$…", datetime(2026, 3, 14, 15, 9, 26, 535897, UTC)
)

_OLD_ACCOUNTS = """
CREATE TABLE accounts (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL,
    password_hash TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
INSERT INTO accounts VALUES ('old', 'old@example.org', 'Old', 'hash', '2025-01-01T00:00:00+00:00');
"""


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


async def test_an_account_is_verified_and_suspended_alone(store: AccountStore) -> None:
    bob = replace(ADA, id=AccountId("bob"), email="bob@example.org")
    verified_at = ADA.created_at + timedelta(hours=1, microseconds=1)
    await store.add(ADA)
    await store.add(bob)

    await store.mark_verified(ADA.id, verified_at)
    await store.set_suspended(ADA.id, is_suspended=True)

    assert await store.account(ADA.id) == replace(ADA, verified_at=verified_at, is_suspended=True)
    assert await store.account_with_email(bob.email) == bob


async def test_a_suspended_account_can_be_let_in_again(store: AccountStore) -> None:
    await store.add(ADA)

    await store.set_suspended(ADA.id, is_suspended=True)
    await store.set_suspended(ADA.id, is_suspended=False)

    assert await store.account(ADA.id) == ADA


async def test_an_account_may_be_verified_from_the_start(store: AccountStore) -> None:
    verified = replace(ADA, verified_at=ADA.created_at, is_suspended=True)

    await store.add(verified)

    assert await store.account(ADA.id) == verified


async def test_to_verify_nobody_is_no_error_and_to_suspend_nobody_is_one(store: AccountStore) -> None:
    await store.mark_verified(AccountId("nobody"), ADA.created_at)

    with pytest.raises(NotFound):
        await store.set_suspended(AccountId("nobody"), is_suspended=True)

    assert await store.account(AccountId("nobody")) is None


async def test_accounts_in_files_from_before_addresses_were_verified_are_not(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(_OLD_ACCOUNTS)

    with closing(Database(file)) as database:
        old = await SqliteAccountStore(database).account(AccountId("old"))
        await SqliteAccountStore(database).add(ADA)
    with closing(Database(file)) as reopened:
        ada = await SqliteAccountStore(reopened).account(ADA.id)

    assert old == Account(AccountId("old"), "old@example.org", "Old", "hash", datetime(2025, 1, 1, tzinfo=UTC))
    assert ada == ADA


async def test_firestore_accounts_from_before_addresses_were_verified_are_not(emulators: dict[str, str]) -> None:
    async with recorded_database(emulators["FIRESTORE_EMULATOR_HOST"]) as database:
        await FirestoreAccountStore(database).add(ADA)
        (written, _) = database.record.writes
        assert isinstance(written, Create)
        old = {name: value for name, value in written.fields.items() if name not in ("verified_at", "is_suspended")}
        await database.commit(Delete("accounts", ADA.id))
        await database.commit(Create("accounts", ADA.id, old))

        assert await FirestoreAccountStore(database).account(ADA.id) == ADA


async def test_a_password_hash_changes_only_on_top_of_the_expected_one(store: AccountStore) -> None:
    await store.add(ADA)

    refused = await store.change_password_hash(ADA.id, "$argon2id$late", expected="$argon2id$old")
    taken = await store.change_password_hash(ADA.id, "$argon2id$new", expected=ADA.password_hash)

    assert (refused, taken) == (False, True)
    assert await store.account(ADA.id) == replace(ADA, password_hash="$argon2id$new")
    assert not await store.change_password_hash(AccountId("nobody"), "$argon2id$new")


async def test_of_changes_on_top_of_one_hash_one_takes(store: AccountStore) -> None:
    await store.add(ADA)

    changes = (store.change_password_hash(ADA.id, f"hash {n}", expected=ADA.password_hash) for n in range(10))

    assert sum(await asyncio.gather(*changes)) == 1


@pytest.mark.parametrize("text", ["'; DROP TABLE accounts; --", "a\nb", "名前", "\u2028"])
async def test_text_is_kept_as_it_is(text: str, store: AccountStore) -> None:
    named = replace(ADA, username=text)

    await store.add(named)

    assert await store.account(ADA.id) == named


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
async def test_no_account_is_found_or_changed_by_an_id_that_is_none(hostile: str, store: AccountStore) -> None:
    await store.add(ADA)

    await store.change_password_hash(AccountId(hostile), "$argon2id$new")
    await store.mark_verified(AccountId(hostile), ADA.created_at)
    with pytest.raises(NotFound):
        await store.set_suspended(AccountId(hostile), is_suspended=True)

    assert await store.account(AccountId(hostile)) is None
    assert await store.account_with_email(hostile) is None
    assert await store.account(ADA.id) == ADA
