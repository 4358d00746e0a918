"""The double of Secret Manager answers as the real service does, in values, states and statuses."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator

import google_crc32c
import grpc  # type: ignore[import-untyped]  # It has no types.
import pytest
from google.api_core import exceptions
from google.cloud import secretmanager_v1 as sm
from google.iam.v1.policy_pb2 import Binding, Policy  # type: ignore[import-untyped]  # It has no types.

from infra.emulators.processes import wait_for_port
from infra.emulators.secret_manager.server import SecretManagerDouble
from tests.fakes.secret_manager import client_of
from tests.fakes.system import free_ports

PROJECT = "projects/demo-oqtopus"
SECRET = f"{PROJECT}/secrets/a-secret"
FIRST = f"{SECRET}/versions/1"
AUTOMATIC = {"replication": {"automatic": {}}, "labels": {"app": "oqtopus"}}
A_SECRET = {"parent": PROJECT, "secret_id": "a-secret", "secret": AUTOMATIC}
State = sm.SecretVersion.State
Client = sm.SecretManagerServiceAsyncClient


@pytest.fixture
def double() -> Iterator[SecretManagerDouble]:
    with SecretManagerDouble() as running:
        yield running


@pytest.fixture
async def client(double: SecretManagerDouble) -> AsyncIterator[Client]:
    async with client_of(double.target) as connected:
        yield connected


@pytest.fixture
async def secret(client: Client) -> sm.Secret:
    return await client.create_secret(A_SECRET)


async def add(client: Client, data: bytes) -> sm.SecretVersion:
    return await client.add_secret_version({"parent": SECRET, "payload": {"data": data}})


async def test_a_secret_is_kept_as_it_was_made(client: Client, secret: sm.Secret) -> None:
    found = await client.get_secret(name=SECRET)

    assert found == secret
    assert dict(found.labels) == {"app": "oqtopus"}
    assert found.etag.startswith('"')
    assert found.create_time is not None


async def test_names_come_back_with_the_projects_number_which_works_as_well(client: Client, secret: sm.Secret) -> None:
    assert secret.name.split("/")[1].isdecimal()

    assert await client.get_secret(name=secret.name) == secret


async def test_a_secret_that_is_there_already_is_refused(client: Client, secret: sm.Secret) -> None:
    with pytest.raises(exceptions.AlreadyExists):
        await client.create_secret(A_SECRET)


@pytest.mark.parametrize(
    ("parent", "secret_id", "given"),
    [
        (PROJECT, "", AUTOMATIC),
        (PROJECT, "a/b", AUTOMATIC),
        (PROJECT, "a.b", AUTOMATIC),
        (PROJECT, "x" * 256, AUTOMATIC),
        ("folders/1", "a-secret", AUTOMATIC),
        (PROJECT, "a-secret", {}),
        (PROJECT, "a-secret", AUTOMATIC | {"labels": {"Upper": "case"}}),
        (PROJECT, "a-secret", AUTOMATIC | {"version_aliases": {"1st": 1}}),
    ],
)
async def test_a_malformed_secret_is_an_invalid_argument(
    client: Client, parent: str, secret_id: str, given: dict[str, object]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        await client.create_secret({"parent": parent, "secret_id": secret_id, "secret": given})


async def test_what_the_double_does_not_keep_is_refused_and_not_dropped(client: Client) -> None:
    expiring = AUTOMATIC | {"ttl": {"seconds": 60}}

    with pytest.raises(exceptions.MethodNotImplemented):
        await client.create_secret({"parent": PROJECT, "secret_id": "a-secret", "secret": expiring})


async def test_a_secret_is_deleted_with_its_versions(client: Client, secret: sm.Secret) -> None:
    await add(client, b"data")

    await client.delete_secret(name=SECRET)

    for call in (client.get_secret(name=SECRET), client.access_secret_version(name=FIRST)):
        with pytest.raises(exceptions.NotFound):
            await call


async def test_what_is_not_there_is_not_found(client: Client) -> None:
    calls = (
        client.get_secret(name=SECRET),
        client.delete_secret(name=SECRET),
        client.update_secret({"secret": {"name": SECRET}, "update_mask": {"paths": ["labels"]}}),
        client.list_secret_versions(parent=SECRET),
        client.access_secret_version(name=FIRST),
        client.get_secret_version(name=FIRST),
        client.destroy_secret_version(name=FIRST),
        client.get_iam_policy({"resource": SECRET}),
        add(client, b"data"),
    )

    for call in calls:
        with pytest.raises(exceptions.NotFound):
            await call


async def test_only_masked_fields_change_and_the_etag_with_them(client: Client, secret: sm.Secret) -> None:
    change = {"name": SECRET, "labels": {"app": "other"}, "annotations": {"note": "kept out"}}

    changed = await client.update_secret({"secret": change, "update_mask": {"paths": ["labels"]}})

    assert dict(changed.labels) == {"app": "other"}
    assert not changed.annotations
    assert changed.etag != secret.etag
    assert await client.get_secret(name=SECRET) == changed


@pytest.mark.parametrize("paths", [[], ["name"], ["replication"], ["no_such_field"]])
async def test_a_mask_must_name_what_can_be_changed(client: Client, secret: sm.Secret, paths: list[str]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        await client.update_secret({"secret": {"name": SECRET}, "update_mask": {"paths": paths}})


async def test_a_stale_etag_changes_and_deletes_nothing(client: Client, secret: sm.Secret) -> None:
    fresh = await client.update_secret({"secret": {"name": SECRET}, "update_mask": {"paths": ["labels"]}})

    with pytest.raises(exceptions.FailedPrecondition):
        await client.update_secret({"secret": secret, "update_mask": {"paths": ["labels"]}})
    with pytest.raises(exceptions.FailedPrecondition):
        await client.delete_secret({"name": SECRET, "etag": secret.etag})
    await client.delete_secret({"name": SECRET, "etag": fresh.etag})


async def test_secrets_are_listed_by_label_and_project_in_pages(client: Client) -> None:
    for number in range(5):
        labels = {"app": "oqtopus" if number % 2 == 0 else "other", "size": "small"}
        await client.create_secret(A_SECRET | {"secret_id": f"s{number}", "secret": AUTOMATIC | {"labels": labels}})
    await client.create_secret(A_SECRET | {"parent": "projects/elsewhere"})

    async def ids(wanted: str) -> list[str]:
        found = await client.list_secrets({"parent": PROJECT, "filter": wanted, "page_size": 2})
        return [one.name.rpartition("/")[2] async for one in found]

    assert await ids("") == ["s4", "s3", "s2", "s1", "s0"]
    assert await ids("labels.app=oqtopus") == ["s4", "s2", "s0"]
    assert await ids("labels.app:other AND labels.size:*") == ["s3", "s1"]
    assert await ids("labels.none:*") == []


@pytest.mark.parametrize("request_", [{"filter": "name:x"}, {"page_size": -1}, {"page_token": "none of ours"}])
async def test_a_list_that_cannot_be_given_is_an_invalid_argument(client: Client, request_: dict[str, object]) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        await client.list_secrets({"parent": PROJECT, **request_})


async def test_versions_count_up_and_are_listed_newest_first(client: Client, secret: sm.Secret) -> None:
    names = [(await add(client, data)).name for data in (b"one", b"two", b"three")]

    assert [name.rpartition("/")[2] for name in names] == ["1", "2", "3"]
    listed = await client.list_secret_versions({"parent": SECRET, "page_size": 2})
    assert [version.name async for version in listed] == names[::-1]


async def test_versions_are_listed_by_state(client: Client, secret: sm.Secret) -> None:
    for data in (b"one", b"two"):
        await add(client, data)
    await client.disable_secret_version(name=FIRST)

    listed = await client.list_secret_versions({"parent": SECRET, "filter": "state:DISABLED"})

    assert [version.name.rpartition("/")[2] async for version in listed] == ["1"]


async def test_data_comes_back_with_its_checksum(client: Client, secret: sm.Secret) -> None:
    version = await add(client, b"the data")

    reply = await client.access_secret_version(name=FIRST)

    assert (reply.name, reply.payload.data) == (version.name, b"the data")
    assert reply.payload.data_crc32c == google_crc32c.value(b"the data")


async def test_a_version_says_whether_its_checksum_was_given(client: Client, secret: sm.Secret) -> None:
    payload = {"data": b"x", "data_crc32c": google_crc32c.value(b"x")}

    checked = await client.add_secret_version({"parent": SECRET, "payload": payload})
    unchecked = await add(client, b"x")

    assert checked.client_specified_payload_checksum
    assert not unchecked.client_specified_payload_checksum


@pytest.mark.parametrize(
    "payload",
    [{"data": b""}, {"data": b"x" * 65_537}, {"data": b"x", "data_crc32c": 1}, {"data": b"x", "data_crc32c": 0}],
)
async def test_a_payload_that_breaks_the_rules_makes_no_version(
    client: Client, secret: sm.Secret, payload: dict[str, object]
) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        await client.add_secret_version({"parent": SECRET, "payload": payload})

    with pytest.raises(exceptions.NotFound):
        await client.get_secret_version(name=FIRST)


async def test_a_payload_may_have_64_kib(client: Client, secret: sm.Secret) -> None:
    await add(client, b"x" * 65_536)

    assert len((await client.access_secret_version(name=FIRST)).payload.data) == 65_536


async def test_versions_are_found_by_number_alias_and_latest(client: Client, secret: sm.Secret) -> None:
    for data in (b"one", b"two", b"three"):
        await add(client, data)
    aliases = {"name": SECRET, "version_aliases": {"current": 2}}
    await client.update_secret({"secret": aliases, "update_mask": {"paths": ["version_aliases"]}})

    replies = [await client.access_secret_version(name=f"{SECRET}/versions/{at}") for at in ("1", "current", "latest")]

    assert [reply.payload.data for reply in replies] == [b"one", b"two", b"three"]
    assert replies[1].name.endswith("/versions/2")


@pytest.mark.parametrize("version", ["4", "0", "previous"])
async def test_an_unknown_version_is_not_found(client: Client, secret: sm.Secret, version: str) -> None:
    await add(client, b"one")

    with pytest.raises(exceptions.NotFound):
        await client.access_secret_version(name=f"{SECRET}/versions/{version}")


@pytest.mark.parametrize("version", ["", "1.0", "a b", "1/2"])
async def test_a_malformed_version_name_is_an_invalid_argument(client: Client, secret: sm.Secret, version: str) -> None:
    with pytest.raises(exceptions.InvalidArgument):
        await client.access_secret_version(name=f"{SECRET}/versions/{version}")


async def test_a_disabled_version_is_closed_until_it_is_enabled(client: Client, secret: sm.Secret) -> None:
    added = await add(client, b"one")

    disabled = await client.disable_secret_version(name=FIRST)

    assert (disabled.state, disabled.etag != added.etag) == (State.DISABLED, True)
    with pytest.raises(exceptions.FailedPrecondition):
        await client.access_secret_version(name=FIRST)
    assert (await client.enable_secret_version(name=FIRST)).state == State.ENABLED
    assert (await client.access_secret_version(name=FIRST)).payload.data == b"one"


async def test_a_destroyed_version_is_listed_but_never_opens_again(client: Client, secret: sm.Secret) -> None:
    await add(client, b"one")

    destroyed = await client.destroy_secret_version(name=FIRST)

    assert (destroyed.state, destroyed.destroy_time is not None) == (State.DESTROYED, True)
    assert (await client.get_secret_version(name=FIRST)).state == State.DESTROYED
    for call in (client.access_secret_version, client.enable_secret_version, client.destroy_secret_version):
        with pytest.raises(exceptions.FailedPrecondition):
            await call(name=FIRST)


async def test_a_stale_etag_changes_no_version(client: Client, secret: sm.Secret) -> None:
    stale = (await add(client, b"one")).etag
    await client.disable_secret_version(name=FIRST)

    with pytest.raises(exceptions.FailedPrecondition):
        await client.destroy_secret_version({"name": FIRST, "etag": stale})

    assert (await client.get_secret_version(name=FIRST)).state == State.DISABLED


async def test_a_policy_is_kept_and_a_stale_one_is_aborted(client: Client, secret: sm.Secret) -> None:
    binding = Binding(role="roles/secretmanager.secretAccessor", members=["user:a@example.com"])
    before = await client.get_iam_policy({"resource": SECRET})

    await client.set_iam_policy({"resource": SECRET, "policy": Policy(bindings=[binding], etag=before.etag)})

    assert list((await client.get_iam_policy({"resource": SECRET})).bindings) == [binding]
    with pytest.raises(exceptions.Aborted):
        await client.set_iam_policy({"resource": SECRET, "policy": Policy(etag=before.etag)})


async def test_every_permission_is_granted(client: Client, secret: sm.Secret) -> None:
    asked = ["secretmanager.versions.access"]

    reply = await client.test_iam_permissions({"resource": SECRET, "permissions": asked})

    assert list(reply.permissions) == asked


async def test_an_ordered_failure_comes_as_often_as_ordered(
    client: Client, double: SecretManagerDouble, secret: sm.Secret
) -> None:
    double.faults.fail("GetSecret", grpc.StatusCode.RESOURCE_EXHAUSTED, times=1)

    with pytest.raises(exceptions.ResourceExhausted):
        await client.get_secret(name=SECRET)

    assert await client.get_secret(name=SECRET) == secret
    assert double.faults.calls["GetSecret"] == 2


async def test_a_lost_reply_leaves_its_change_behind(
    client: Client, double: SecretManagerDouble, secret: sm.Secret
) -> None:
    double.faults.lose("AddSecretVersion", times=1)

    with pytest.raises(exceptions.ServiceUnavailable):
        await add(client, b"one")

    assert (await client.access_secret_version(name=FIRST)).payload.data == b"one"


async def test_an_ordered_corruption_breaks_the_checksum(
    client: Client, double: SecretManagerDouble, secret: sm.Secret
) -> None:
    await add(client, b"one")
    double.faults.corrupt("AccessSecretVersion", times=1)

    broken, whole = [(await client.access_secret_version(name=FIRST)).payload for _ in range(2)]

    assert google_crc32c.value(broken.data) != broken.data_crc32c
    assert whole.data == b"one"


def test_a_double_keeps_its_port_to_itself(double: SecretManagerDouble) -> None:
    port = int(double.target.rpartition(":")[2])

    with pytest.raises(RuntimeError):
        SecretManagerDouble(port)


@pytest.fixture
def process() -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A double in a process of its own, and where it listens."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "infra.emulators.secret_manager", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as started:
        try:
            wait_for_port(port, started)
            yield f"127.0.0.1:{port}", started
        finally:
            started.kill()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_a_process_serves_quietly_until_it_is_asked_to_end(
    process: tuple[str, "subprocess.Popen[bytes]"], end: signal.Signals
) -> None:
    target, started = process
    async with client_of(target) as connected:
        await connected.create_secret(A_SECRET)

    asked_at = time.monotonic()
    started.send_signal(end)
    output, _ = started.communicate(timeout=5)

    assert (started.returncode, output) == (0, b"")
    assert time.monotonic() - asked_at < 3  # A second or less in peace; this machine may be busy.


def test_nobody_outside_this_machine_reaches_the_double(double: SecretManagerDouble) -> None:
    port = int(double.target.rpartition(":")[2])

    with socket.socket() as probe:
        # All of 127.0.0.0/8 is this machine, but a server on one address of it does not answer on another one.
        assert probe.connect_ex(("127.0.0.2", port)) != 0
