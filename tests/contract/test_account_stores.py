"""What every `AccountStore` does; a new adapter is one more entry of `ADAPTERS`."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.errors import Conflict
from oqtopus.ports import AccountStore

ADA = Account(
    AccountId("ada"), "ada@example.org", "Ada 🐙", "$argon2id$…", datetime(2026, 3, 14, 15, 9, 26, 535897, UTC)
)


@contextmanager
def sqlite_file(folder: Path) -> Iterator[AccountStore]:
    with closing(Database(folder / "new folder" / "oqtopus.db")) as database:
        yield SqliteAccountStore(database)


@contextmanager
def sqlite_memory(_: Path) -> Iterator[AccountStore]:
    with closing(Database(":memory:")) as database:
        yield SqliteAccountStore(database)


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[AccountStore]]] = {
    "sqlite file": sqlite_file,
    "sqlite memory": sqlite_memory,
}


@pytest.fixture(params=ADAPTERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AccountStore]:
    with ADAPTERS[request.param](tmp_path) as opened:
        yield opened


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
