"""Passwords: which are accepted, and how they are kept (Argon2id)."""

import asyncio
import secrets
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import argon2
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from oqtopus.domain.accounts import folded

MIN_BYTES = 8
MAX_BYTES = 1_024
_CONCURRENT_HASHES = 2
_COMMON_PASSWORDS = Path(__file__).with_name("common_passwords.txt")


def argon2id(memory_kib: int = 19_456, rounds: int = 2) -> argon2.PasswordHasher:
    """The hash of A1: by default 19 MiB, 2 passes, 1 lane, a salt of 16 bytes, as a PHC string."""
    return argon2.PasswordHasher(rounds, memory_kib, parallelism=1, hash_len=32, salt_len=16)


class PasswordHasher:
    """Hashes off the event loop, two at a time: each takes 19 MiB and about 20 ms of a core."""

    def __init__(self, engine: argon2.PasswordHasher | None = None) -> None:
        self._engine = engine or argon2id()
        self._hash_of_nobody = _matchless_hash(self._engine)
        self._workers = ThreadPoolExecutor(_CONCURRENT_HASHES, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._workers, self._engine.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right; without a hash it never is, found out by the same work (A3)."""
        against = self._hash_of_nobody if password_hash is None else password_hash
        return await asyncio.get_running_loop().run_in_executor(self._workers, self._matches, against, password)

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._engine.check_needs_rehash(password_hash)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._engine.verify(password_hash, password)
        except VerifyMismatchError:
            return False


def _matchless_hash(engine: argon2.PasswordHasher) -> str:
    """A hash with the engine's parameters that no password has, put together without hashing anything."""
    parameters = f"m={engine.memory_cost},t={engine.time_cost},p={engine.parallelism}"
    salt, tag = _base64(secrets.token_bytes(engine.salt_len)), _base64(secrets.token_bytes(engine.hash_len))
    return f"$argon2id$v={ARGON2_VERSION}${parameters}${salt}${tag}"


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode().rstrip("=")


def broken_rule(password: str, email: str) -> str | None:
    """The rule of A2 that a new password breaks, in words for its owner; None when it may be used."""
    if fault := unusable(password):
        return fault
    if len(password.encode()) < MIN_BYTES:
        return f"Must have at least {MIN_BYTES} bytes."
    if len(set(password)) == 1:
        return "Must not be one repeated character."
    if folded(password) == folded(email):
        return "Must not be the e-mail address."
    if password.lower() in _common_passwords():
        return "Must not be one of the commonest passwords."
    return None


def unusable(password: str) -> str | None:
    """Why this is nobody's password, found without hashing; None when it may be somebody's."""
    if "\0" in password or any("\ud800" <= character <= "\udfff" for character in password):
        return "Must not contain NUL or lone surrogates."
    if len(password.encode()) > MAX_BYTES:
        return f"Must have at most {MAX_BYTES} bytes."
    return None


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(_COMMON_PASSWORDS.read_text("utf-8").splitlines())
