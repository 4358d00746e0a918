"""Accounts, sessions and API tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
TokenId = NewType("TokenId", str)

SESSION_IDLE = timedelta(hours=24)
SESSION_LIFETIME = timedelta(days=30)
TOKEN_LIFETIME = timedelta(days=90)
TOKENS_PER_ACCOUNT = 10


def folded(email: str) -> str:
    """The form under which an address is one account: case folded as a whole."""
    return email.casefold()


@dataclass(frozen=True, slots=True)
class Account:
    """A person or program that signs in; `email` is in its folded form.

    `verified_at` is when the address was shown to be theirs; an operator's suspension lets nobody sign in.
    """

    id: AccountId
    email: str
    username: str
    password_hash: str
    created_at: datetime
    verified_at: datetime | None = None
    is_suspended: bool = False


class MailPurpose(StrEnum):
    """What a link in a mail is good for."""

    VERIFICATION = "verification"
    RESET = "reset"


MAIL_TOKEN_LIFETIMES = {MailPurpose.VERIFICATION: timedelta(hours=24), MailPurpose.RESET: timedelta(minutes=30)}


@dataclass(frozen=True, slots=True)
class MailToken:
    """The secret of a link in a mail, which we know by its SHA-256 only."""

    digest: str
    account_id: AccountId
    purpose: MailPurpose
    expires_at: datetime


class Scope(StrEnum):
    """What an API token may do; `MANAGE` includes `SEARCH`."""

    SEARCH = "search"
    MANAGE = "manage"


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in; `digest` is the SHA-256 of the secret that only the client holds."""

    digest: str
    account_id: AccountId
    created_at: datetime
    seen_at: datetime

    def is_live(self, now: datetime) -> bool:
        return now - self.seen_at < SESSION_IDLE and now - self.created_at < SESSION_LIFETIME


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A long-lived credential of an account; `hint` is its first characters, for telling tokens apart."""

    id: TokenId
    digest: str
    account_id: AccountId
    name: str
    hint: str
    scope: Scope
    created_at: datetime
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        return now < self.expires_at


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: an account with the reach of its credential, or a guest (`account_id` is None).

    `guest_key` is a keyed hash of the client's network address; it is set for guests only.
    `session_digest` is set when the credential is a session.
    """

    account_id: AccountId | None
    scope: Scope
    guest_key: str = ""
    session_digest: str = ""

    @property
    def is_guest(self) -> bool:
        return self.account_id is None
