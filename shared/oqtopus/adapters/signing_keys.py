"""The keys that pushed messages' tokens are checked with: Google's own, or a set that is given."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWKClient, PyJWKSet
from jwt.exceptions import PyJWTError

from oqtopus.errors import ConfigurationError, Unavailable
from oqtopus.observability import event_log

log = event_log(__name__)

GOOGLE_KEYS_URL: Final = "https://www.googleapis.com/oauth2/v3/certs"
LIFETIME_SECONDS: Final = 3_600.0
REFRESH_SECONDS: Final = 60.0
FETCH_SECONDS: Final = 5.0

_SMALLEST_KEY: Final = 2_048


class GivenKeys:
    """Implements `SigningKeys` with a JSON Web Key Set in text; `ConfigurationError` when it is none."""

    def __init__(self, json_text: str) -> None:
        try:
            self._keys = _rsa_keys(PyJWKSet.from_json(json_text))
        except (PyJWTError, ValueError, AttributeError):
            # PyJWT takes for granted that the document is an object.
            self._keys = {}
        if not self._keys:
            raise ConfigurationError("PUSH_KEY_SET must be a JSON Web Key Set with an RSA key of 2,048 bits or more.")

    async def key(self, key_id: str) -> RSAPublicKey | None:
        return self._keys.get(key_id)


class GoogleKeys:
    """Implements `SigningKeys` with the set at `url`, which is kept for an hour.

    A key id that is not in it has it fetched anew, since keys are rotated, but once a minute at most: strangers
    choose the ids that they send. When no new set can be had, the old one stays in force.
    """

    def __init__(self, url: str = GOOGLE_KEYS_URL, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_SECONDS)
        self._monotonic = monotonic
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, key_id: str) -> RSAPublicKey | None:
        is_stale = self._monotonic() - self._fetched_at >= LIFETIME_SECONDS
        if (is_stale or key_id not in self._keys) and self._may_fetch():
            await self._fetch()
        if not self._keys:
            raise Unavailable("The keys that Google signs tokens with cannot be fetched.")
        return self._keys.get(key_id)

    def _may_fetch(self) -> bool:
        # Without any key nothing can be checked at all, so every request may try.
        return not self._keys or self._is_fetching() or self._monotonic() - self._tried_at >= REFRESH_SECONDS

    def _is_fetching(self) -> bool:
        task = self._fetching
        return task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()

    async def _fetch(self) -> None:
        """Fetch once for all who ask meanwhile; one of them that is cancelled does not take it from the others."""
        if self._fetching is None or not self._is_fetching():
            self._tried_at = self._monotonic()
            self._fetching = asyncio.create_task(self._replace())
        await asyncio.shield(self._fetching)

    async def _replace(self) -> None:
        try:
            keys = _rsa_keys(await asyncio.to_thread(self._client.get_jwk_set))
        except (PyJWTError, ValueError, AttributeError, OSError) as failure:
            log.error("signing_keys_unavailable", error=type(failure).__name__)
            return
        if keys:
            self._keys, self._fetched_at = keys, self._monotonic()


def _rsa_keys(key_set: PyJWKSet) -> dict[str, RSAPublicKey]:
    """The set's keys for RS256 by id; those for anything else are no use here."""
    return {
        key.key_id: key.key
        for key in key_set.keys
        if key.key_id
        and key.algorithm_name == "RS256"
        and key.public_key_use in ("sig", None)
        and isinstance(key.key, RSAPublicKey)
        and key.key.key_size >= _SMALLEST_KEY
    }
