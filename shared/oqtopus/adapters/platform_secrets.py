"""The installation's own secrets, read from Secret Manager once, when a process begins to work (K4)."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import google_crc32c

from oqtopus.errors import ConfigurationError, Unavailable
from oqtopus.observability import event_log

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient, SecretPayload

log = event_log(__name__)

ATTEMPT_SECONDS: Final = 2.0
TOTAL_SECONDS: Final = 6.0
_AT_ONCE: Final = 4


class PlatformSecrets:
    """Reads secrets that have the names of their settings; `emulator` is a `host:port`, or empty for Google's service.

    It blocks: its caller has nothing else to do before it is done.
    """

    def __init__(self, project: str, emulator: str, total_seconds: float = TOTAL_SECONDS) -> None:
        self._project = project
        self._emulator = emulator
        self._total_seconds = total_seconds

    def values(self, versions: Mapping[str, str]) -> Mapping[str, str]:
        """The value of each; `ConfigurationError` names one that is not there, `Unavailable` may be tried again."""
        client = self._connected()
        with client, ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="oqtopus-secrets") as threads:
            found = threads.map(lambda name: self._value(client, name, versions[name]), versions)
            return dict(zip(versions, found, strict=True))

    def _value(self, client: "SecretManagerServiceClient", name: str, version: str) -> str:
        payload = self._payload(client, name, version)
        if google_crc32c.value(payload.data) != payload.data_crc32c:
            log.warning("secret_damaged", secret=name)
            raise Unavailable("A secret was damaged on its way.")
        try:
            return payload.data.decode().strip()
        except UnicodeDecodeError:
            raise ConfigurationError(f"{name} must be text.") from None

    def _payload(self, client: "SecretManagerServiceClient", name: str, version: str) -> "SecretPayload":
        from google.api_core import exceptions, retry

        again = retry.Retry(
            retry.if_exception_type(exceptions.ServiceUnavailable, exceptions.DeadlineExceeded),
            initial=0.1,
            maximum=1.0,
            timeout=self._total_seconds,
        )
        full_name = f"projects/{self._project}/secrets/{name}/versions/{version}"
        try:
            return client.access_secret_version(name=full_name, retry=again, timeout=ATTEMPT_SECONDS).payload
        except (exceptions.NotFound, exceptions.FailedPrecondition):
            # The latter stands for a version that is disabled or destroyed.
            raise _missing(name, version) from None
        except (exceptions.PermissionDenied, exceptions.Unauthenticated):
            raise ConfigurationError(f"{name} cannot be read: this service account may not.") from None
        except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
            log.error("secret_unavailable", secret=name, error=type(error).__name__)
            raise Unavailable("Secret Manager does not answer.") from None

    def _connected(self) -> "SecretManagerServiceClient":
        from google.auth.exceptions import GoogleAuthError
        from google.cloud.secretmanager_v1 import SecretManagerServiceClient
        from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
            SecretManagerServiceGrpcTransport as Transport,
        )

        if self._emulator:
            import grpc  # type: ignore[import-untyped]  # It has no types.

            # A proxy that is meant for the outside cannot reach an emulator of this machine.
            channel = grpc.insecure_channel(self._emulator, [("grpc.enable_http_proxy", 0)])
            return SecretManagerServiceClient(transport=Transport(channel=channel))
        try:
            return SecretManagerServiceClient()
        except GoogleAuthError:
            raise ConfigurationError(
                "Google's credentials are missing: the SDK found none in its usual places."
            ) from None


def _missing(name: str, version: str) -> ConfigurationError:
    return ConfigurationError(f"{name} is missing: the secret of that name has no version {version} in Secret Manager.")
