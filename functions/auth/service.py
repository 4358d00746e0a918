"""The use cases: registration, login, the caller's own account, API tokens and quota."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from oqtopus.domain.accounts import (
    SESSION_LIFETIME,
    TOKENS_PER_ACCOUNT,
    Account,
    AccountId,
    ApiToken,
    Caller,
    Scope,
    Session,
    TokenId,
)
from oqtopus.domain.quotas import Quota, subject_of
from oqtopus.errors import Forbidden, Unauthenticated
from oqtopus.observability import event_log
from oqtopus.ports import AccountStore, Clock, QuotaLedger, SessionStore
from oqtopus.security.authentication import account_of, manager_of
from oqtopus.security.credentials import CredentialKind, digest, hint, kind_of, new_secret
from oqtopus.security.passwords import PasswordHasher

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class Login:
    """A new session with its secret, which exists here and at the client only."""

    secret: str
    account: Account
    expires_at: datetime


class Allowances(Protocol):
    """The settings that say how many searches a day there are."""

    @property
    def quota_user_per_day(self) -> int: ...
    @property
    def quota_guest_per_day(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Accounts:
    """Who may come in."""

    accounts: AccountStore
    sessions: SessionStore
    passwords: PasswordHasher
    clock: Clock
    new_id: Callable[[], str]

    async def register(self, email: str, password: str, username: str | None) -> Account:
        """A new account, or `Conflict` when the address is taken.

        Without a mailer the reply must tell a taken address (A7 asks to write that down), but it takes as long as
        any other: the password is hashed first.
        """
        password_hash = await self.passwords.hash(password)
        name = username or email.partition("@")[0]
        account = Account(AccountId(self.new_id()), email, name, password_hash, self.clock())
        await self.accounts.add(account)
        log.info("account_registered", account_id=account.id)
        return account

    async def log_in(self, email: str, password: str, presented: str | None) -> Login:
        """A session under a fresh secret; a session that the client `presented` ends (S1).

        An unknown address and a wrong password are one error after the same work (A3).
        """
        account = await self.accounts.account_with_email(email)
        is_right = await self.passwords.verify(account.password_hash if account else None, password)
        if account is None or not is_right:
            log.warning("login_failed", account_id=account.id if account else None)
            raise Unauthenticated("The e-mail address or the password is wrong.")
        if self.passwords.needs_rehash(account.password_hash):
            await self.accounts.change_password_hash(account.id, await self.passwords.hash(password))
        if presented and kind_of(presented) is CredentialKind.SESSION:
            await self.sessions.remove_session(digest(presented))
        return await self._open_session(account)

    async def _open_session(self, account: Account) -> Login:
        secret, now = new_secret(CredentialKind.SESSION), self.clock()
        await self.sessions.add_session(Session(digest(secret), account.id, created_at=now, seen_at=now))
        log.info("login_ok", account_id=account.id)
        return Login(secret, account, now + SESSION_LIFETIME)

    async def log_out(self, caller: Caller) -> None:
        account_id = account_of(caller)
        if not caller.session_digest:
            raise Forbidden("An API token has no session; revoke it under /v1/tokens.")
        await self.sessions.remove_session(caller.session_digest)
        log.info("logged_out", account_id=account_id)

    async def account_of(self, caller: Caller) -> Account:
        account = await self.accounts.account(account_of(caller))
        if account is None:
            raise Unauthenticated
        return account


@dataclass(frozen=True, slots=True)
class Tokens:
    """An account's API tokens, of which only the digest is kept."""

    sessions: SessionStore
    clock: Clock
    new_id: Callable[[], str]

    async def create(self, caller: Caller, name: str, scope: Scope, lifetime: timedelta) -> tuple[ApiToken, str]:
        """The token and its secret; only a session may make one, lest a leaked token outlive its revocation."""
        account_id = account_of(caller)
        if not caller.session_digest:
            raise Forbidden("Only a session can make API tokens.")
        secret, now = new_secret(CredentialKind.TOKEN), self.clock()
        token = ApiToken(
            TokenId(self.new_id()), digest(secret), account_id, name, hint(secret), scope, now, now + lifetime
        )
        await self.sessions.add_token(token, TOKENS_PER_ACCOUNT, now)
        log.info("token_created", account_id=account_id, token_id=token.id)
        return token, secret

    async def live(self, caller: Caller) -> Sequence[ApiToken]:
        """The tokens that still work, oldest first."""
        now = self.clock()
        return [token for token in await self.sessions.tokens(manager_of(caller)) if token.is_live(now)]

    async def revoke(self, caller: Caller, token_id: TokenId) -> None:
        """End a token at once; `NotFound` when the caller has none of this id (S9)."""
        account_id = manager_of(caller)
        await self.sessions.remove_token(account_id, token_id)
        log.info("token_revoked", account_id=account_id, token_id=token_id)


async def quota_of(caller: Caller, ledger: QuotaLedger, allowances: Allowances, now: datetime) -> Quota:
    """What is left of the caller's day; asking costs nothing."""
    limit = allowances.quota_guest_per_day if caller.is_guest else allowances.quota_user_per_day
    return await ledger.quota(subject_of(caller), now.date(), limit)
