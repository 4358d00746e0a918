"""The seal of the embedded vault: what someone with the file, but not the secrets, can do with it."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pytest

from oqtopus.adapters.local_vault import LocalVault
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.agents import AgentId
from oqtopus.errors import ConfigurationError

AGENT = AgentId("agent-1")
OTHER = AgentId("agent-2")
SECRET_KEY = "a secret key for tests only"
SALT = "a salt for tests only"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "oqtopus.db")) as opened:
        yield opened


@pytest.fixture
def vault(database: Database) -> LocalVault:
    return LocalVault(database, SECRET_KEY, SALT)


async def _execute(database: Database, statement: str) -> None:
    def run(connection: Connection) -> None:
        connection.execute(statement)

    await database.write(run)


async def test_a_restart_with_the_same_secrets_opens_the_keys(vault: LocalVault, database: Database) -> None:
    version = await vault.add(AGENT, PEM)
    database.close()

    restarted = LocalVault(database, SECRET_KEY, SALT)

    assert await restarted.private_key(AGENT, version) == PEM


@pytest.mark.parametrize(
    ("secret_key", "salt"),
    [("another secret key altogether", SALT), (SECRET_KEY, "another salt altogether"), (SALT, SECRET_KEY)],
)
async def test_wrong_secrets_are_told_from_a_missing_key_without_being_shown(
    vault: LocalVault, database: Database, secret_key: str, salt: str
) -> None:
    version = await vault.add(AGENT, PEM)

    with pytest.raises(ConfigurationError) as raised:
        await LocalVault(database, secret_key, salt).private_key(AGENT, version)

    assert "SECRET_KEY" in str(raised.value)
    assert secret_key not in str(raised.value)
    assert salt not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "agent_id", "version"),
    [
        ("agent_id = 'agent-3' WHERE agent_id = 'agent-1'", AgentId("agent-3"), "1"),
        ("version = 2 WHERE agent_id = 'agent-1'", AGENT, "2"),
        ("sealed = (SELECT sealed FROM secrets WHERE agent_id = 'agent-2')", AGENT, "1"),
        ("sealed = substr(sealed, 1, length(sealed) - 1)", AGENT, "1"),
        ("sealed = CAST(sealed || x'00' AS BLOB)", AGENT, "1"),
        ("sealed = CAST(x'00' || substr(sealed, 2) AS BLOB)", AGENT, "1"),
        ("sealed = x'00'", AGENT, "1"),
    ],
)
async def test_a_moved_or_altered_value_does_not_open(
    vault: LocalVault, database: Database, change: str, agent_id: AgentId, version: str
) -> None:
    await vault.add(AGENT, PEM)
    await vault.add(OTHER, PEM)

    await _execute(database, f"UPDATE secrets SET {change}")

    with pytest.raises(ConfigurationError):
        await vault.private_key(agent_id, version)


async def test_the_same_key_is_sealed_differently_each_time(vault: LocalVault, database: Database) -> None:
    await vault.add(AGENT, PEM)
    await vault.add(AGENT, PEM)

    assert await database.read(_different_seals) == 2


async def test_the_file_shows_nothing_of_a_key(vault: LocalVault, database: Database, tmp_path: Path) -> None:
    await vault.add(AGENT, PEM)

    files = _bytes_in(tmp_path)

    assert b"agent-1" in files
    assert not [line for line in PEM.split() if line.encode() in files]


async def test_first_calls_that_come_together_all_open(vault: LocalVault, database: Database) -> None:
    version = await vault.add(AGENT, PEM)
    restarted = LocalVault(database, SECRET_KEY, SALT)

    keys = await asyncio.gather(*(restarted.private_key(AGENT, version) for _ in range(8)))

    assert keys == [PEM] * 8


def test_the_vault_does_not_show_its_secrets(vault: LocalVault) -> None:
    assert SECRET_KEY not in repr(vault)
    assert SALT not in repr(vault)


def _bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _different_seals(connection: Connection) -> int:
    return int(connection.execute("SELECT count(DISTINCT sealed) FROM secrets").fetchone()[0])


async def test_the_check_passes_on_the_right_secrets_and_on_an_empty_vault(
    vault: LocalVault, database: Database
) -> None:
    await vault.check()
    await vault.add(AGENT, PEM)

    await LocalVault(database, SECRET_KEY, SALT).check()


async def test_the_check_refuses_wrong_secrets(vault: LocalVault, database: Database) -> None:
    await vault.add(AGENT, PEM)

    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        await LocalVault(database, "another secret key altogether", SALT).check()


FRESH = ("a fresh secret key for tests", "a fresh salt for tests")


async def test_keys_that_were_sealed_anew_open_with_the_new_secrets_only(vault: LocalVault, database: Database) -> None:
    versions = [(AGENT, await vault.add(AGENT, PEM)), (AGENT, await vault.add(AGENT, PEM)), (OTHER, "1")]
    await vault.add(OTHER, PEM)

    count = await vault.reseal(*FRESH)

    fresh = LocalVault(database, *FRESH)
    assert count == 3
    assert [await fresh.private_key(*version) for version in versions] == [PEM] * 3
    assert await vault.private_key(AGENT, "1") == PEM
    with pytest.raises(ConfigurationError):
        await LocalVault(database, SECRET_KEY, SALT).private_key(AGENT, "1")


@pytest.mark.parametrize("has_keys", [True, False])
async def test_a_process_with_the_old_secrets_adds_no_key_that_nobody_could_open(
    vault: LocalVault, database: Database, has_keys: bool
) -> None:
    stale = LocalVault(database, SECRET_KEY, SALT)
    if has_keys:
        await stale.add(AGENT, PEM)
    await vault.reseal(*FRESH)

    with pytest.raises(ConfigurationError):
        await stale.add(OTHER, PEM)

    await LocalVault(database, *FRESH).add(OTHER, PEM)


async def test_a_key_that_does_not_open_leaves_all_as_they_were(vault: LocalVault, database: Database) -> None:
    await vault.add(AGENT, PEM)
    await vault.add(OTHER, PEM)
    await _execute(database, "UPDATE secrets SET sealed = x'00' WHERE agent_id = 'agent-2'")

    with pytest.raises(ConfigurationError):
        await vault.reseal(*FRESH)

    assert await vault.private_key(AGENT, "1") == PEM


async def test_an_empty_vault_that_was_sealed_anew_knows_its_secrets(vault: LocalVault, database: Database) -> None:
    await vault.reseal(*FRESH)

    await LocalVault(database, *FRESH).check()
    with pytest.raises(ConfigurationError):
        await LocalVault(database, SECRET_KEY, SALT).check()
