"""What every key vault does; a further adapter is one more entry of `VAULTS`.

The real services take part where `OQTOPUS_TEST_SECRET_MANAGER_PROJECT` or `OQTOPUS_TEST_AWS_REGION` names a place.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Literal

import pytest

from infra.emulators.secret_manager.server import SecretManagerDouble
from oqtopus.adapters.aws_secrets_manager import AwsVault
from oqtopus.adapters.local_vault import LocalVault
from oqtopus.adapters.secret_manager import SecretManagerVault, VaultLimits
from oqtopus.adapters.sqlite.database import Database
from oqtopus.domain.agents import AgentId
from oqtopus.errors import KeyNotFound
from oqtopus.ports import KeyVault
from tests.fakes.aws import ONE_AT_A_TIME, REGION, moto_in_process, moto_server

# Tables that a test goes through by itself: opening each vault anew for each entry would take a minute.
UNKNOWN_VERSIONS = (
    *("", "0", "2", "01", "-1", "+1", "1.0", "1e0", "0x1", "1_0", "9" * 18, "9" * 40),
    *(" 1", "1 ", "1\n", "\t1", "1\x00", "١", "１", "²", "①"),  # Digits to Python, but none of ours.
    *("latest", "LATEST", "newest", "v1", "AWSCURRENT", "AWSPREVIOUS", "current", "*", "-"),
    *("..", "../1", "1/", "/1", "1/../1", "1:access", "%31", "1?", "1#"),
)
HOSTILE_AGENT_IDS = (
    *("", "{0}\n", "{0} ", " {0}", "{0}\x00", "{0}*", "../{0}", "x/../{0}", "{0}/versions/1", "{0}%2F"),
    *("*", "-", "..", "ключ", "x" * 65),
)

MakeVault = Callable[[pytest.FixtureRequest], AbstractContextManager[KeyVault]]


@contextmanager
def _local(path: Path | Literal[":memory:"]) -> Iterator[KeyVault]:
    with closing(Database(path)) as database:
        yield LocalVault(database, "a secret key for tests only", "a salt for tests only", cost=2)


@contextmanager
def _secret_manager_double() -> Iterator[KeyVault]:
    with SecretManagerDouble() as double:
        yield SecretManagerVault("demo-oqtopus", double.target)


@contextmanager
def _aws_in_process() -> Iterator[KeyVault]:
    with moto_in_process():
        yield AwsVault(REGION, None, ONE_AT_A_TIME)


@contextmanager
def _aws_server(endpoint: str) -> Iterator[KeyVault]:
    yield AwsVault(REGION, endpoint, ONE_AT_A_TIME)


@contextmanager
def _real_secret_manager(project: str) -> Iterator[KeyVault]:
    # Secret Manager takes two new versions a second of one secret; ten at once need their time.
    yield SecretManagerVault(project, "", VaultLimits(attempt=10.0, total=60.0, first_pause=1.0))


@contextmanager
def _real_aws(region: str) -> Iterator[KeyVault]:
    yield AwsVault(region, None)


VAULTS: dict[str, MakeVault] = {
    "local file": lambda request: _local(request.getfixturevalue("tmp_path") / "oqtopus.db"),
    "local memory": lambda _: _local(":memory:"),
    "secret manager double": lambda _: _secret_manager_double(),
    "aws in process": lambda _: _aws_in_process(),
    "aws server": lambda request: _aws_server(request.getfixturevalue("aws_endpoint")),
}
if "OQTOPUS_TEST_SECRET_MANAGER_PROJECT" in os.environ:
    VAULTS["real secret manager"] = lambda _: _real_secret_manager(os.environ["OQTOPUS_TEST_SECRET_MANAGER_PROJECT"])
if "OQTOPUS_TEST_AWS_REGION" in os.environ:
    VAULTS["real aws"] = lambda _: _real_aws(os.environ["OQTOPUS_TEST_AWS_REGION"])


@pytest.fixture(scope="module")
def aws_endpoint() -> Iterator[str]:
    with moto_server() as endpoint:
        yield endpoint


@pytest.fixture(params=VAULTS)
async def vault(request: pytest.FixtureRequest) -> AsyncIterator[KeyVault]:
    with VAULTS[request.param](request) as made:
        yield made
        await made.aclose()


@pytest.fixture
async def agent(vault: KeyVault) -> AsyncIterator[AgentId]:
    """An agent that no other run knows, and whose keys go with the test: the real services keep everything."""
    agent_id = AgentId(f"test-{secrets.token_hex(8)}")
    yield agent_id
    await vault.destroy(agent_id)


@pytest.fixture
async def other(vault: KeyVault) -> AsyncIterator[AgentId]:
    agent_id = AgentId(f"test-{secrets.token_hex(8)}")
    yield agent_id
    await vault.destroy(agent_id)


async def test_a_key_comes_back_as_it_was_given(vault: KeyVault, agent: AgentId) -> None:
    version = await vault.add(agent, "the first key\n")

    assert await vault.private_key(agent, version) == "the first key\n"


async def test_a_key_may_hold_any_character(vault: KeyVault, agent: AgentId) -> None:
    key = " clé\r\nключ\tمفتاح 🔑 \u2028 \\ \"quoted\" 'single'\n\n"

    version = await vault.add(agent, key)

    assert await vault.private_key(agent, version) == key


async def test_a_key_may_be_60_kib_long(vault: KeyVault, agent: AgentId) -> None:
    key = "0123456789abcde\n" * (60 * 64)

    version = await vault.add(agent, key)

    assert await vault.private_key(agent, version) == key


async def test_versions_count_up_and_older_ones_stay(vault: KeyVault, agent: AgentId) -> None:
    versions = [await vault.add(agent, f"key {number}") for number in (1, 2, 3)]

    assert versions == ["1", "2", "3"]
    assert [await vault.private_key(agent, version) for version in versions] == ["key 1", "key 2", "key 3"]


async def test_keys_added_at_once_get_versions_of_their_own(vault: KeyVault, agent: AgentId) -> None:
    keys = [f"key {number}" for number in range(10)]

    versions = await asyncio.gather(*(vault.add(agent, key) for key in keys))

    assert sorted(versions, key=int) == [str(number) for number in range(1, 11)]
    assert [await vault.private_key(agent, version) for version in versions] == keys


async def test_agents_have_keys_of_their_own(vault: KeyVault, agent: AgentId, other: AgentId) -> None:
    await vault.add(agent, "one agent's key")
    await vault.add(other, "another agent's key")

    assert await vault.private_key(agent, "1") == "one agent's key"
    assert await vault.private_key(other, "1") == "another agent's key"


async def test_an_unknown_version_is_not_found(vault: KeyVault, agent: AgentId) -> None:
    await vault.add(agent, "the key")

    for version in UNKNOWN_VERSIONS:
        with pytest.raises(KeyNotFound):
            print(f"version {version!r} gave", await vault.private_key(agent, version))


async def test_an_unknown_agent_has_no_key(vault: KeyVault, agent: AgentId) -> None:
    with pytest.raises(KeyNotFound):
        await vault.private_key(agent, "1")


async def test_a_hostile_agent_id_finds_no_key_and_destroys_none(vault: KeyVault, agent: AgentId) -> None:
    await vault.add(agent, "the key")

    for hostile in (AgentId(pattern.format(agent)) for pattern in HOSTILE_AGENT_IDS):
        with pytest.raises(KeyNotFound):
            print(f"agent {hostile!r} has", await vault.private_key(hostile, "1"))
        await vault.destroy(hostile)

    assert await vault.private_key(agent, "1") == "the key"


async def test_the_versions_that_hold_a_key_are_told_oldest_first(vault: KeyVault, agent: AgentId) -> None:
    before = await vault.versions(agent)
    for number in range(1, 12):
        await vault.add(agent, f"key {number}")

    assert (before, await vault.versions(agent)) == ([], [str(number) for number in range(1, 12)])


@pytest.mark.parametrize("gone", ["1", "2", "3"])
async def test_one_version_is_destroyed_and_the_others_stay(vault: KeyVault, agent: AgentId, gone: str) -> None:
    for number in (1, 2, 3):
        await vault.add(agent, f"key {number}")

    await vault.destroy_version(agent, gone)
    await vault.destroy_version(agent, gone)

    with pytest.raises(KeyNotFound):
        await vault.private_key(agent, gone)
    left = [version for version in ("1", "2", "3") if version != gone]
    assert await vault.versions(agent) == left
    assert [await vault.private_key(agent, version) for version in left] == [f"key {version}" for version in left]


async def test_a_destroyed_version_is_never_given_to_another_key(vault: KeyVault, agent: AgentId) -> None:
    for number in (1, 2, 3):
        await vault.add(agent, f"key {number}")
    await vault.destroy_version(agent, "3")
    await vault.destroy_version(agent, "1")

    added = await vault.add(agent, "key 4")

    assert added not in ("1", "2", "3")
    assert await vault.versions(agent) == ["2", added]
    assert await vault.private_key(agent, added) == "key 4"
    assert await vault.private_key(agent, "2") == "key 2"


async def test_versions_that_are_not_there_are_destroyed_without_a_word(vault: KeyVault, agent: AgentId) -> None:
    await vault.destroy_version(agent, "1")
    await vault.add(agent, "the only key")

    for version in UNKNOWN_VERSIONS:
        await vault.destroy_version(agent, version)
    for hostile in HOSTILE_AGENT_IDS:
        await vault.destroy_version(AgentId(hostile.format(agent)), "1")
        assert await vault.versions(AgentId(hostile.format(agent))) == []

    assert await vault.private_key(agent, "1") == "the only key"


async def test_destroying_removes_every_version_of_one_agent_only(
    vault: KeyVault, agent: AgentId, other: AgentId
) -> None:
    await vault.add(agent, "the first key")
    await vault.add(agent, "the second key")
    await vault.add(other, "another agent's key")

    await vault.destroy(agent)

    for version in ("1", "2"):
        with pytest.raises(KeyNotFound):
            await vault.private_key(agent, version)
    assert await vault.private_key(other, "1") == "another agent's key"


async def test_destroying_what_is_not_there_is_no_error(vault: KeyVault, agent: AgentId) -> None:
    await vault.destroy(agent)
    await vault.destroy(agent)


async def test_a_vault_that_is_in_order_passes_its_check(vault: KeyVault, agent: AgentId) -> None:
    await vault.add(agent, "the key")

    await vault.check()


async def test_a_closed_vault_opens_anew(vault: KeyVault, agent: AgentId) -> None:
    await vault.add(agent, "the key")

    await vault.aclose()
    await vault.aclose()

    assert await vault.private_key(agent, "1") == "the key"
