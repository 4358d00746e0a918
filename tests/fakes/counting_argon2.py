"""Argon2id that is cheap and notes each hash it works out, so that work is counted instead of timed."""

from typing import Literal

import argon2
from argon2 import Parameters, extract_parameters


class CountingArgon2(argon2.PasswordHasher):
    """`worked` has the parameters of every hash made or checked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.worked: list[Parameters] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        made = super().hash(password, salt=salt)
        self.worked.append(extract_parameters(made))
        return made

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # As the base names it.
        self.worked.append(extract_parameters(hash if isinstance(hash, str) else hash.decode()))
        return super().verify(hash, password)
