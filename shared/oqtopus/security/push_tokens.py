"""Who may push messages: tokens that Google signs for Pub/Sub's service account, checked by RFC 8725 (G5, J4)."""

import hashlib
from datetime import timedelta
from typing import Annotated, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from oqtopus.errors import ConfigurationError, Unauthenticated
from oqtopus.observability import event_log
from oqtopus.ports import Clock

log = event_log(__name__)

ISSUERS: Final = ("https://accounts.google.com", "accounts.google.com")
LEEWAY: Final = timedelta(seconds=5)
MAX_TOKEN_CHARACTERS: Final = 8_192
MAX_KNOWN: Final = 1_000

_Moment = Annotated[float, Field(ge=0, lt=1e11, allow_inf_nan=False)]


class SigningKeys(Protocol):
    """The public keys of whoever signs the tokens."""

    async def key(self, key_id: str) -> RSAPublicKey | None:
        """The key of this id, or None when the signer has none; `Unavailable` when the signer cannot be asked."""
        ...


class _Claims(BaseModel):
    """What a signed token must say besides its issuer and audience; others may stand beside it."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    email: str
    email_verified: bool
    exp: _Moment
    iat: _Moment
    nbf: _Moment = 0


class PushTokens:
    """Checks that a push comes from the one service account, and is for this system.

    A token that has passed is known by its digest until it expires, because Pub/Sub sends each one for up to an hour.
    """

    def __init__(self, keys: SigningKeys, audience: str, account: str, clock: Clock) -> None:
        if not audience:
            raise ConfigurationError("PUSH_AUDIENCE must be set: it says which pushed messages are for this system.")
        if not account:
            raise ConfigurationError("PUSH_ACCOUNT must be set: it says whose pushed messages are believed.")
        self._keys = keys
        self._audience = audience
        self._account = account
        self._clock = clock
        self._expiries: dict[bytes, float] = {}

    async def check(self, bearer: str | None) -> None:
        """Return when the credential is Pub/Sub's; anything else is `Unauthenticated`, and the log says why."""
        if bearer is None:
            raise _refused("absent")
        if len(bearer) > MAX_TOKEN_CHARACTERS or not bearer.isascii():
            raise _refused("characters")
        token_digest = hashlib.sha256(bearer.encode()).digest()
        expiry = self._expiries.get(token_digest)
        if expiry is None:
            expiry = await self._verified_expiry(bearer)
        if expiry <= self._now() - LEEWAY.total_seconds():
            self._expiries.pop(token_digest, None)
            raise _refused("expired")
        self._remember(token_digest, expiry)

    async def _verified_expiry(self, bearer: str) -> float:
        claims = _claims(bearer, await self._key(bearer), self._audience)
        if claims.email != self._account or not claims.email_verified:
            raise _refused("account")
        if max(claims.iat, claims.nbf) > self._now() + LEEWAY.total_seconds():
            raise _refused("early")
        return claims.exp

    async def _key(self, bearer: str) -> RSAPublicKey:
        try:
            header = jwt.get_unverified_header(bearer)
        except jwt.PyJWTError:
            raise _refused("shape") from None
        key_id = header.get("kid")
        # The algorithm is ours to choose, so a token that names another one is not even looked at.
        if header.get("alg") != "RS256" or not isinstance(key_id, str):
            raise _refused("header")
        key = await self._keys.key(key_id)
        if key is None:
            raise _refused("key")
        return key

    def _now(self) -> float:
        return self._clock().timestamp()

    def _remember(self, token_digest: bytes, expiry: float) -> None:
        self._expiries[token_digest] = expiry
        if len(self._expiries) > MAX_KNOWN:
            del self._expiries[next(iter(self._expiries))]


def _claims(bearer: str, key: RSAPublicKey, audience: str) -> _Claims:
    """The claims of a token with a good signature, issuer and audience; times are for the caller, who has a clock."""
    try:
        claims = jwt.decode(
            bearer,
            key,
            algorithms=["RS256"],
            audience=audience,
            issuer=ISSUERS,
            options={
                "require": ["iss", "aud", "exp", "iat"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        return _Claims.model_validate(claims)
    except jwt.InvalidSignatureError:
        raise _refused("signature") from None
    except (jwt.PyJWTError, ValidationError):
        raise _refused("claims") from None


def _refused(rule: str) -> Unauthenticated:
    log.warning("push_refused", rule=rule)
    return Unauthenticated("A valid token of the message bus is needed.")
