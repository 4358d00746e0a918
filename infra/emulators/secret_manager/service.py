"""The service's methods over the SDK's own messages; the status of each refusal is that of the real service."""

import re
from collections.abc import Sequence
from typing import Final, TypeVar

import google_crc32c
import grpc  # type: ignore[import-untyped]  # It has no types.
from google.cloud import secretmanager_v1 as sm
from google.iam.v1 import iam_policy_pb2 as iam  # type: ignore[import-untyped]  # It has no types.
from google.iam.v1.policy_pb2 import Policy  # type: ignore[import-untyped]  # It has no types.
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # It has no types.

from infra.emulators.secret_manager.names import new_secret_name, project_name, secret_name, version_name
from infra.emulators.secret_manager.records import (
    KEPT_FIELDS,
    KeptSecret,
    KeptVersion,
    check_aliases,
    check_etag,
    check_fields,
    new_etag,
    now,
)
from infra.emulators.secret_manager.refusals import Refused, invalid, not_found, precondition

T = TypeVar("T")
State = sm.SecretVersion.State
StateRequest = sm.DisableSecretVersionRequest | sm.EnableSecretVersionRequest | sm.DestroySecretVersionRequest

MAX_PAYLOAD_BYTES: Final = 65_536
MAX_PAGE: Final = 25_000
_LABEL_TERM: Final = re.compile(r"labels\.([a-z][a-z0-9_-]*)[=:]([a-z0-9_-]*|\*)")
_STATE_TERM: Final = re.compile(r"state[=:](ENABLED|DISABLED|DESTROYED)")


class SecretManagerService:
    """One method for each of the service's; the server lets in one call at a time."""

    def __init__(self) -> None:
        self._secrets: dict[str, KeptSecret] = {}

    def create_secret(self, request: sm.CreateSecretRequest) -> sm.Secret:
        name = new_secret_name(request.parent, request.secret_id)
        check_fields(request.secret)
        check_aliases(request.secret, {})
        if "automatic" not in request.secret.replication and "user_managed" not in request.secret.replication:
            invalid("The secret needs a replication.")
        if name in self._secrets:
            raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"{name} already exists.")
        message = sm.Secret(request.secret, name=name, create_time=now(), etag=new_etag())
        self._secrets[name] = KeptSecret(message)
        return message

    def get_secret(self, request: sm.GetSecretRequest) -> sm.Secret:
        return self._secret(request.name).message

    def update_secret(self, request: sm.UpdateSecretRequest) -> sm.Secret:
        kept = self._secret(request.secret.name)
        paths = list(request.update_mask.paths)
        if not paths or not KEPT_FIELDS.issuperset(paths):
            invalid(f"The update mask must name fields that can be changed: {', '.join(sorted(KEPT_FIELDS))}.")
        check_etag(request.secret.etag, kept.message.etag)
        check_fields(request.secret)
        check_aliases(request.secret, kept.versions)
        for path in paths:
            setattr(kept.message, path, getattr(request.secret, path))
        kept.message.etag = new_etag()
        return kept.message

    def delete_secret(self, request: sm.DeleteSecretRequest) -> Empty:
        kept = self._secret(request.name)
        check_etag(request.etag, kept.message.etag)
        del self._secrets[kept.message.name]
        return Empty()

    def list_secrets(self, request: sm.ListSecretsRequest) -> sm.ListSecretsResponse:
        under = project_name(request.parent) + "/secrets/"
        wanted = _wanted_labels(request.filter)
        found = [kept.message for name, kept in reversed(self._secrets.items()) if name.startswith(under)]
        found = [message for message in found if _has_labels(message, wanted)]
        page, token = _page(found, request.page_size, request.page_token)
        return sm.ListSecretsResponse(secrets=page, next_page_token=token, total_size=len(found))

    def add_secret_version(self, request: sm.AddSecretVersionRequest) -> sm.SecretVersion:
        kept = self._secret(request.parent)
        payload = request.payload
        has_checksum = "data_crc32c" in payload
        if not 0 < len(payload.data) <= MAX_PAYLOAD_BYTES:
            invalid("The payload must be 1 byte to 64 KiB.")
        if has_checksum and payload.data_crc32c != google_crc32c.value(payload.data):
            invalid("The payload does not fit its CRC32C checksum.")
        number = max(kept.versions, default=0) + 1
        message = sm.SecretVersion(
            name=f"{kept.message.name}/versions/{number}",
            create_time=now(),
            state=State.ENABLED,
            replication_status=sm.ReplicationStatus(automatic=sm.ReplicationStatus.AutomaticStatus()),
            etag=new_etag(),
            client_specified_payload_checksum=has_checksum,
        )
        kept.versions[number] = KeptVersion(message, payload.data)
        return message

    def get_secret_version(self, request: sm.GetSecretVersionRequest) -> sm.SecretVersion:
        return self._version(request.name).message

    def list_secret_versions(self, request: sm.ListSecretVersionsRequest) -> sm.ListSecretVersionsResponse:
        kept = self._secret(request.parent)
        found = [version.message for version in reversed(kept.versions.values())]
        if request.filter:
            if (term := _STATE_TERM.fullmatch(request.filter)) is None:
                invalid("This double knows no filter of versions but state:STATE.")
            found = [message for message in found if message.state.name == term[1]]
        page, token = _page(found, request.page_size, request.page_token)
        return sm.ListSecretVersionsResponse(versions=page, next_page_token=token, total_size=len(found))

    def access_secret_version(self, request: sm.AccessSecretVersionRequest) -> sm.AccessSecretVersionResponse:
        kept = self._version(request.name)
        if kept.message.state != State.ENABLED:
            precondition(f"{kept.message.name} is in {kept.message.state.name} state.")
        payload = sm.SecretPayload(data=kept.data, data_crc32c=google_crc32c.value(kept.data))
        return sm.AccessSecretVersionResponse(name=kept.message.name, payload=payload)

    def disable_secret_version(self, request: sm.DisableSecretVersionRequest) -> sm.SecretVersion:
        return self._changed(request, State.DISABLED).message

    def enable_secret_version(self, request: sm.EnableSecretVersionRequest) -> sm.SecretVersion:
        return self._changed(request, State.ENABLED).message

    def destroy_secret_version(self, request: sm.DestroySecretVersionRequest) -> sm.SecretVersion:
        kept = self._changed(request, State.DESTROYED)
        kept.data = b""
        kept.message.destroy_time = now()
        return kept.message

    def set_iam_policy(self, request: iam.SetIamPolicyRequest) -> Policy:
        kept = self._secret(request.resource)
        if request.policy.etag and request.policy.etag != kept.policy.etag:
            raise Refused(grpc.StatusCode.ABORTED, "The policy was changed meanwhile.")
        kept.policy.CopyFrom(request.policy)
        kept.policy.etag = new_etag().encode()
        return kept.policy

    def get_iam_policy(self, request: iam.GetIamPolicyRequest) -> Policy:
        return self._secret(request.resource).policy

    def test_iam_permissions(self, request: iam.TestIamPermissionsRequest) -> iam.TestIamPermissionsResponse:
        """Everything is allowed: the double has no callers that it could tell apart."""
        self._secret(request.resource)
        return iam.TestIamPermissionsResponse(permissions=request.permissions)

    def _secret(self, name: str) -> KeptSecret:
        if (kept := self._secrets.get(secret_name(name))) is None:
            not_found(secret_name(name))
        return kept

    def _version(self, name: str) -> KeptVersion:
        of_secret, version = version_name(name)
        return self._secret(of_secret).version(version)

    def _changed(self, request: StateRequest, state: int) -> KeptVersion:
        kept = self._version(request.name)
        check_etag(request.etag, kept.message.etag)
        if kept.message.state == State.DESTROYED:
            precondition(f"{kept.message.name} is in DESTROYED state.")
        kept.message.state = State(state)
        kept.message.etag = new_etag()
        return kept


def _wanted_labels(terms: str) -> list[tuple[str, str]]:
    """Keys and values; the value `*` stands for any."""
    matches = [_LABEL_TERM.fullmatch(term) for term in terms.replace(" AND ", " ").split()]
    wanted = [(match[1], match[2]) for match in matches if match is not None]
    if len(wanted) < len(matches):
        invalid("This double knows no filter of secrets but labels.KEY=VALUE, and labels.KEY:* for any value.")
    return wanted


def _has_labels(secret: sm.Secret, wanted: list[tuple[str, str]]) -> bool:
    return all(key in secret.labels and value in ("*", secret.labels[key]) for key, value in wanted)


def _page(found: Sequence[T], size: int, token: str) -> tuple[Sequence[T], str]:
    """The page that the token begins, and the token of the next one."""
    if size < 0 or not (token.isdecimal() or not token):
        invalid("The page size or the page token is none of ours.")
    start = int(token or 0)
    end = start + min(size or MAX_PAGE, MAX_PAGE)
    return found[start:end], str(end) if end < len(found) else ""
