"""Signed calls to agents: RS256 tokens that the published `rotagent` 0.1.0 verifies, and the keys they need."""

import asyncio
import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from oqtopus.domain.agents import AgentId
from oqtopus.errors import KeyNotFound
from oqtopus.ports import Clock, PrivateKeys

TOKEN_SECONDS: Final = 60
KEY_LIFETIME: Final = timedelta(minutes=10)
MAX_KEYS: Final = 1_000

_PADDING = PKCS1v15()
_HASH = SHA256()


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


_HEADER = _base64url(b'{"alg":"RS256","typ":"JWT"}')


@dataclass(frozen=True, slots=True)
class AgentSignature:
    """Signs calls as one registration (J1 to J3), with no I/O, clock or randomness of its own.

    There is no `aud`: `rotagent` 0.1.0 decodes without naming an audience, and PyJWT then refuses every token that
    has one (J5). A token is bound to one agent all the same, because each agent has a key of its own.
    """

    issuer: str
    private_key: RSAPrivateKey = field(repr=False)

    def authorization(self, body: bytes, issued_at: datetime, token_id: str) -> str:
        """The `Authorization` header of one send of exactly these bytes; `token_id` is 128 fresh random bits."""
        now = int(issued_at.timestamp())
        claims = {
            "iss": self.issuer,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": token_id,
            "content_sha256": hashlib.sha256(body).hexdigest(),
        }
        signed = _HEADER + b"." + _base64url(json.dumps(claims, separators=(",", ":")).encode())
        signature = self.private_key.sign(signed, _PADDING, _HASH)
        return f"Bearer {signed.decode('ascii')}.{_base64url(signature).decode('ascii')}"


def parsed_key(pem: str) -> RSAPrivateKey:
    """The key in a PEM of our own vault; `KeyNotFound` when what is there is no RSA key of 2,048 bits or more."""
    try:
        # The check that is skipped proves the primes of a stranger's key. This key is our own, out of our vault, and
        # without the check it is parsed in 0.02 ms instead of 42 ms.
        key = load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, ValueError) as error:
        raise KeyNotFound("The vault's entry is not a private key.") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2_048:
        raise KeyNotFound("The vault's entry is not an RSA key of 2,048 bits or more.")
    return key


_Slot = tuple[AgentId, str]
_Fetch = asyncio.Task[RSAPrivateKey]


class KeyRing:
    """Parsed private keys, kept in memory for ten minutes at most by agent and version (K2)."""

    def __init__(self, vault: PrivateKeys, clock: Clock) -> None:
        self._vault = vault
        self._clock = clock
        self._kept: dict[_Slot, tuple[RSAPrivateKey, datetime]] = {}
        # The loop is part of the key because a task can only be awaited in the loop it belongs to.
        self._fetches: dict[tuple[asyncio.AbstractEventLoop, _Slot], _Fetch] = {}

    async def private_key(self, agent_id: AgentId, version: str) -> RSAPrivateKey:
        """The key, or `KeyNotFound`; callers that ask at the same time share one fetch from the vault."""
        slot = (agent_id, version)
        kept = self._kept.get(slot)
        if kept is not None and self._clock() - kept[1] < KEY_LIFETIME:
            return kept[0]
        loop = asyncio.get_running_loop()
        fetch = self._fetches.get((loop, slot))
        if fetch is None:
            fetch = self._fetches[loop, slot] = loop.create_task(self._fetched(slot))
            fetch.add_done_callback(lambda done: self._finish((loop, slot), done))
        # A caller that is cancelled must not take the fetch from the others.
        return await asyncio.shield(fetch)

    async def _fetched(self, slot: _Slot) -> RSAPrivateKey:
        return parsed_key(await self._vault.private_key(*slot))

    def _finish(self, place: tuple[asyncio.AbstractEventLoop, _Slot], fetch: _Fetch) -> None:
        failed = fetch.cancelled() or fetch.exception() is not None
        if self._fetches.get(place) is not fetch:
            return
        del self._fetches[place]
        if failed:
            return
        slot = place[1]
        self._kept.pop(slot, None)
        self._kept[slot] = (fetch.result(), self._clock())
        if len(self._kept) > MAX_KEYS:
            del self._kept[next(iter(self._kept))]
