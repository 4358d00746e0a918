"""The use cases: registration, login, the caller's own account, API tokens and quota."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from functions.auth.mails import Mails
from oqtopus.config import Throttles
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
from oqtopus.errors import Conflict, Forbidden, Unauthenticated
from oqtopus.observability import event_log
from oqtopus.ports import AccountStore, Clock, QuotaLedger, SessionStore
from oqtopus.security.authentication import account_of, manager_of
from oqtopus.security.credentials import CredentialKind, digest, hint, kind_of, new_secret
from oqtopus.security.passwords import PasswordHasher
from oqtopus.security.throttling import Gate

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
    """Who may come in; where mail `reaches_people`, an address must be shown to be its account's before that (A7)."""

    accounts: AccountStore
    sessions: SessionStore
    passwords: PasswordHasher
    mails: Mails
    gate: Gate
    throttles: Throttles
    reaches_people: bool
    clock: Clock
    new_id: Callable[[], str]

    async def register(self, email: str, password: str, username: str | None, network: str) -> Account | None:
        """A new account, or None where only a mail may tell whether there is one now.

        Without a mailer a taken address is `Conflict`: somebody has to tell (A7 asks to write that down). It takes as
        long as any other, because the password is hashed in any case.
        """
        await self.gate.take(self.throttles.registration_network, self.gate.network(network))
        password_hash = await self.passwords.hash(password)
        name = username or email.partition("@")[0]
        account = Account(AccountId(self.new_id()), email, name, password_hash, self.clock())
        is_new = await self._is_added(account)
        # A new account's mail counts, but is sent in any case: who spent the tries before may have been somebody else.
        is_admitted = await self.gate.admits(self.throttles.verification_account, self.gate.address(email))
        if is_new:
            await self.mails.ask_for("verification", account.id)
        elif is_admitted:
            owner = await self.accounts.account_with_email(email)
            await self.mails.ask_for("taken", owner.id if owner else None)
        return None if self.reaches_people else account

    async def _is_added(self, account: Account) -> bool:
        try:
            await self.accounts.add(account)
        except Conflict:
            if not self.reaches_people:
                raise
            return False
        log.info("account_registered", account_id=account.id)
        return True

    async def log_in(self, email: str, password: str, presented: str | None, network: str) -> Login:
        """A session under a fresh secret; a session that the client `presented` ends (S1).

        An unknown address, a wrong password and an account that may not come in are one error after the same work
        (A3). A try is counted before that work and given back when it was good (A4).
        """
        tries = (
            (self.throttles.login_network, self.gate.network(network)),
            (self.throttles.login_account, self.gate.address(email)),
        )
        for throttle, subject in tries:
            await self.gate.take(throttle, subject)
        account = await self.accounts.account_with_email(email)
        is_right = await self.passwords.verify(account.password_hash if account else None, password)
        if account is None or not is_right or not self._may_come_in(account):
            log.warning("login_failed", account_id=account.id if account else None)
            raise _wrong_login()
        login = await self._open_session(account, password)
        if presented and kind_of(presented) is CredentialKind.SESSION:
            await self.sessions.remove_session(digest(presented))
        for throttle, subject in tries:
            await self.gate.give_back(throttle, subject)
        return login

    def _may_come_in(self, account: Account) -> bool:
        return not account.is_suspended and (account.verified_at is not None or not self.reaches_people)

    async def _open_session(self, account: Account, password: str) -> Login:
        """The session counts only if the account is still as it was judged: it may have been reset meanwhile (A8)."""
        secret, now = new_secret(CredentialKind.SESSION), self.clock()
        await self.sessions.add_session(Session(digest(secret), account.id, created_at=now, seen_at=now))
        current = await self.accounts.account(account.id)
        if current is None or current.password_hash != account.password_hash or not self._may_come_in(current):
            await self.sessions.remove_session(digest(secret))
            log.warning("login_overtaken", account_id=account.id)
            raise _wrong_login()
        if self.passwords.needs_rehash(current.password_hash):
            await self._renew_hash(current, password)
        log.info("login_ok", account_id=account.id)
        return Login(secret, account, now + SESSION_LIFETIME)

    async def _renew_hash(self, account: Account, password: str) -> None:
        """Unless the password was changed while the new hash was worked out."""
        await self.accounts.change_password_hash(
            account.id, await self.passwords.hash(password), expected=account.password_hash
        )

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
        if await self.sessions.session(caller.session_digest) is None:
            # A reset ended the session meanwhile and may have passed over the token that was not there yet (A8).
            await self.sessions.remove_token(account_id, token.id)
            raise Unauthenticated
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


def _wrong_login() -> Unauthenticated:
    return Unauthenticated("The e-mail address or the password is wrong.")
