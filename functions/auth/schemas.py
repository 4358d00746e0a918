"""Bodies of requests, and the documents that replies are made of."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from functions.auth.service import Login
from oqtopus.domain.accounts import TOKEN_LIFETIME, Account, ApiToken, Caller
from oqtopus.domain.quotas import Quota
from oqtopus.domain.text import is_blank
from oqtopus.security.passwords import broken_rule, unusable
from oqtopus.wire.fields import Email
from oqtopus.wire.requests import Body


def _visible(text: str) -> str:
    if not text.isprintable() or is_blank(text):
        raise ValueError("Must consist of visible characters and plain spaces.")
    return text


def _usable(password: str) -> str:
    if fault := unusable(password):
        raise ValueError(fault)
    return password


def _breaks_no_rule(password: str) -> str:
    """That it is not the address either is for whoever knows the address."""
    if rule := broken_rule(password, ""):
        raise ValueError(rule)
    return password


Password = Annotated[str, AfterValidator(_usable), Field(repr=False)]
NewPassword = Annotated[str, AfterValidator(_breaks_no_rule), Field(repr=False)]
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
    """`POST /v1/sessions`; the rules for new passwords do not apply, only what spares a hash.

    With `cookie` the session's secret goes to the browser's cookies, where scripts do not see it.
    """

    email: Email
    password: Password
    cookie: bool = False


class Address(Body):
    """`POST /v1/email-verifications` and `POST /v1/password-resets`."""

    email: Email


class PasswordReset(Body):
    """`POST /v1/password-resets/{token}`."""

    password: NewPassword


class PasswordChange(Body):
    """`PUT /v1/me/password`."""

    current_password: Password
    new_password: NewPassword


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


def cookie_login_document(login: Login, csrf_token: str) -> Mapping[str, object]:
    """Without the secret, which is in the cookie."""
    return {"csrf_token": csrf_token, "expires_at": login.expires_at, "account": account_document(login.account)}


def me_document(account: Account, caller: Caller) -> dict[str, object]:
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
