"""What every key vault does; a further adapter is one more entry of `VAULTS`."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest

from oqtopus.adapters.local_vault import LocalVault
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.agents import AgentId
from oqtopus.errors import KeyNotFound
from oqtopus.ports import KeyVault

AGENT = AgentId("agent-1")
OTHER = AgentId("agent-2")

MakeVault = Callable[[Path], AbstractContextManager[KeyVault]]


@contextmanager
def _local(path: Path | Literal[":memory:"]) -> Iterator[KeyVault]:
    with closing(Database(path)) as database:
        yield LocalVault(database, "a secret key for tests only", "a salt for tests only", cost=2)


VAULTS: dict[str, MakeVault] = {
    "local file": lambda home: _local(home / "oqtopus.db"),
    "local memory": lambda _: _local(":memory:"),
}


@pytest.fixture(params=VAULTS)
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyVault]:
    with VAULTS[request.param](tmp_path) as made:
        yield made


async def test_a_key_comes_back_as_it_was_given(vault: KeyVault) -> None:
    version = await vault.add(AGENT, "the first key\n")

    assert await vault.private_key(AGENT, version) == "the first key\n"


async def test_versions_count_up_and_older_ones_stay(vault: KeyVault) -> None:
    versions = [await vault.add(AGENT, "the first key"), await vault.add(AGENT, "the second key")]

    assert versions == ["1", "2"]
    assert await vault.private_key(AGENT, "1") == "the first key"
    assert await vault.private_key(AGENT, "2") == "the second key"


async def test_keys_added_at_once_get_versions_of_their_own(vault: KeyVault) -> None:
    keys = [f"key {number}" for number in range(10)]

    versions = await asyncio.gather(*(vault.add(AGENT, key) for key in keys))

    assert sorted(versions, key=int) == [str(number) for number in range(1, 11)]
    assert [await vault.private_key(AGENT, version) for version in versions] == keys


async def test_agents_have_keys_of_their_own(vault: KeyVault) -> None:
    await vault.add(AGENT, "one agent's key")
    await vault.add(OTHER, "another agent's key")

    assert await vault.private_key(AGENT, "1") == "one agent's key"
    assert await vault.private_key(OTHER, "1") == "another agent's key"


@pytest.mark.parametrize("version", ["", "0", "2", "01", " 1", "1 ", "-1", "1.0", "latest", "١"])
async def test_an_unknown_version_is_not_found(vault: KeyVault, version: str) -> None:
    await vault.add(AGENT, "the key")

    with pytest.raises(KeyNotFound):
        await vault.private_key(AGENT, version)


async def test_an_unknown_agent_has_no_key(vault: KeyVault) -> None:
    with pytest.raises(KeyNotFound):
        await vault.private_key(AGENT, "1")


async def test_destroying_removes_every_version_of_one_agent_only(vault: KeyVault) -> None:
    await vault.add(AGENT, "the first key")
    await vault.add(AGENT, "the second key")
    await vault.add(OTHER, "another agent's key")

    await vault.destroy(AGENT)

    for version in ("1", "2"):
        with pytest.raises(KeyNotFound):
            await vault.private_key(AGENT, version)
    assert await vault.private_key(OTHER, "1") == "another agent's key"


async def test_destroying_what_is_not_there_is_no_error(vault: KeyVault) -> None:
    await vault.destroy(AGENT)
    await vault.destroy(AGENT)
