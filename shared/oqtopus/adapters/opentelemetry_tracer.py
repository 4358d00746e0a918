"""Spans by OpenTelemetry's SDK: to Cloud Trace, to any OTLP collector, or to the console."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from oqtopus.errors import ConfigurationError
from oqtopus.observability import Trace, bind_trace, current_trace
from oqtopus.telemetry import Kind, Span, Value

if TYPE_CHECKING:
    from requests import Session

GOOGLE_ENDPOINT: Final = "https://telemetry.googleapis.com"
EXPORT_SECONDS: Final = 2.0
_SCOPES: Final = ("https://www.googleapis.com/auth/trace.append",)
_KINDS: Final[Mapping[Kind, trace.SpanKind]] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
}


class OpenTelemetryTracer:
    """Implements `Tracer`; `ratio` (0 to 1) of all traces are kept, chosen by their ids, so that all functions agree.

    A caller's own word on sampling does not count: anybody may send a `traceparent`.
    """

    def __init__(self, exporter: SpanExporter, service: str, ratio: float, project: str = "") -> None:
        names = {"service.name": service} | ({"gcp.project_id": project} if project else {})
        sampler = TraceIdRatioBased(ratio)
        self._provider = TracerProvider(
            sampler=ParentBased(sampler, remote_parent_sampled=sampler, remote_parent_not_sampled=sampler),
            resource=Resource(names),
            # Ended by whoever made it, not by an exit handler in the middle of something.
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("oqtopus")

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
            opened.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            opened.end()
            bind_trace(parent)

    def flush(self) -> None:
        self._provider.force_flush(round(EXPORT_SECONDS * 1_000))

    def close(self) -> None:
        """Hand over the rest and end the background thread."""
        self._provider.shutdown()


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


def _context_of(parent: Trace | None) -> context.Context:
    """The context in which a span is a part of `parent`, or of nothing."""
    if parent is None or not parent.span_id:
        return context.Context()
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if parent.is_sampled else trace.TraceFlags.DEFAULT)
    ids = int(parent.trace_id, 16), int(parent.span_id, 16)
    # As from afar: then whether it is kept follows from the trace's id, here as everywhere.
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
