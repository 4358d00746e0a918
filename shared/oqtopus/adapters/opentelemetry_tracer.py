"""Spans by OpenTelemetry's SDK: to Cloud Trace, to any OTLP collector, or to the console."""

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.util.types import Attributes

from oqtopus.errors import ConfigurationError
from oqtopus.observability import Trace, bind_trace, current_trace, event_log
from oqtopus.telemetry import Kind, Span, Value

if TYPE_CHECKING:
    from requests import Session

GOOGLE_ENDPOINT: Final = "https://telemetry.googleapis.com"
EXPORT_SECONDS: Final = 2.0
REST_SECONDS: Final = 30.0
_SCOPES: Final = ("https://www.googleapis.com/auth/trace.append",)
_KINDS: Final[Mapping[Kind, trace.SpanKind]] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
}

log = event_log(__name__)


class OpenTelemetryTracer:
    """Implements `Tracer`; of all traces, `sampler` keeps some."""

    def __init__(self, exporter: SpanExporter, service: str, sampler: Sampler, project: str = "") -> None:
        names = {"service.name": service} | ({"gcp.project_id": project} if project else {})
        self._provider = TracerProvider(
            sampler=sampler,
            resource=Resource(names),
            # Ended by whoever made it, not by an exit handler in the middle of something.
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("oqtopus")
        # A collector that is silent holds up this thread, and nobody who needs one of the loop's own.
        self._worker = ThreadPoolExecutor(1, "oqtopus-spans")
        self._flushing: Future[bool] | None = None
        self._rests_until = 0.0

    @contextmanager
    def span(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Iterator[Span]:
        parent = current_trace()
        opened = self._tracer.start_span(name, _context_of(parent), _KINDS[kind], attributes)
        part = _Opened(opened)
        # What is current is kept in one place, which log lines read too; OpenTelemetry's own would be a second one,
        # and would not know that what a request streams belongs to it after its reply has begun.
        bind_trace(part.trace)
        try:
            yield part
        except BaseException as error:
            # The message of an exception may quote what somebody sent.
            part.set(**{"error.type": type(error).__name__})
            # What is broken off because nobody needs it any more has not failed.
            if isinstance(error, Exception):
                opened.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            opened.end()
            bind_trace(parent)

    async def flush(self) -> None:
        """All who ask wait for one handing over; after one that took too long, nobody waits for a while.

        The SDK's own bound is of single exports, of which a full queue takes many.
        """
        now = time.monotonic()
        if now < self._rests_until:
            return
        if self._flushing is None or self._flushing.done():
            self._flushing = self._worker.submit(self.hand_over)
        try:
            async with asyncio.timeout(EXPORT_SECONDS):
                await asyncio.shield(asyncio.wrap_future(self._flushing))
        except TimeoutError:
            self._rests_until = now + REST_SECONDS
            log.warning("spans_not_handed_over")

    def hand_over(self) -> bool:
        """Hand over what has ended, however long that takes; blocks."""
        return bool(self._provider.force_flush())

    def close(self) -> None:
        """Hand over the rest and end the background threads."""
        self._provider.shutdown()
        self._worker.shutdown(wait=False)


class SecretRatio(Sampler):
    """Keeps `ratio` (0 to 1) of all traces, chosen by a keyed hash of their ids, so that all functions agree.

    Neither a caller's word on sampling counts nor the id that it chooses: anybody may send a `traceparent`.
    """

    def __init__(self, ratio: float, key: str) -> None:
        self._bound = round(ratio * 2**64)
        self._key = hashlib.sha256(key.encode()).digest()

    def should_sample(  # noqa: PLR0917  # The SDK's own signature.
        self,
        parent_context: context.Context | None,
        trace_id: int,
        name: str,
        kind: trace.SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[trace.Link] | None = None,
        trace_state: trace.TraceState | None = None,
    ) -> SamplingResult:
        digest = hashlib.blake2b(trace_id.to_bytes(16, "big"), key=self._key, digest_size=8).digest()
        is_kept = int.from_bytes(digest, "big") < self._bound
        return SamplingResult(Decision.RECORD_AND_SAMPLE if is_kept else Decision.DROP, attributes)

    def get_description(self) -> str:
        return "SecretRatio"


class _Opened:
    """Implements `Span`."""

    def __init__(self, opened: trace.Span) -> None:
        self._opened = opened

    @property
    def trace(self) -> Trace | None:
        named = self._opened.get_span_context()
        ids = trace.format_trace_id(named.trace_id), trace.format_span_id(named.span_id)
        return Trace(*ids, named.trace_flags.sampled)

    def set(self, **attributes: Value) -> None:
        self._opened.set_attributes(attributes)

    def rename(self, name: str) -> None:
        self._opened.update_name(name)


def _context_of(parent: Trace | None) -> context.Context:
    """The context in which a span is a part of `parent`, or of nothing."""
    if parent is None or not parent.span_id:
        return context.Context()
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if parent.is_sampled else trace.TraceFlags.DEFAULT)
    ids = int(parent.trace_id, 16), int(parent.span_id, 16)
    remote = trace.NonRecordingSpan(trace.SpanContext(*ids, is_remote=True, trace_flags=flags))
    return trace.set_span_in_context(remote, context.Context())


def console_exporter() -> SpanExporter:
    """One JSON object a span on standard output."""
    return ConsoleSpanExporter(out=sys.stdout, formatter=lambda span: span.to_json(indent=None) + "\n")


def otlp_exporter(endpoint: str, session: "Session | None" = None) -> SpanExporter:
    """OTLP over HTTP to `<endpoint>/v1/traces`."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS, session=session)


def google_exporter() -> SpanExporter:
    """Cloud Trace takes OTLP at an address of its own, with this service's own identity."""
    return otlp_exporter(GOOGLE_ENDPOINT, _authorized_session())


def _authorized_session() -> "Session":
    from google.auth import default
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import AuthorizedSession

    try:
        credentials, _ = default(scopes=_SCOPES)
    except GoogleAuthError:
        raise ConfigurationError("Google's credentials are missing: the SDK found none in its usual places.") from None
    session: Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]  # google-auth leaves it untyped.
    return session
