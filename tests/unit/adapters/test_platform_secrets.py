"""The installation's secrets, by Google's own client on our double of Secret Manager."""

from collections.abc import Iterator

import grpc  # type: ignore[import-untyped]  # It has no types.
import pytest
from google.cloud.secretmanager_v1 import Replication, Secret, SecretManagerServiceClient, SecretPayload
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

from infra.emulators.secret_manager.server import SecretManagerDouble
from oqtopus.adapters.platform_secrets import PlatformSecrets
from oqtopus.errors import ConfigurationError, Unavailable

PROJECT = "projects/ours"


@pytest.fixture
def double() -> Iterator[SecretManagerDouble]:
    """Holds `SECRET_KEY` in two versions."""
    with SecretManagerDouble() as started:
        keep(started, "SECRET_KEY", b"the first value", b"the second value\n")
        yield started


def keep(double: SecretManagerDouble, name: str, *values: bytes) -> None:
    with grpc.insecure_channel(double.target) as channel:
        client = SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))
        secret = Secret(replication=Replication(automatic=Replication.Automatic()))
        client.create_secret(parent=PROJECT, secret_id=name, secret=secret)
        for value in values:
            client.add_secret_version(parent=f"{PROJECT}/secrets/{name}", payload=SecretPayload(data=value))


def secrets(double: SecretManagerDouble) -> PlatformSecrets:
    return PlatformSecrets("ours", double.target, total_seconds=0.5)


def test_the_latest_value_is_read_without_the_line_break_that_a_shell_leaves(double: SecretManagerDouble) -> None:
    assert secrets(double).values({"SECRET_KEY": "latest"}) == {"SECRET_KEY": "the second value"}


def test_a_version_that_is_named_is_the_one_that_is_read(double: SecretManagerDouble) -> None:
    assert secrets(double).values({"SECRET_KEY": "1"}) == {"SECRET_KEY": "the first value"}


@pytest.mark.parametrize("values", [(), (b"\xff\xfe",)])
def test_a_secret_without_a_value_is_named(double: SecretManagerDouble, values: tuple[bytes, ...]) -> None:
    keep(double, "GEMINI_API_KEY", *values)

    with pytest.raises(ConfigurationError, match="GEMINI_API_KEY"):
        secrets(double).values({"SECRET_KEY": "latest", "GEMINI_API_KEY": "latest"})


@pytest.mark.parametrize(("name", "version"), [("GEMINI_API_KEY", "latest"), ("SECRET_KEY", "7")])
def test_a_secret_that_is_not_there_is_named_and_so_is_the_version(
    double: SecretManagerDouble, name: str, version: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} is missing.*\b{version}\b"):
        secrets(double).values({name: version})


def test_a_secret_that_may_not_be_read_is_named(double: SecretManagerDouble) -> None:
    double.faults.fail("AccessSecretVersion", grpc.StatusCode.PERMISSION_DENIED)

    with pytest.raises(ConfigurationError, match="SECRET_KEY cannot be read"):
        secrets(double).values({"SECRET_KEY": "latest"})


def test_an_outage_that_passes_is_waited_for(double: SecretManagerDouble) -> None:
    double.faults.fail("AccessSecretVersion", grpc.StatusCode.UNAVAILABLE, times=1)

    assert secrets(double).values({"SECRET_KEY": "1"}) == {"SECRET_KEY": "the first value"}


def test_an_outage_that_stays_is_not_a_wrong_configuration(double: SecretManagerDouble) -> None:
    double.faults.fail("AccessSecretVersion", grpc.StatusCode.UNAVAILABLE)

    with pytest.raises(Unavailable):
        secrets(double).values({"SECRET_KEY": "latest"})


def test_a_damaged_value_is_not_used(double: SecretManagerDouble) -> None:
    double.faults.corrupt("AccessSecretVersion")

    with pytest.raises(Unavailable, match="damaged"):
        secrets(double).values({"SECRET_KEY": "latest"})
