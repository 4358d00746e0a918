"""The Secret Manager vault when the service, the way to it or its permissions fail."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc  # type: ignore[import-untyped]  # It has no types.
import pytest

from infra.emulators.secret_manager.server import SecretManagerDouble
from oqtopus.adapters.secret_manager import SecretManagerVault, VaultLimits
from oqtopus.domain.agents import AgentId
from oqtopus.errors import ConfigurationError, KeyNotFound, OqtopusError, Unavailable
from tests.fakes.secret_manager import client_of
from tests.fakes.system import free_ports

AGENT = AgentId("agent-1")
PROJECT = "demo-oqtopus"
SECRET = f"projects/{PROJECT}/secrets/agent-{AGENT}"
SHORT = VaultLimits(attempt=0.5, total=0.5, first_pause=0.01)

Code = grpc.StatusCode


@pytest.fixture
def double() -> Iterator[SecretManagerDouble]:
    with SecretManagerDouble() as running:
        yield running


@pytest.fixture
async def vault(double: SecretManagerDouble) -> AsyncIterator[SecretManagerVault]:
    made = SecretManagerVault(PROJECT, double.target, SHORT)
    yield made
    await made.aclose()


async def test_a_secret_is_labelled_replicated_by_google_and_checked(
    vault: SecretManagerVault, double: SecretManagerDouble
) -> None:
    await vault.add(AGENT, "the key")

    async with client_of(double.target) as client:
        secret = await client.get_secret(name=SECRET)
        version = await client.get_secret_version(name=f"{SECRET}/versions/1")
    assert dict(secret.labels) == {"app": "oqtopus"}
    assert "automatic" in secret.replication
    assert version.client_specified_payload_checksum


async def test_a_version_that_is_destroyed_or_disabled_is_not_found(
    vault: SecretManagerVault, double: SecretManagerDouble
) -> None:
    for key in ("the first key", "the second key", "the third key"):
        await vault.add(AGENT, key)
    async with client_of(double.target) as client:
        await client.destroy_secret_version(name=f"{SECRET}/versions/1")
        await client.disable_secret_version(name=f"{SECRET}/versions/2")

    for version in ("1", "2"):
        with pytest.raises(KeyNotFound):
            await vault.private_key(AGENT, version)
    assert await vault.private_key(AGENT, "3") == "the third key"


async def test_no_alias_is_ever_followed(vault: SecretManagerVault, double: SecretManagerDouble) -> None:
    await vault.add(AGENT, "the key")
    async with client_of(double.target) as client:
        aliases = {"name": SECRET, "version_aliases": {"current": 1}}
        await client.update_secret({"secret": aliases, "update_mask": {"paths": ["version_aliases"]}})

    for version in ("current", "latest", "agent-1"):
        with pytest.raises(KeyNotFound):
            await vault.private_key(AGENT, version)
    assert double.faults.calls["AccessSecretVersion"] == 0


async def test_ids_and_versions_that_cannot_be_ours_are_never_asked_for(double: SecretManagerDouble) -> None:
    vault = SecretManagerVault(PROJECT, double.target, SHORT)

    for agent_id, version in (
        ("../x", "1"),
        ("a/versions/1", "1"),
        ("a\n", "1"),
        ("", "1"),
        ("a", "1/2"),
        ("a", "1\n"),
    ):
        with pytest.raises(KeyNotFound):
            await vault.private_key(AgentId(agent_id), version)
    await vault.destroy(AgentId("../x"))

    assert not double.faults.calls


async def test_a_reply_damaged_once_is_asked_for_again(vault: SecretManagerVault, double: SecretManagerDouble) -> None:
    await vault.add(AGENT, "the key")
    double.faults.corrupt("AccessSecretVersion", times=1)

    assert await vault.private_key(AGENT, "1") == "the key"
    assert double.faults.calls["AccessSecretVersion"] == 2


async def test_a_reply_damaged_twice_is_no_key(vault: SecretManagerVault, double: SecretManagerDouble) -> None:
    await vault.add(AGENT, "the key")
    double.faults.corrupt("AccessSecretVersion")

    with pytest.raises(Unavailable):
        await vault.private_key(AGENT, "1")

    assert double.faults.calls["AccessSecretVersion"] == 2


async def test_a_key_damaged_on_its_way_there_is_not_kept(
    vault: SecretManagerVault, double: SecretManagerDouble
) -> None:
    double.faults.corrupt("AddSecretVersion", times=1)

    with pytest.raises(Unavailable):
        await vault.add(AGENT, "the key")

    assert await vault.add(AGENT, "the key") == "1"


@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.INTERNAL, Code.DEADLINE_EXCEEDED])
async def test_a_failure_that_passes_is_not_noticed(double: SecretManagerDouble, code: grpc.StatusCode) -> None:
    vault = SecretManagerVault(PROJECT, double.target, VaultLimits(first_pause=0.01))
    for method in ("CreateSecret", "AddSecretVersion", "AccessSecretVersion", "DeleteSecret"):
        double.faults.fail(method, code, times=2)

    version = await vault.add(AGENT, "the key")
    key = await vault.private_key(AGENT, version)
    await vault.destroy(AGENT)
    await vault.aclose()

    assert (version, key) == ("1", "the key")


async def test_a_service_that_stays_away_is_asked_only_while_time_is_left(
    vault: SecretManagerVault, double: SecretManagerDouble
) -> None:
    await vault.add(AGENT, "the key")
    double.faults.fail("AccessSecretVersion", Code.UNAVAILABLE)
    started_at = asyncio.get_running_loop().time()

    with pytest.raises(Unavailable):
        await vault.private_key(AGENT, "1")

    assert 2 <= double.faults.calls["AccessSecretVersion"] <= 60
    assert asyncio.get_running_loop().time() - started_at < 5


@pytest.mark.parametrize("seconds", [{"attempt": 0.05, "total": 0.3}, {"attempt": 10.0, "total": 0.2}])
async def test_a_service_that_is_too_slow_is_unavailable(
    double: SecretManagerDouble, seconds: dict[str, float]
) -> None:
    vault = SecretManagerVault(PROJECT, double.target, VaultLimits(first_pause=0.01, **seconds))
    double.faults.delay("AccessSecretVersion", 30.0)

    with pytest.raises(Unavailable):
        await vault.private_key(AGENT, "1")

    await vault.aclose()


async def test_nobody_listening_is_unavailable() -> None:
    vault = SecretManagerVault(PROJECT, f"127.0.0.1:{free_ports(1)[0]}", SHORT)

    with pytest.raises(Unavailable):
        await vault.add(AGENT, "the key")

    await vault.aclose()


async def test_a_connection_that_was_lost_is_made_again() -> None:
    with SecretManagerDouble() as first:
        vault = SecretManagerVault(PROJECT, first.target)
        await vault.add(AGENT, "the key")

    with SecretManagerDouble(int(first.target.rpartition(":")[2])):
        assert await vault.add(AGENT, "the key of another life") == "1"
        await vault.aclose()


async def test_a_repeated_addition_returns_a_version_that_holds_the_key(
    vault: SecretManagerVault, double: SecretManagerDouble
) -> None:
    double.faults.lose("AddSecretVersion", times=1)

    version = await vault.add(AGENT, "the key")

    assert version == "2"  # The first one is the spare that the lost reply left behind.
    assert await vault.private_key(AGENT, version) == "the key"


@pytest.mark.parametrize("code", [Code.PERMISSION_DENIED, Code.UNAUTHENTICATED])
@pytest.mark.parametrize(
    ("method", "permission"),
    [
        ("CreateSecret", "secretmanager.secrets.create"),
        ("AddSecretVersion", "secretmanager.versions.add"),
        ("AccessSecretVersion", "secretmanager.versions.access"),
        ("DeleteSecret", "secretmanager.secrets.delete"),
    ],
)
async def test_a_missing_permission_is_named_and_no_secret_is(
    vault: SecretManagerVault, double: SecretManagerDouble, method: str, permission: str, code: grpc.StatusCode
) -> None:
    double.faults.fail(method, code)

    with pytest.raises(ConfigurationError) as refused:
        match method:
            case "AccessSecretVersion":
                await vault.private_key(AGENT, "1")
            case "DeleteSecret":
                await vault.destroy(AGENT)
            case _:
                await vault.add(AGENT, "the key")

    assert permission in str(refused.value)
    assert AGENT not in str(refused.value)
    assert PROJECT not in str(refused.value)
    assert double.faults.calls[method] == 1


@pytest.mark.parametrize("code", [Code.UNKNOWN, Code.ABORTED, Code.DATA_LOSS, Code.UNIMPLEMENTED, Code.CANCELLED])
async def test_whatever_else_goes_wrong_is_unavailable_and_tells_nothing(
    vault: SecretManagerVault, double: SecretManagerDouble, code: grpc.StatusCode
) -> None:
    double.faults.fail("AccessSecretVersion", code)

    with pytest.raises(OqtopusError) as failed:
        await vault.private_key(AGENT, "1")

    assert type(failed.value) is Unavailable
    assert "AccessSecretVersion" not in str(failed.value)
    assert failed.value.__cause__ is None


async def test_without_credentials_the_vault_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "missing.json"))
    vault = SecretManagerVault(PROJECT, "")

    with pytest.raises(ConfigurationError, match="credentials are missing"):
        await vault.private_key(AGENT, "1")


def test_one_vault_serves_several_event_loops(double: SecretManagerDouble) -> None:
    vault = SecretManagerVault(PROJECT, double.target)

    async def add() -> str:
        try:
            return await vault.add(AGENT, "the key")
        finally:
            await vault.aclose()

    assert [asyncio.run(add()) for _ in range(3)] == ["1", "2", "3"]


async def test_calls_that_come_together_share_one_connection(
    vault: SecretManagerVault, double: SecretManagerDouble
) -> None:
    await asyncio.gather(*(vault.add(AgentId(f"agent-{number}"), "the key") for number in range(20)))

    keys = await asyncio.gather(*(vault.private_key(AgentId(f"agent-{number}"), "1") for number in range(20)))

    assert keys == ["the key"] * 20
