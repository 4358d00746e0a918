"""The message bus of production: Google Cloud Pub/Sub, by its own client in threads of the background."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from oqtopus.messages import TYPE_PREFIX, CloudEvent, Message, encoded
from oqtopus.observability import event_log

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient  # type: ignore[import-untyped]  # It has no types.
    from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport

log = event_log(__name__)

CONTENT_TYPE: Final = "application/cloudevents+json"
MOST_WAITING: Final = 10_000
FLUSH_SECONDS: Final = 3.0
STOP_SECONDS: Final = 2.0

_BATCH_SECONDS: Final = 0.01
_BATCH_MESSAGES: Final = 100
_BATCH_BYTES: Final = 1_000_000
_MOST_BYTES: Final = 16_000_000
_CALL_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 15.0


class PubSubPublisher:
    """Implements `Publisher`; `emulator` is the `host:port` of one, or empty for Google's own service.

    No event loop owns anything here, so one publisher serves several, one after the other. At most 10,000 messages
    wait for their acknowledgement; a further one is dropped.
    """

    def __init__(
        self,
        project: str,
        emulator: str,
        stamp: Callable[[Message], CloudEvent],
        flush_seconds: float = FLUSH_SECONDS,
        at_most: int = MOST_WAITING,
    ) -> None:
        self._project = project
        self._emulator = emulator
        self._stamp = stamp
        self._flush_seconds = flush_seconds
        self._at_most = at_most
        self._sender: _Sender | None = None
        # Each use of this dictionary is a single step of the interpreter, so the threads need no lock for it.
        self._waiting: dict[Future[None], CloudEvent] = {}

    def publish(self, message: Message) -> None:
        event = self._stamp(message)
        if len(self._waiting) >= self._at_most:
            log.error("message_dropped", topic=message.topic, event_id=event.id)
            return
        settled = Future[None]()
        # A running future cannot be cancelled, so a flush that gives up takes nothing with it.
        settled.set_running_or_notify_cancel()
        self._waiting[settled] = event
        self._opened().send(event).add_done_callback(partial(self._handed_over, settled))

    async def warm(self) -> None:
        """Make the client, so that the first message does not; what fails here fails and is logged then."""
        outcomes: list[object] = await asyncio.gather(
            asyncio.wrap_future(self._opened().warm()), return_exceptions=True
        )
        for failure in outcomes:
            if isinstance(failure, Exception):
                log.warning("bus_not_warmed", error=type(failure).__name__)

    async def flush(self) -> None:
        """Wait until what was published so far is acknowledged or has failed."""
        waiting = [asyncio.wrap_future(settled) for settled in list(self._waiting)]
        if not waiting:
            return
        try:
            await asyncio.wait(waiting, timeout=self._flush_seconds)
        finally:
            # A future that is left to itself would call into this event loop, which may be closed by then.
            for settled in waiting:
                settled.cancel()

    async def aclose(self) -> None:
        """Flush and close the connection; what is not acknowledged by then counts as not published."""
        await self.flush()
        sender, self._sender = self._sender, None
        if sender is None:
            return
        late = list(self._waiting)
        for settled in late:
            self._settle(settled, TimeoutError())
        await asyncio.wait([asyncio.wrap_future(sender.stop(is_idle=not late))], timeout=STOP_SECONDS)

    def _opened(self) -> "_Sender":
        if self._sender is None:
            self._sender = _Sender(self._project, self._emulator)
        return self._sender

    def _handed_over(self, settled: "Future[None]", handing: "Future[Future[str]]") -> None:
        if (failure := handing.exception()) is not None:
            self._settle(settled, failure)
        else:
            handing.result().add_done_callback(partial(self._acknowledged, settled))

    def _acknowledged(self, settled: "Future[None]", publishing: "Future[str]") -> None:
        self._settle(settled, publishing.exception())

    def _settle(self, settled: "Future[None]", failure: BaseException | None) -> None:
        event = self._waiting.pop(settled, None)
        if event is None:
            return
        if failure is not None:
            error = type(failure).__name__
            log.error("message_not_published", topic=event.message.topic, event_id=event.id, error=error)
        settled.set_result(None)


class _Sender:
    """One client and the one thread that uses it, in the order of what is asked.

    So neither the SDK's import nor its locks nor a look-up of credentials are ever waited for by an event loop; and
    what any of them raises is in the future that is returned.
    """

    def __init__(self, project: str, emulator: str) -> None:
        self._project = project
        self._emulator = emulator
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="oqtopus-pubsub")
        self._client: PublisherClient | None = None
        self._is_stopped = False

    def warm(self) -> "Future[PublisherClient]":
        return self._thread.submit(self._made)

    def send(self, event: CloudEvent) -> "Future[Future[str]]":
        """The outer future is done when the client has the message, the inner one when Pub/Sub has it."""
        return self._thread.submit(self._send, event)

    def stop(self, is_idle: bool) -> "Future[None]":
        self._is_stopped = True
        stopping = self._thread.submit(self._stop, is_idle)
        self._thread.shutdown(wait=False)
        return stopping

    def _made(self) -> "PublisherClient":
        if self._client is None:
            self._client = _client(self._emulator, self._is_retried)
        return self._client

    def _send(self, event: CloudEvent) -> "Future[str]":
        topic = f"projects/{self._project}/topics/{event.message.topic}"
        kind = TYPE_PREFIX + event.message.topic
        attributes = {"ce-id": event.id, "ce-type": kind, "content-type": CONTENT_TYPE}
        publishing: Future[str] = self._made().publish(topic, encoded(event), **attributes)
        return publishing

    def _stop(self, is_idle: bool) -> None:
        if self._client is None:
            return
        self._client.stop()
        # The SDK's threads break off in an error when the channel closes under them. Those that still try end after
        # the attempt that they are at, and the channel then goes with the client.
        if is_idle:
            self._client.transport.close()

    def _is_retried(self, failure: Exception) -> bool:
        from google.api_core.exceptions import (
            Aborted,
            DeadlineExceeded,
            InternalServerError,
            ResourceExhausted,
            ServiceUnavailable,
        )

        passing = (Aborted, DeadlineExceeded, InternalServerError, ResourceExhausted, ServiceUnavailable)
        return isinstance(failure, passing) and not self._is_stopped


def _client(emulator: str, is_retried: Callable[[Exception], bool]) -> "PublisherClient":
    from google.api_core.retry import Retry
    from google.api_core.timeout import ConstantTimeout
    from google.cloud.pubsub_v1 import PublisherClient, types

    options = types.PublisherOptions(
        flow_control=types.PublishFlowControl(MOST_WAITING, _MOST_BYTES, types.LimitExceededBehavior.ERROR),
        retry=Retry(is_retried, initial=0.1, maximum=2.0, multiplier=2.0, timeout=_RETRY_SECONDS),
        timeout=ConstantTimeout(_CALL_SECONDS),  # type: ignore[no-untyped-call]  # It has no annotations.
    )
    batches = types.BatchSettings(_BATCH_BYTES, _BATCH_SECONDS, _BATCH_MESSAGES)
    return PublisherClient(batches, options, transport=_transport(emulator))


def _transport(emulator: str) -> "PublisherGrpcTransport":
    """A transport of our own: left to itself, the client would read the emulator's address from the environment."""
    from google.pubsub_v1.services.publisher.transports.grpc import PublisherGrpcTransport

    if not emulator:
        return PublisherGrpcTransport(always_use_jwt_access=True)
    import grpc  # type: ignore[import-untyped]  # It has no types.

    # A proxy that is meant for the outside cannot reach an emulator of this machine.
    return PublisherGrpcTransport(channel=grpc.insecure_channel(emulator, [("grpc.enable_http_proxy", 0)]))
