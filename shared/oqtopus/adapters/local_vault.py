"""The embedded key vault: private keys sealed with AES-256-GCM in the SQLite file."""

import asyncio
import hashlib
import secrets
import sqlite3
import threading
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.agents import AgentId
from oqtopus.errors import ConfigurationError, KeyNotFound

_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32

# Sealed along with the keys by each re-sealing, so that a vault without keys knows its secrets too; no agent's id.
_WITNESS: Final = AgentId("")

# SECRET_KEY and the salt may be words that a person chose, so the key is made slowly (32 MiB, about 0.1 s): whoever
# gets hold of the file has to pay that for each guess. HKDF would do for random secrets only.
SCRYPT_COST: Final = 2**15
_SCRYPT_R: Final = 8
_SCRYPT_MAXMEM: Final = 64 * 1024 * 1024


class LocalVault:
    """Implements `KeyVault`; the file alone gives no key away (K1). Only tests have reason to lower `cost`."""

    def __init__(self, database: Database, secret_key: str, salt: str, cost: int = SCRYPT_COST) -> None:
        self._database = database
        self._secret_key = secret_key
        self._salt = salt
        self._cost = cost
        self._derivation = threading.Lock()
        self._cipher: AESGCM | None = None

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        cipher = await self._opened()
        return await self._database.write(_add, cipher, agent_id, private_key_pem)

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        cipher = await self._opened()
        sealed = await self._database.read(_sealed, agent_id, version)
        return _unsealed(cipher, agent_id, version, sealed)

    async def versions(self, agent_id: AgentId) -> Sequence[str]:
        return await self._database.read(_versions, agent_id)

    async def destroy_version(self, agent_id: AgentId, version: str) -> None:
        """An empty value stays in its place, so that no other key is ever given the version."""
        await self._database.write(_destroy_version, agent_id, version)

    async def destroy(self, agent_id: AgentId) -> None:
        await self._database.write(_destroy, agent_id)

    async def reseal(self, secret_key: str, salt: str) -> int:
        """Seal all keys anew in one transaction and use the new secrets from now on; how many keys there were.

        A process that still has the old secrets can then neither open keys nor add one that nobody could open.
        """
        sealed = await self._opened()
        fresh = AESGCM(await asyncio.to_thread(_derived, secret_key, salt, self._cost))
        count = await self._database.write(_reseal, sealed, fresh)
        self._secret_key, self._salt, self._cipher = secret_key, salt, fresh
        return count

    async def is_sealed(self) -> bool:
        """Whether there is anything that `check` can be wrong about."""
        return await self._database.read(_any_sealed) is not None

    async def check(self) -> None:
        """Opens one key, which stands for all: they are sealed with one secret."""
        if (kept := await self._database.read(_any_sealed)) is not None:
            _unsealed(await self._opened(), *kept)

    async def aclose(self) -> None:
        """Nothing of its own: the database is closed by who made it."""

    async def _opened(self) -> AESGCM:
        if self._cipher is None:
            return await asyncio.to_thread(self._derive)
        return self._cipher

    def _derive(self) -> AESGCM:
        # The first calls may come together; without the lock each would take its own 32 MiB.
        with self._derivation:
            if self._cipher is None:
                self._cipher = AESGCM(_derived(self._secret_key, self._salt, self._cost))
            return self._cipher


def _derived(secret_key: str, salt: str, cost: int) -> bytes:
    secret, grain = secret_key.encode(), salt.encode()
    return hashlib.scrypt(secret, salt=grain, n=cost, r=_SCRYPT_R, p=1, maxmem=_SCRYPT_MAXMEM, dklen=_KEY_BYTES)


def _add(connection: sqlite3.Connection, cipher: AESGCM, agent_id: AgentId, private_key_pem: str) -> str:
    if (kept := _any_sealed(connection)) is not None:
        _unsealed(cipher, *kept)  # The secrets may have been rotated since this process read them.
    row = connection.execute(
        "SELECT coalesce(max(version), 0) + 1 AS next FROM secrets WHERE agent_id = ?", (agent_id,)
    ).fetchone()
    version = str(row["next"])
    _put(connection, agent_id, version, _seal(cipher, agent_id, version, private_key_pem))
    return version


def _reseal(connection: sqlite3.Connection, sealed: AESGCM, fresh: AESGCM) -> int:
    rows = connection.execute(
        "SELECT agent_id, version, sealed FROM secrets WHERE agent_id <> ? AND sealed <> x''", (_WITNESS,)
    ).fetchall()
    for row in rows:
        agent_id, version = AgentId(row["agent_id"]), str(row["version"])
        private_key_pem = _unsealed(sealed, agent_id, version, bytes(row["sealed"]))
        _put(connection, agent_id, version, _seal(fresh, agent_id, version, private_key_pem))
    _put(connection, _WITNESS, "0", _seal(fresh, _WITNESS, "0", ""))
    return len(rows)


def _put(connection: sqlite3.Connection, agent_id: AgentId, version: str, sealed: bytes) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO secrets (agent_id, version, sealed) VALUES (?, ?, ?)", (agent_id, int(version), sealed)
    )


def _seal(cipher: AESGCM, agent_id: AgentId, version: str, private_key_pem: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, private_key_pem.encode(), _binding(agent_id, version))


def _sealed(connection: sqlite3.Connection, agent_id: AgentId, version: str) -> bytes:
    row = connection.execute(
        "SELECT sealed FROM secrets WHERE agent_id = ? AND CAST(version AS TEXT) = ? AND sealed <> x''",
        (agent_id, version),
    ).fetchone()
    if row is None:
        raise KeyNotFound("The vault holds no key of this agent and version.")
    return bytes(row["sealed"])


def _any_sealed(connection: sqlite3.Connection) -> tuple[AgentId, str, bytes] | None:
    row = connection.execute(
        "SELECT agent_id, version, sealed FROM secrets WHERE sealed <> x'' ORDER BY agent_id LIMIT 1"
    ).fetchone()
    return (AgentId(row["agent_id"]), str(row["version"]), bytes(row["sealed"])) if row else None


def _unsealed(cipher: AESGCM, agent_id: AgentId, version: str, sealed: bytes) -> str:
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return cipher.decrypt(nonce, ciphertext, _binding(agent_id, version)).decode()
    except (InvalidTag, ValueError):
        # A value cut too short to hold a nonce is a ValueError.
        raise ConfigurationError(
            "A stored agent key does not open: SECRET_KEY or PK_ENCRYPTION_SALT is not the one it was sealed with, "
            "or the file was altered."
        ) from None


def _versions(connection: sqlite3.Connection, agent_id: AgentId) -> Sequence[str]:
    kept = connection.execute(
        "SELECT version FROM secrets WHERE agent_id = ? AND agent_id <> ? AND sealed <> x'' ORDER BY version",
        (agent_id, _WITNESS),
    )
    return [str(row["version"]) for row in kept]


def _destroy_version(connection: sqlite3.Connection, agent_id: AgentId, version: str) -> None:
    connection.execute(
        "UPDATE secrets SET sealed = x'' WHERE agent_id = ? AND agent_id <> ? AND CAST(version AS TEXT) = ?",
        (agent_id, _WITNESS, version),
    )


def _destroy(connection: sqlite3.Connection, agent_id: AgentId) -> None:
    connection.execute("DELETE FROM secrets WHERE agent_id = ?", (agent_id,))


def _binding(agent_id: AgentId, version: str) -> bytes:
    """The associated data: a value sealed for one agent and version does not open as another's."""
    return f"oqtopus agent key\n{agent_id}\n{version}".encode()
