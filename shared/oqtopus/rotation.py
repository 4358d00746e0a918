"""New secrets for the embedded mode: `<home>/secrets.env` changes and the vault's keys are sealed anew.

The new secrets are on disk before the keys are sealed with them, and take the old ones' place only when the sealed keys
are on disk too. Whatever interrupts it, one of the two files opens the vault, and `finish` goes on from there.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from oqtopus.adapters.local_vault import SCRYPT_COST, LocalVault
from oqtopus.adapters.sqlite.database import Database
from oqtopus.bootstrap import DATABASE_NAME
from oqtopus.errors import ConfigurationError

SECRETS_NAME = "secrets.env"
_NEXT_NAME = "secrets.env.next"


def kept_secrets(home: Path) -> Mapping[str, str]:
    """The variables in the file of secrets; none where there is no such file."""
    return _variables(home / SECRETS_NAME)


async def rotate(home: Path, cost: int = SCRYPT_COST) -> int:
    """New secrets, also when an earlier rotation is found unfinished; how many keys were sealed anew."""
    if not kept_secrets(home):
        raise ConfigurationError(f"There is no {SECRETS_NAME} in {home}: the secrets are not kept there.")
    with _alone(home):
        await _finish(home, cost)
        return await _rotate(home, cost)


async def _rotate(home: Path, cost: int) -> int:
    kept = kept_secrets(home)
    fresh = {**kept, "SECRET_KEY": secrets.token_hex(32), "PK_ENCRYPTION_SALT": secrets.token_hex(16)}
    _write(home / _NEXT_NAME, "".join(f"{name}={value}\n" for name, value in fresh.items()))
    return await _completed(home, kept, fresh, cost)


async def finish(home: Path, cost: int = SCRYPT_COST) -> bool:
    """Complete a rotation that was interrupted; whether there was one. To be called before the secrets are read."""
    if not (home / _NEXT_NAME).exists():
        return False
    with _alone(home):
        return await _finish(home, cost)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time: another's rotation under way must not be taken for an interrupted one."""
    with (home / ".rotation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def _finish(home: Path, cost: int) -> bool:
    fresh = _variables(home / _NEXT_NAME)
    if not fresh:
        return False
    await _completed(home, kept_secrets(home), fresh, cost)
    return True


async def _completed(home: Path, kept: Mapping[str, str], fresh: Mapping[str, str], cost: int) -> int:
    path = home / DATABASE_NAME
    with closing(Database(path)) as database:
        count = 0 if await _opens(database, fresh, cost) else await _resealed(home, database, kept, fresh, cost)
    _flush_to_disk(path)
    (home / _NEXT_NAME).replace(home / SECRETS_NAME)
    _sync_folder(home)
    return count


async def _resealed(
    home: Path, database: Database, kept: Mapping[str, str], fresh: Mapping[str, str], cost: int
) -> int:
    vault = LocalVault(database, kept["SECRET_KEY"], kept["PK_ENCRYPTION_SALT"], cost)
    try:
        return await vault.reseal(fresh["SECRET_KEY"], fresh["PK_ENCRYPTION_SALT"])
    except ConfigurationError:
        # A key that does not open stops this rotation, and must not stop every start after it.
        (home / _NEXT_NAME).unlink()
        raise


async def _opens(database: Database, variables: Mapping[str, str], cost: int) -> bool:
    """Whether the vault is sealed with these secrets; one that was never sealed anew and is empty counts as not."""
    vault = LocalVault(database, variables["SECRET_KEY"], variables["PK_ENCRYPTION_SALT"], cost)
    try:
        await vault.check()
    except ConfigurationError:
        return False
    return await vault.is_sealed()


def _flush_to_disk(path: Path) -> None:
    """A commit in WAL mode may be lost with the power until a checkpoint has put it on disk."""
    with closing(sqlite3.connect(path, timeout=5.0)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _variables(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _write(path: Path, text: str) -> None:
    """For its owner alone, and as a whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
