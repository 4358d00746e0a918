"""Spans by OpenTelemetry: where they hang, what they say, and where they go."""

import asyncio
import contextvars
import json
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, StatusCode

from oqtopus import telemetry
from oqtopus.adapters.opentelemetry_tracer import (
    EXPORT_SECONDS,
    OpenTelemetryTracer,
    SecretRatio,
    console_exporter,
    otlp_exporter,
)
from oqtopus.observability import Trace, bind_trace
from oqtopus.telemetry import flush, span
from tests.fakes.spans import Spans, recorded

ALL = SecretRatio(1.0, "a key")
REMOTE = Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", is_sampled=False)


@pytest.fixture
def spans() -> Iterator[Spans]:
    with recorded() as kept:
        yield kept


async def test_without_a_tracer_a_span_goes_nowhere() -> None:
    with span("part", "client", agent="a1") as part:
        part.set(ms=1)

    await flush()

    assert part.trace is None


def test_a_span_inside_another_is_a_part_of_it(spans: Spans) -> None:
    with span("whole", "server"), span("part", "client", agent="a1") as part:
        part.set(ms=12)

    whole, inner = spans.ended()
    assert spans.tree() == {"whole": None, "part": "whole"}
    assert (whole.kind, inner.kind) == (SpanKind.SERVER, SpanKind.CLIENT)
    assert inner.attributes == {"agent": "a1", "ms": 12}
    assert whole.resource.attributes["service.name"] == "a-service"
    assert whole.resource.attributes["gcp.project_id"] == "a-project"


async def test_tasks_that_are_made_in_a_span_belong_to_it(spans: Spans) -> None:
    async def work(name: str) -> None:
        with span(name):
            await asyncio.sleep(0)

    with span("whole"):
        tasks = [asyncio.create_task(work(name)) for name in ("one", "two")]
    await asyncio.gather(*tasks)

    assert spans.tree() == {"whole": None, "one": "whole", "two": "whole"}


def test_a_request_is_a_part_of_what_its_sender_names(spans: Spans) -> None:
    def inside() -> Trace | None:
        bind_trace(REMOTE)
        with span("request", "server") as part:
            return part.trace

    trace = contextvars.copy_context().run(inside)

    assert trace is not None
    assert trace.trace_id == REMOTE.trace_id
    parent = spans.named("request").parent
    assert parent is not None
    assert f"{parent.span_id:016x}" == REMOTE.span_id
    assert trace.parent == f"00-{REMOTE.trace_id}-{trace.span_id}-01"


def test_what_is_kept_is_chosen_by_a_secret_and_not_by_the_sender() -> None:
    """Neither by its word nor by its choice of an id; and every function that has the secret chooses the same."""

    def inside(number: int) -> None:
        bind_trace(Trace(f"{number:032x}", REMOTE.span_id, is_sampled=True))
        with span("request"):
            pass

    kept = []
    for _ in range(2):
        with recorded(ratio=0.5) as spans:
            for number in range(1, 201):
                contextvars.copy_context().run(inside, number)
            kept.append([each.context.trace_id for each in spans.ended()])

    assert kept[0] == kept[1]
    assert 60 < len(kept[0]) < 140


async def test_what_is_broken_off_has_not_failed(spans: Spans) -> None:
    with pytest.raises(asyncio.CancelledError), span("part"):
        raise asyncio.CancelledError

    assert spans.named("part").status.status_code is StatusCode.UNSET


class _Silent(SpanExporter):
    """A collector that takes what it is sent and never says so, until it is let go."""

    def __init__(self) -> None:
        self.may_end = Event()
        self.exports = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.exports += 1
        self.may_end.wait(20)
        return SpanExportResult.SUCCESS


async def test_a_silent_collector_is_waited_for_once_and_by_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    collector, loop = _Silent(), asyncio.get_running_loop()
    tracer = OpenTelemetryTracer(collector, "a-service", ALL)
    with telemetry.installed(tracer):
        with span("one"):
            pass
        started = loop.time()
        await asyncio.gather(*(flush() for _ in range(20)))
        waited = loop.time() - started
        await flush()
        waited_later = loop.time() - started - waited
    collector.may_end.set()
    tracer.close()

    assert waited < EXPORT_SECONDS + 1
    assert waited_later < 0.5
    assert "spans_not_handed_over" in caplog.messages


def test_a_failure_is_told_by_its_type_and_nothing_that_was_said(spans: Spans) -> None:
    with pytest.raises(ValueError, match="a secret"), span("part"):
        raise ValueError("a secret")

    failed = spans.named("part")
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes == {"error.type": "ValueError"}
    assert "a secret" not in failed.to_json()


def test_a_console_gets_a_line_a_span(capsys: pytest.CaptureFixture[str]) -> None:
    tracer = OpenTelemetryTracer(console_exporter(), "a-service", ALL)
    with telemetry.installed(tracer), span("one"), span("two"):
        pass
    tracer.close()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == ["two", "one"]


class _Collector(BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    taken: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_a_collector_gets_them_as_otlp() -> None:
    _Collector.taken = []
    server = HTTPServer(("127.0.0.1", 0), _Collector)
    thread = Thread(target=server.serve_forever)
    thread.start()
    tracer = OpenTelemetryTracer(otlp_exporter(f"http://127.0.0.1:{server.server_port}/"), "a-service", ALL)
    with telemetry.installed(tracer), span("one"):
        pass
    tracer.close()
    server.shutdown()
    thread.join()
    server.server_close()

    ((path, body),) = _Collector.taken
    request = ExportTraceServiceRequest.FromString(body)
    assert path == "/v1/traces"
    assert [one.name for one in request.resource_spans[0].scope_spans[0].spans] == ["one"]
