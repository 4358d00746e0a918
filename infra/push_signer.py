"""Signs pushes on this machine, where nobody else does: the emulator sends no token, and the local bus is our own."""

import json
from datetime import datetime, timedelta
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm

LIFETIME: Final = timedelta(hours=1)
RENEWAL: Final = timedelta(minutes=5)

_KEY_ID: Final = "local"
_ISSUER: Final = "https://accounts.google.com"


class PushSigner:
    """Makes tokens as Google does for Pub/Sub, with a key that lives as long as this object."""

    def __init__(self, audience: str, account: str) -> None:
        self._audience = audience
        self._account = account
        self._key = generate_private_key(public_exponent=65_537, key_size=2_048)
        self._header = ""
        self._expires_at: datetime | None = None

    @property
    def key_set(self) -> str:
        """The public key as a JSON Web Key Set, for `PUSH_KEY_SET`."""
        members = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**members, "kid": _KEY_ID, "alg": "RS256", "use": "sig"}]})

    def authorization(self, now: datetime) -> str:
        """The `Authorization` header; the same until five minutes before its token ends."""
        if self._expires_at is None or now >= self._expires_at - RENEWAL:
            self._expires_at = now + LIFETIME
            self._header = f"Bearer {self._token(now, self._expires_at)}"
        return self._header

    def _token(self, issued_at: datetime, expires_at: datetime) -> str:
        claims = {
            "iss": _ISSUER,
            "aud": self._audience,
            "email": self._account,
            "email_verified": True,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})
