"""Who a request comes from: limits of sessions and tokens, and guests by a keyed hash of their network."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from oqtopus.domain.accounts import AccountId, ApiToken, Caller, Scope, Session, TokenId
from oqtopus.errors import Forbidden, Unauthenticated
from oqtopus.security.authentication import Authenticator, account_of, manager_of
from oqtopus.security.credentials import CredentialKind, digest, new_secret
from tests.fakes.clock import FakeClock

ADA = AccountId("ada")
NETWORK = "203.0.113.7"


class FakeSessions:
    """Implements `SessionStore` as far as recognising a caller goes, and notes what is asked of it."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.kept_tokens: dict[str, ApiToken] = {}
        self.asked: list[str] = []

    async def session(self, digest: str) -> Session | None:
        self.asked.append(digest)
        return self.sessions.get(digest)

    async def token(self, digest: str) -> ApiToken | None:
        self.asked.append(digest)
        return self.kept_tokens.get(digest)

    async def add_session(self, session: Session) -> None:
        self.sessions[session.digest] = session

    async def touch_session(self, digest: str, seen_at: datetime) -> None:
        self.asked.append("touch")
        self.sessions[digest] = replace(self.sessions[digest], seen_at=seen_at)

    async def remove_session(self, digest: str) -> None:
        del self.sessions[digest]

    async def end_all(self, account_id: AccountId) -> None:
        raise NotImplementedError

    async def add_token(self, token: ApiToken, at_most: int, now: datetime) -> None:
        self.kept_tokens[token.digest] = token

    async def tokens(self, account_id: AccountId) -> Sequence[ApiToken]:
        return list(self.kept_tokens.values())

    async def remove_token(self, account_id: AccountId, token_id: TokenId) -> None:
        raise NotImplementedError


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions()


@pytest.fixture
def authenticator(sessions: FakeSessions, clock: FakeClock) -> Authenticator:
    return Authenticator(sessions, clock, "a secret key for tests only")


async def logged_in(sessions: FakeSessions, clock: FakeClock) -> str:
    secret = new_secret(CredentialKind.SESSION)
    await sessions.add_session(Session(digest(secret), ADA, created_at=clock.now, seen_at=clock.now))
    return secret


async def token_of(sessions: FakeSessions, clock: FakeClock, scope: Scope = Scope.SEARCH) -> str:
    secret, expires_at = new_secret(CredentialKind.TOKEN), clock.now + timedelta(days=90)
    token = ApiToken(TokenId("t1"), digest(secret), ADA, "laptop", secret[:10], scope, clock.now, expires_at)
    await sessions.add_token(token, 10, clock.now)
    return secret


async def test_without_a_credential_the_caller_is_a_guest_that_may_search(authenticator: Authenticator) -> None:
    guest = await authenticator.caller(None, NETWORK)

    assert guest.is_guest
    assert guest.scope is Scope.SEARCH
    assert guest.guest_key


async def test_a_guest_is_known_by_network_alone_and_only_under_our_key(
    authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    other_key = Authenticator(sessions, clock, "another secret key")

    guest = await authenticator.caller(None, NETWORK)

    assert guest == await authenticator.caller(None, NETWORK)
    assert guest != await authenticator.caller(None, "203.0.113.8")
    assert guest != await other_key.caller(None, NETWORK)
    assert NETWORK not in guest.guest_key


async def test_a_session_may_manage(authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock) -> None:
    secret = await logged_in(sessions, clock)

    caller = await authenticator.caller(secret, NETWORK)

    assert caller == Caller(ADA, Scope.MANAGE, session_digest=digest(secret))


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_token_reaches_as_far_as_its_scope(
    scope: Scope, authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    secret = await token_of(sessions, clock, scope)

    assert await authenticator.caller(secret, NETWORK) == Caller(ADA, scope)


@pytest.mark.parametrize("secret", ["", "oqs_guessed", "ada", "oqt_" + "0" * 46])
async def test_a_malformed_secret_is_refused_without_asking_the_store(
    secret: str, authenticator: Authenticator, sessions: FakeSessions
) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator.caller(secret, NETWORK)

    assert sessions.asked == []


@pytest.mark.parametrize("kind", list(CredentialKind))
async def test_an_unknown_secret_is_no_guest(kind: CredentialKind, authenticator: Authenticator) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator.caller(new_secret(kind), NETWORK)


async def test_an_idle_session_ends_after_a_day(
    authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    secret = await logged_in(sessions, clock)

    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    await authenticator.caller(secret, NETWORK)
    clock.advance(timedelta(hours=24))

    with pytest.raises(Unauthenticated):
        await authenticator.caller(secret, NETWORK)


async def test_a_session_in_use_ends_after_thirty_days(
    authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    secret = await logged_in(sessions, clock)

    for _ in range(59):
        clock.advance(timedelta(hours=12))
        await authenticator.caller(secret, NETWORK)
    clock.advance(timedelta(hours=12))

    with pytest.raises(Unauthenticated):
        await authenticator.caller(secret, NETWORK)


async def test_a_session_is_touched_at_most_every_five_minutes(
    authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    secret = await logged_in(sessions, clock)

    clock.advance(timedelta(minutes=5))
    await authenticator.caller(secret, NETWORK)
    assert "touch" not in sessions.asked

    clock.advance(timedelta(seconds=1))
    await authenticator.caller(secret, NETWORK)
    assert sessions.sessions[digest(secret)].seen_at == clock.now


async def test_an_expired_token_is_refused(
    authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    secret = await token_of(sessions, clock)

    clock.advance(timedelta(days=90))

    with pytest.raises(Unauthenticated):
        await authenticator.caller(secret, NETWORK)


async def test_one_kind_of_secret_does_not_pass_for_the_other(
    authenticator: Authenticator, sessions: FakeSessions, clock: FakeClock
) -> None:
    secret = await logged_in(sessions, clock)
    sessions.kept_tokens.clear()

    with pytest.raises(Unauthenticated):
        await authenticator.caller(secret.replace("oqs_", "oqt_"), NETWORK)


def test_a_guest_has_no_account() -> None:
    guest = Caller(None, Scope.SEARCH, guest_key="k")

    with pytest.raises(Unauthenticated):
        account_of(guest)
    with pytest.raises(Unauthenticated):
        manager_of(guest)


def test_a_search_scope_has_an_account_but_manages_nothing() -> None:
    searching = Caller(ADA, Scope.SEARCH)

    assert account_of(searching) == ADA
    with pytest.raises(Forbidden):
        manager_of(searching)


def test_a_manage_scope_manages() -> None:
    assert manager_of(Caller(ADA, Scope.MANAGE)) == ADA
