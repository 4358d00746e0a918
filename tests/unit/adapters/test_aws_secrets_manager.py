"""The vault on AWS Secrets Manager: its versions and labels, and what becomes of AWS's failures."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]  # It has no types.
import pytest

from oqtopus.adapters.aws import AwsLimits
from oqtopus.adapters.aws_secrets_manager import KEPT_VERSIONS, AwsVault
from oqtopus.domain.agents import AgentId
from oqtopus.errors import ConfigurationError, KeyNotFound, Unavailable
from tests.fakes.aws import CREDENTIALS, ONE_AT_A_TIME, REGION, dummy_credentials, failing_aws, moto_in_process
from tests.fakes.system import free_ports

AGENT = AgentId("agent-1")
NAME = f"oqtopus/agents/{AGENT}"
IMPATIENT = AwsLimits(connect_seconds=0.2, read_seconds=0.2, attempts=1, total_seconds=2.0)

MOST_LABELS = 20  # AWS's quota over all versions of a secret.


@pytest.fixture
def aws() -> Iterator[Any]:  # boto3 makes its client classes at run time.
    with moto_in_process():
        client = boto3.client("secretsmanager", region_name=REGION)
        yield client
        client.close()


@pytest.fixture
async def vault(aws: Any) -> AsyncIterator[AwsVault]:  # As in `aws`.
    made = AwsVault(REGION, None, ONE_AT_A_TIME)
    yield made
    await made.aclose()


# moto gives a new version only the labels that it is told, as AWS does, but it keeps versions that have none, and it
# lets a secret have any number of labels. A version that takes AWSCURRENT would lose the one before all its labels,
# which is moto's own way; no version here takes it but the first.
async def test_every_version_has_a_label_so_that_aws_keeps_it(vault: AwsVault, aws: Any) -> None:
    for number in (1, 2, 3):
        await vault.add(AGENT, f"key {number}")

    described = aws.describe_secret(SecretId=NAME)

    labels = sorted(label for labels in described["VersionIdsToStages"].values() for label in labels)
    assert labels == ["AWSCURRENT", "v2", "v3"]
    assert described["Tags"] == [{"Key": "app", "Value": "oqtopus"}]


async def test_many_versions_stay_within_the_labels_that_aws_allows(vault: AwsVault, aws: Any) -> None:
    # moto knows no such quota and keeps versions without a label, so the labels are counted here.
    for number in range(1, 26):
        assert await vault.add(AGENT, f"key {number}") == str(number)

    stages = aws.describe_secret(SecretId=NAME)["VersionIdsToStages"].values()

    labels = {label for labels in stages for label in labels}
    assert len(labels) < MOST_LABELS
    assert {f"v{number}" for number in range(25 - KEPT_VERSIONS, 26)} <= labels
    assert await vault.private_key(AGENT, "25") == "key 25"


async def test_the_same_first_key_twice_is_one_version(vault: AwsVault) -> None:
    # So is any addition that the SDK repeats because a reply was lost.
    assert [await vault.add(AGENT, "the key"), await vault.add(AGENT, "the key")] == ["1", "1"]


async def test_a_secret_that_waits_for_its_deletion_holds_no_key(vault: AwsVault, aws: Any) -> None:
    await vault.add(AGENT, "the key")
    aws.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)

    # AWS takes no new version either, which would be `Unavailable`; moto takes it.
    with pytest.raises(KeyNotFound):
        await vault.private_key(AGENT, "1")


async def test_destroying_leaves_nothing_to_recover(vault: AwsVault, aws: Any) -> None:
    await vault.add(AGENT, "the key")

    await vault.destroy(AGENT)

    assert aws.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


async def test_ids_and_versions_that_cannot_be_ours_are_never_asked_for() -> None:
    with failing_aws(400, "AccessDeniedException") as server:
        vault = AwsVault(REGION, server.url, IMPATIENT)
        for agent_id, version in (
            ("../x", "1"),
            ("a/b", "1"),
            ("a\n", "1"),
            ("", "1"),
            ("a", "AWSCURRENT"),
            ("a", "1 "),
        ):
            with pytest.raises(KeyNotFound):
                await vault.private_key(AgentId(agent_id), version)
        await vault.destroy(AgentId("../x"))

        assert server.calls == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ThrottlingException"),
        (400, "LimitExceededException"),
        (400, "DecryptionFailure"),
        (500, "InternalServiceError"),
        (503, "ServiceUnavailable"),
    ],
)
async def test_what_aws_cannot_do_now_is_unavailable(status: int, code: str) -> None:
    with failing_aws(status, code) as server:
        vault = AwsVault(REGION, server.url, IMPATIENT)

        for call in (vault.add(AGENT, "the key"), vault.private_key(AGENT, "1"), vault.destroy(AGENT)):
            with pytest.raises(Unavailable) as failed:
                await call
            assert "secret words" not in str(failed.value)
        await vault.aclose()


async def test_a_throttled_call_is_tried_a_second_time_and_no_more() -> None:
    limits = AwsLimits(connect_seconds=0.5, read_seconds=0.5)
    with failing_aws(400, "ThrottlingException") as server:
        vault = AwsVault(REGION, server.url, limits)

        with pytest.raises(Unavailable):
            await vault.private_key(AGENT, "1")

        assert server.calls == 2
        await vault.aclose()


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException"])
async def test_a_missing_permission_is_named_and_no_secret_is(code: str) -> None:
    with failing_aws(400, code) as server:
        vault = AwsVault(REGION, server.url, IMPATIENT)

        with pytest.raises(ConfigurationError, match="get_secret_value") as refused:
            await vault.private_key(AGENT, "1")

        assert AGENT not in str(refused.value)
        assert "secret words" not in str(refused.value)
        await vault.aclose()


async def test_nobody_listening_is_unavailable() -> None:
    vault = AwsVault(REGION, f"http://127.0.0.1:{free_ports(1)[0]}", IMPATIENT)

    with dummy_credentials(), pytest.raises(Unavailable):
        await vault.private_key(AGENT, "1")


@pytest.mark.parametrize(
    "limits", [IMPATIENT, AwsLimits(attempts=1, total_seconds=0.3)], ids=["by the SDK", "by the whole call's time"]
)
async def test_a_service_that_is_too_slow_is_unavailable(limits: AwsLimits) -> None:
    with failing_aws(500, "InternalServiceError") as server:
        server.hold()
        vault = AwsVault(REGION, server.url, limits)

        with pytest.raises(Unavailable):
            await vault.private_key(AGENT, "1")

        server.release()
        await vault.aclose()


async def test_the_event_loop_goes_on_while_aws_is_waited_for() -> None:
    with failing_aws(400, "ResourceNotFoundException") as server:
        server.hold()
        vault = AwsVault(REGION, server.url, AwsLimits(attempts=1))
        waiting = asyncio.create_task(vault.private_key(AGENT, "1"))

        # If the call held the event loop, nobody would ever let it go on.
        await asyncio.to_thread(server.asked.wait, 10)
        server.release()

        with pytest.raises(KeyNotFound):
            await waiting
        await vault.aclose()


async def test_without_credentials_the_vault_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "missing"))
    vault = AwsVault(REGION, f"http://127.0.0.1:{free_ports(1)[0]}", IMPATIENT)

    with pytest.raises(ConfigurationError, match="credentials"):
        await vault.private_key(AGENT, "1")


async def test_without_a_region_the_vault_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "missing"))
    vault = AwsVault("", None, IMPATIENT)

    with dummy_credentials(), pytest.raises(ConfigurationError, match="AWS_REGION"):
        await vault.private_key(AGENT, "1")


def test_one_vault_serves_several_event_loops(aws: Any) -> None:
    vault = AwsVault(REGION, None, ONE_AT_A_TIME)

    async def add(key: str) -> str:
        try:
            return await vault.add(AGENT, key)
        finally:
            await vault.aclose()

    assert [asyncio.run(add(key)) for key in ("the first key", "the second key")] == ["1", "2"]
