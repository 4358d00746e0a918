"""What every `SessionStore` does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from oqtopus.adapters.firestore.accounts import FirestoreAccountStore
from oqtopus.adapters.firestore.database import FirestoreDatabase
from oqtopus.adapters.firestore.sessions import FirestoreSessionStore
from oqtopus.adapters.sqlite.accounts import SqliteAccountStore
from oqtopus.adapters.sqlite.sessions import SqliteSessionStore
from oqtopus.domain.accounts import Account, AccountId, ApiToken, Scope, Session, TokenId
from oqtopus.errors import Conflict, NotFound
from oqtopus.ports import AccountStore, SessionStore
from tests.contract.backends import BACKENDS, HOSTILE_IDS, Backend, opened

ADA, BOB = AccountId("ada"), AccountId("bob")
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)


@pytest.fixture(params=BACKENDS)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[SessionStore]:
    """The store of two accounts that have nothing yet."""
    async with opened(request) as database:
        accounts, sessions = stores_of(database)
        for account_id in (ADA, BOB):
            await accounts.add(Account(account_id, f"{account_id}@example.org", account_id, "$argon2id$…", NOW))
        yield sessions


def stores_of(database: Backend) -> tuple[AccountStore, SessionStore]:
    match database:
        case FirestoreDatabase():
            return FirestoreAccountStore(database), FirestoreSessionStore(database)
        case _:
            return SqliteAccountStore(database), SqliteSessionStore(database)


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


@pytest.mark.parametrize("hostile", HOSTILE_IDS)
async def test_nothing_is_found_or_changed_by_an_id_that_is_none(hostile: str, store: SessionStore) -> None:
    await store.add_session(session())
    await store.add_token(token(), 10, NOW)

    await store.touch_session(hostile, NOW + timedelta(minutes=6))
    await store.remove_session(hostile)
    with pytest.raises(NotFound):
        await store.remove_token(ADA, TokenId(hostile))
    with pytest.raises(NotFound):
        await store.remove_token(AccountId(hostile), TokenId("t1"))

    assert await store.session(hostile) is None
    assert await store.token(hostile) is None
    assert list(await store.tokens(AccountId(hostile))) == []
    assert await store.session("d1") == session()
    assert list(await store.tokens(ADA)) == [token()]


async def test_tokens_that_have_expired_are_cleared_up_when_another_is_added(store: SessionStore) -> None:
    await store.add_token(token("t1", days=1), 10, NOW)
    await store.add_token(token("t2"), 10, NOW)

    await store.add_token(token("t3"), 10, NOW + timedelta(days=1))

    assert [kept.name for kept in await store.tokens(ADA)] == ["t2", "t3"]
    assert await store.token("digest of t1") is None


async def test_of_one_tokens_revocations_at_once_one_finds_it(store: SessionStore) -> None:
    await store.add_token(token("t1"), 10, NOW)
    await store.add_token(token("t2"), 10, NOW)

    outcomes = await asyncio.gather(
        *(store.remove_token(ADA, TokenId("t1")) for _ in range(10)), return_exceptions=True
    )

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, NotFound) for outcome in outcomes) == 9
    assert list(await store.tokens(ADA)) == [token("t2")]


async def test_after_the_end_of_all_nothing_of_the_account_is_left_and_others_keep_theirs(store: SessionStore) -> None:
    for number in range(3):
        await store.add_session(session(f"d{number}"))
        await store.add_token(token(f"t{number}"), 10, NOW)
    await store.add_session(session("bob's", BOB))
    await store.add_token(token("bob's", BOB), 10, NOW)

    await store.end_all(ADA)

    assert [await store.session(f"d{number}") for number in range(3)] == [None] * 3
    assert [await store.token(f"digest of t{number}") for number in range(3)] == [None] * 3
    assert list(await store.tokens(ADA)) == []
    assert await store.session("bob's") == session("bob's", BOB)
    assert list(await store.tokens(BOB)) == [token("bob's", BOB)]


async def test_what_is_added_after_the_end_of_all_lives(store: SessionStore) -> None:
    for number in range(10):
        await store.add_token(token(f"old{number}"), 10, NOW)

    await store.end_all(ADA)
    await store.add_session(session("new"))
    for number in range(10):
        await store.add_token(token(f"new{number}"), 10, NOW)

    assert await store.session("new") == session("new")
    assert len(await store.tokens(ADA)) == 10
    with pytest.raises(Conflict):
        await store.add_token(token("new10"), 10, NOW)


async def test_an_account_with_nothing_to_end_is_no_error(store: SessionStore) -> None:
    await store.end_all(ADA)
    await store.end_all(ADA)
    for hostile in HOSTILE_IDS:
        await store.end_all(AccountId(hostile))

    assert list(await store.tokens(ADA)) == []


async def test_hundreds_of_sessions_end_at_once(store: SessionStore) -> None:
    # More than fit into one commit of Firestore.
    for start in range(0, 1_000, 100):
        await asyncio.gather(*(store.add_session(session(f"d{number}")) for number in range(start, start + 100)))

    await store.end_all(ADA)

    left = await asyncio.gather(*(store.session(f"d{number}") for number in range(0, 1_000, 37)))
    assert set(left) == {None}


async def test_tokens_added_while_all_end_are_either_gone_or_whole(store: SessionStore) -> None:
    await store.add_token(token("old"), 10, NOW)

    await asyncio.gather(
        store.end_all(ADA), *(store.add_token(token(f"t{number}"), 10, NOW) for number in range(5)), store.end_all(ADA)
    )

    for kept in await store.tokens(ADA):
        assert await store.token(kept.digest) == kept
        await store.remove_token(ADA, kept.id)
    for number in range(10):
        await store.add_token(token(f"new{number}"), 10, NOW)
    assert await store.token("digest of old") is None
