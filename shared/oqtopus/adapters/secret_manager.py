"""The key vault of production: Google Secret Manager, by its own client."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import google_crc32c

from oqtopus.adapters.once_per_loop import OncePerLoop
from oqtopus.domain.agents import AgentId
from oqtopus.errors import ConfigurationError, KeyNotFound, Unavailable
from oqtopus.observability import event_log

if TYPE_CHECKING:
    import grpc.aio  # type: ignore[import-untyped]  # It has no types.
    from google.cloud.secretmanager_v1 import SecretManagerServiceAsyncClient, SecretPayload

log = event_log(__name__)

_AGENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,17}")
_MOST_VERSIONS: Final = 1_000
_LONGEST_PAUSE_SECONDS: Final = 1.0

# gRPC would wait up to two minutes before it tries a lost connection again. The least of the three is also the time
# that a handshake may take.
_RECONNECTION: Final = (
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 2_000),
    ("grpc.max_reconnect_backoff_ms", 1_000),
)

_PERMISSIONS: Final = {
    "create_secret": "secretmanager.secrets.create",
    "add_secret_version": "secretmanager.versions.add",
    "access_secret_version": "secretmanager.versions.access",
    "list_secret_versions": "secretmanager.versions.list",
    "destroy_secret_version": "secretmanager.versions.destroy",
    "delete_secret": "secretmanager.secrets.delete",
}


@dataclass(frozen=True, slots=True)
class VaultLimits:
    """Seconds: of one attempt, of all attempts of a call together, and of the longest first pause between two."""

    attempt: float = 2.0
    total: float = 4.0
    first_pause: float = 0.1


class NoSuchEntry(Unavailable):
    """Secret Manager has no such secret or version, or only what is left of one."""


class SecretManagerVault:
    """Implements `KeyVault`; `emulator` is the `host:port` of one, or empty for Google's own service.

    An agent's secret is `agent-<agent id>`, and its versions are Secret Manager's own.
    """

    def __init__(self, project: str, emulator: str, limits: VaultLimits | None = None) -> None:
        self._project = project
        self._emulator = emulator
        self._limits = limits or VaultLimits()
        # A channel belongs to the event loop that it was made in.
        self._clients = OncePerLoop(self._connected)

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        """An attempt that is repeated after its reply was lost leaves a spare version behind.

        The version returned holds the key all the same. A spare goes with the next rotation.
        """
        data = private_key_pem.encode()
        payload = {"data": data, "data_crc32c": google_crc32c.value(data)}
        await self._create(agent_id)
        added = await self._call("add_secret_version", parent=self._secret(agent_id), payload=payload)
        return str(added.name).rpartition("/")[2]

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        if _VERSION.fullmatch(version) is None:
            # Secret Manager would take `latest` and other aliases, which name now one key and now another.
            raise KeyNotFound("The vault holds no key of this agent and version.")
        name = f"{self._secret(agent_id)}/versions/{version}"
        try:
            payload = await self._payload(name) or await self._payload(name)
        except NoSuchEntry:
            raise KeyNotFound("The vault holds no key of this agent and version.") from None
        if payload is None:
            raise Unavailable("The vault's reply was damaged on the way.")
        return payload.data.decode()

    async def versions(self, agent_id: AgentId) -> Sequence[str]:
        """One page of them: an agent has three at once, and a few spares at most."""
        try:
            parent = self._secret(agent_id)
            wanted = {"filter": "state:ENABLED", "page_size": _MOST_VERSIONS}
            pager = await self._call("list_secret_versions", parent=parent, **wanted)
        except (KeyNotFound, NoSuchEntry):
            return []
        names = [str(version.name).rpartition("/")[2] for version in pager.versions]
        return sorted(names, key=int)

    async def destroy_version(self, agent_id: AgentId, version: str) -> None:
        if _VERSION.fullmatch(version) is None:
            return
        try:
            await self._call("destroy_secret_version", name=f"{self._secret(agent_id)}/versions/{version}")
        except (KeyNotFound, NoSuchEntry):
            # The latter stands for one that is destroyed already, too.
            return

    async def destroy(self, agent_id: AgentId) -> None:
        try:
            await self._call("delete_secret", name=self._secret(agent_id))
        except (KeyNotFound, NoSuchEntry):
            return

    async def check(self) -> None:
        """Nothing: no secret of this process opens the keys, and its permissions may end at single secrets."""

    async def aclose(self) -> None:
        if (client := self._clients.taken()) is not None:
            await client.transport.close()  # type: ignore[no-untyped-call]  # The SDK leaves it untyped.

    def _secret(self, agent_id: AgentId) -> str:
        # The id becomes part of a resource name, so nothing but an id may get into it.
        if _AGENT_ID.fullmatch(agent_id) is None:
            raise KeyNotFound("The vault keeps no keys of such an agent.")
        return f"projects/{self._project}/secrets/agent-{agent_id}"

    async def _create(self, agent_id: AgentId) -> None:
        parent, _, secret_id = self._secret(agent_id).partition("/secrets/")
        secret = {"replication": {"automatic": {}}, "labels": {"app": "oqtopus"}}
        await self._call("create_secret", parent=parent, secret_id=secret_id, secret=secret)

    async def _payload(self, name: str) -> "SecretPayload | None":
        """What is kept, or None when it is not what its checksum says."""
        reply = await self._call("access_secret_version", name=name)
        payload: SecretPayload = reply.payload
        if google_crc32c.value(payload.data) == payload.data_crc32c:
            return payload
        log.warning("vault_reply_damaged")
        return None

    async def _call(self, method: str, **request: object) -> Any:  # The reply's type is the method's.
        """The reply to one request, tried again while that helps and time is left; None where it existed already."""
        try:
            async with asyncio.timeout(self._limits.total):
                client = await self._clients.get()
                return await _answered(client, method, request, self._limits)
        except TimeoutError:
            raise _unavailable(method, "timeout") from None

    async def _connected(self) -> "SecretManagerServiceAsyncClient":
        channel = await asyncio.to_thread(_channel_maker, self._emulator)
        from google.cloud.secretmanager_v1 import SecretManagerServiceAsyncClient
        from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
            SecretManagerServiceGrpcAsyncIOTransport as Transport,
        )

        return SecretManagerServiceAsyncClient(transport=Transport(channel=channel()))


async def _answered(
    client: "SecretManagerServiceAsyncClient", method: str, request: dict[str, object], limits: VaultLimits
) -> Any:  # The reply's type is the method's.
    from google.api_core import exceptions, retry_async, timeout

    transient = retry_async.if_transient_error
    retry = retry_async.AsyncRetry(
        predicate=lambda error: transient(error) or isinstance(error, exceptions.DeadlineExceeded),
        initial=limits.first_pause,
        maximum=_LONGEST_PAUSE_SECONDS,
        timeout=limits.total,
    )
    attempt = timeout.ConstantTimeout(limits.attempt)  # type: ignore[no-untyped-call]  # The SDK leaves it untyped.
    try:
        # Without both arguments the SDK's own would apply, under which a call may take a minute.
        return await getattr(client, method)(request, retry=retry, timeout=attempt)
    except exceptions.AlreadyExists:
        return None
    except (exceptions.NotFound, exceptions.FailedPrecondition):
        # The latter stands for versions that are disabled or destroyed.
        raise NoSuchEntry("The vault has no such entry.") from None
    except (exceptions.PermissionDenied, exceptions.Unauthenticated) as error:
        raise _not_allowed(method, error) from None
    except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
        raise _unavailable(method, type(error).__name__) from None


def _channel_maker(emulator: str) -> "Callable[[], grpc.aio.Channel]":
    """What makes a channel in the event loop; all that blocks is done here: imports and the look-up of credentials."""
    import grpc.aio
    from google.auth import default
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
        SecretManagerServiceGrpcAsyncIOTransport as Transport,
    )

    if emulator:
        options = (*_RECONNECTION, ("grpc.enable_http_proxy", 0))
        return lambda: grpc.aio.insecure_channel(emulator, options=options)
    try:
        credentials, _ = default(default_scopes=Transport.AUTH_SCOPES)
    except GoogleAuthError:
        raise ConfigurationError("Google's credentials are missing: the SDK found none in its usual places.") from None
    return lambda: Transport.create_channel(credentials=credentials, options=_RECONNECTION)


def _not_allowed(method: str, error: Exception) -> ConfigurationError:
    log.error("vault_call_refused", method=method, reason=type(error).__name__)
    return ConfigurationError(
        f"Secret Manager refuses this service account: it needs {_PERMISSIONS[method]} on agents' secrets."
    )


def _unavailable(method: str, reason: str) -> Unavailable:
    # Google's own messages name projects and secrets, so only the kind of failure is told.
    log.warning("vault_call_failed", method=method, reason=reason)
    return Unavailable("The key vault does not answer.")
