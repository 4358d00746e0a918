"""Calls to AWS beside the event loop: boto3 blocks, so its calls run on a few threads, each within a deadline."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn

from oqtopus.errors import ConfigurationError, Unavailable
from oqtopus.observability import event_log

AwsReply = dict[str, Any]  # boto3 makes its replies from AWS's service models at run time; no type describes them.

_NOT_ALLOWED: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class AwsLimits:
    """`total_seconds` bounds a call with all its attempts, also where boto3 itself has no bound: in a name look-up.

    `threads` is how many calls run at once; others wait their turn, within their own time.
    """

    connect_seconds: float = 2.0
    read_seconds: float = 4.0
    attempts: int = 2
    total_seconds: float = 8.0
    threads: int = 8


class AwsRefused(Unavailable):
    """AWS refused the operation with `code`; it is `Unavailable` to whoever knows the code no better."""

    def __init__(self, code: str) -> None:
        super().__init__("A service that we need does not do what it must.")
        self.code = code


class AwsCalls:
    """The operations of one AWS service, from any event loop; credentials are the SDK's affair.

    Nothing is imported or opened before the first call, and `aclose` leaves it ready for a next one.
    """

    def __init__(self, service: str, region: str, endpoint: str | None, limits: AwsLimits | None = None) -> None:
        self._service = service
        self._region = region
        self._endpoint = endpoint
        self._limits = limits or AwsLimits()
        self._opening = threading.Lock()
        self._client: Any = None  # boto3 makes its client classes at run time.
        self._threads = self._new_threads()

    async def call(self, operation: str, **arguments: object) -> AwsReply:
        """The reply of one operation, named as boto3's method is.

        `AwsRefused` carries AWS's error code; `ConfigurationError` says that credentials or permissions are missing.
        """
        call = partial(self._blocking_call, operation, arguments)
        try:
            async with asyncio.timeout(self._limits.total_seconds):
                return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except TimeoutError:
            log.warning("aws_call_failed", service=self._service, operation=operation, reason="timeout")
            raise Unavailable("A service that we need does not answer in time.") from None

    async def aclose(self) -> None:
        threads, self._threads = self._threads, self._new_threads()
        client, self._client = self._client, None
        threads.shutdown(wait=False)
        if client is not None:
            client.close()

    def _new_threads(self) -> ThreadPoolExecutor:
        """None of them is started before there is a call for it."""
        return ThreadPoolExecutor(self._limits.threads, thread_name_prefix=f"aws-{self._service}")

    def _blocking_call(self, operation: str, arguments: dict[str, object]) -> AwsReply:
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # It has no types.

        try:
            reply: AwsReply = getattr(self._opened(), operation)(**arguments)
        except ClientError as error:
            self._refuse(operation, error.response)
        except BotoCoreError as error:
            self._give_up(operation, error)
        return reply

    def _opened(self) -> Any:  # See `_client`.
        import boto3  # type: ignore[import-untyped]  # It has no types.
        from botocore.config import Config  # type: ignore[import-untyped]  # It has no types.

        # The first calls may come together, and making a client is neither cheap nor safe among threads.
        with self._opening:
            if self._client is None:
                limits = self._limits
                config = Config(
                    connect_timeout=limits.connect_seconds,
                    read_timeout=limits.read_seconds,
                    retries={"mode": "standard", "total_max_attempts": limits.attempts},
                    max_pool_connections=limits.threads,
                )
                session = boto3.Session(region_name=self._region or None)
                self._client = session.client(self._service, endpoint_url=self._endpoint, config=config)
            return self._client

    def _refuse(self, operation: str, response: AwsReply) -> NoReturn:
        # AWS's messages quote names and account numbers, so only the code is passed on.
        code = str(response.get("Error", {}).get("Code", ""))
        log.info("aws_call_refused", service=self._service, operation=operation, reason=code)
        if code in _NOT_ALLOWED:
            denied = f"AWS does not allow {self._service} {operation} ({code}): grant it to this role."
            raise ConfigurationError(denied) from None
        raise AwsRefused(code) from None

    def _give_up(self, operation: str, error: Exception) -> NoReturn:
        from botocore.exceptions import NoCredentialsError, NoRegionError, PartialCredentialsError

        log.warning("aws_call_failed", service=self._service, operation=operation, reason=type(error).__name__)
        if isinstance(error, NoCredentialsError | PartialCredentialsError):
            raise ConfigurationError("AWS credentials are missing: the SDK found none in its usual places.") from None
        if isinstance(error, NoRegionError):
            raise ConfigurationError("AWS_REGION must be set.") from None
        raise Unavailable("A service that we need does not answer.") from None
