"""What every `SessionStore` does; a new adapter is one more entry of `ADAPTERS`."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.database import Database
from oqtopus.adapters.sqlite.sessions import SqliteSessionStore
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, Session, TokenId
from oqtopus.errors import Conflict, NotFound
from oqtopus.ports import AccountStore, SessionStore

ADA, BOB = AccountId("ada"), AccountId("bob")
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
Stores = tuple[AccountStore, SessionStore]


@contextmanager
def sqlite_file(folder: Path) -> Iterator[Stores]:
    with closing(Database(folder / "oqtopus.db")) as database:
        yield SqliteAccountStore(database), SqliteSessionStore(database)


@contextmanager
def sqlite_memory(_: Path) -> Iterator[Stores]:
    with closing(Database(":memory:")) as database:
        yield SqliteAccountStore(database), SqliteSessionStore(database)


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[Stores]]] = {
    "sqlite file": sqlite_file,
    "sqlite memory": sqlite_memory,
}


@pytest.fixture(params=ADAPTERS)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    with ADAPTERS[request.param](tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def store(stores: Stores) -> SessionStore:
    """The store of two accounts that have nothing yet."""
    accounts, sessions = stores
    for account_id in (ADA, BOB):
        await accounts.add(Account(account_id, f"{account_id}@example.org", account_id, "$argon2id$…", NOW))
    return sessions


def session(digest: str = "d1", account_id: AccountId = ADA) -> Session:
    return Session(digest, account_id, created_at=NOW, seen_at=NOW)


def token(name: str = "t1", account_id: AccountId = ADA, created_at: datetime = NOW, days: int = 90) -> ApiToken:
    expires_at = created_at + timedelta(days=days)
    digest = f"digest of {name}"
    return ApiToken(TokenId(name), digest, account_id, name, "oqt_abc", Scope.SEARCH, created_at, expires_at)


async def test_a_session_is_found_by_its_digest_as_it_was_added(store: SessionStore) -> None:
    await store.add_session(session("d1"))
    await store.add_session(session("d2", BOB))

    assert await store.session("d1") == session("d1")
    assert await store.session("d2") == session("d2", BOB)
    assert await store.session("d3") is None


async def test_a_touch_moves_when_one_session_was_seen_and_nothing_else(store: SessionStore) -> None:
    later = NOW + timedelta(minutes=6, microseconds=1)
    await store.add_session(session("d1"))
    await store.add_session(session("d2"))

    await store.touch_session("d1", later)

    assert await store.session("d1") == replace(session("d1"), seen_at=later)
    assert await store.session("d2") == session("d2")


async def test_a_removed_session_is_gone_and_a_late_touch_does_not_bring_it_back(store: SessionStore) -> None:
    await store.add_session(session("d1"))
    await store.add_session(session("d2"))

    await store.remove_session("d1")
    await store.touch_session("d1", NOW + timedelta(minutes=6))
    await store.remove_session("d1")

    assert await store.session("d1") is None
    assert await store.session("d2") is not None


async def test_a_token_is_found_by_its_digest_as_it_was_added(store: SessionStore) -> None:
    kept = replace(token(), scope=Scope.MANAGE, name="Ada's 🐙")

    await store.add_token(kept, 10, NOW)

    assert await store.token(kept.digest) == kept
    assert await store.token("digest of another") is None


async def test_tokens_are_their_accounts_alone_and_oldest_first(store: SessionStore) -> None:
    second = token("t2", created_at=NOW + timedelta(microseconds=1))
    await store.add_token(second, 10, NOW)
    await store.add_token(token("t1"), 10, NOW)
    await store.add_token(token("t3", BOB), 10, NOW)

    assert list(await store.tokens(ADA)) == [token("t1"), second]


async def test_an_account_has_no_more_live_tokens_than_allowed(store: SessionStore) -> None:
    await store.add_token(token("t1"), 2, NOW)
    await store.add_token(token("t2"), 2, NOW)

    with pytest.raises(Conflict):
        await store.add_token(token("t3"), 2, NOW)
    await store.add_token(token("t4", BOB), 2, NOW)

    assert await store.token("digest of t3") is None


async def test_expired_and_revoked_tokens_do_not_count(store: SessionStore) -> None:
    await store.add_token(token("t1", days=1), 2, NOW)
    await store.add_token(token("t2"), 2, NOW)
    tomorrow = NOW + timedelta(days=1)

    await store.add_token(token("t3"), 2, tomorrow)
    await store.remove_token(ADA, TokenId("t2"))
    await store.add_token(token("t4"), 2, tomorrow)

    with pytest.raises(Conflict):
        await store.add_token(token("t5"), 2, tomorrow)


async def test_of_many_tokens_at_once_only_the_allowed_number_is_kept(store: SessionStore) -> None:
    adding = (store.add_token(token(f"t{number}"), 10, NOW) for number in range(20))

    outcomes = await asyncio.gather(*adding, return_exceptions=True)

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 10
    assert len(await store.tokens(ADA)) == 10


async def test_a_revoked_token_is_gone(store: SessionStore) -> None:
    await store.add_token(token(), 10, NOW)

    await store.remove_token(ADA, TokenId("t1"))

    assert await store.token("digest of t1") is None
    assert list(await store.tokens(ADA)) == []
    with pytest.raises(NotFound):
        await store.remove_token(ADA, TokenId("t1"))


async def test_anothers_token_cannot_be_revoked(store: SessionStore) -> None:
    await store.add_token(token(), 10, NOW)

    with pytest.raises(NotFound):
        await store.remove_token(BOB, TokenId("t1"))

    assert await store.token("digest of t1") == token()
