"""Bodies of requests, and the documents that replies are made of."""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from functions.auth.service import Login
from oqtopus.domain.accounts import TOKEN_LIFETIME, Account, ApiToken, Caller, folded
from oqtopus.domain.quotas import Quota
from oqtopus.domain.text import is_blank
from oqtopus.security.passwords import broken_rule, unusable
from oqtopus.wire.requests import Body

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@) {_ATOM}(?:\.{_ATOM})* @ (?:{_LABEL}\.)+ (?![0-9]+\Z){_LABEL}", re.VERBOSE)


def _address(text: str) -> str:
    """The folded address (A9): a dot-atom and a domain name of two labels or more, in ASCII; nothing is trimmed."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError("Must be one e-mail address such as name@example.org.")
    return folded(text)


def _visible(text: str) -> str:
    if not text.isprintable() or is_blank(text):
        raise ValueError("Must consist of visible characters and plain spaces.")
    return text


def _usable(password: str) -> str:
    if fault := unusable(password):
        raise ValueError(fault)
    return password


Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
Password = Annotated[str, AfterValidator(_usable), Field(repr=False)]
Username = Annotated[str, StringConstraints(max_length=64), AfterValidator(_visible)]
TokenName = Annotated[str, StringConstraints(max_length=200), AfterValidator(_visible)]


class Registration(Body):
    """`POST /v1/accounts`; without a username it is the address's local part."""

    email: Email
    password: Password
    username: Username | None = None

    @field_validator("password")
    @classmethod
    def _breaks_no_rule(cls, password: str, info: ValidationInfo) -> str:
        if rule := broken_rule(password, info.data.get("email", "")):
            raise ValueError(rule)
        return password


class Credentials(Body):
    """`POST /v1/sessions`; the rules for new passwords do not apply, only what spares a hash."""

    email: Email
    password: Password


class TokenRequest(Body):
    """`POST /v1/tokens`."""

    name: TokenName
    scope: Literal["search", "manage"] = "search"
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = TOKEN_LIFETIME.days


def account_document(account: Account) -> Mapping[str, object]:
    return {
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "created_at": account.created_at,
    }


def login_document(login: Login) -> Mapping[str, object]:
    return {
        "token": login.secret,
        "token_type": "Bearer",
        "expires_at": login.expires_at,
        "account": account_document(login.account),
    }


def me_document(account: Account, caller: Caller) -> Mapping[str, object]:
    kind = "session" if caller.session_digest else "token"
    return {"account": account_document(account), "credential": {"kind": kind, "scope": caller.scope}}


def quota_document(quota: Quota) -> Mapping[str, object]:
    return {"remaining": quota.remaining, "max": quota.limit, "resets_at": quota.resets_at}


def token_document(token: ApiToken) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "hint": token.hint,
        "scope": token.scope,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }
