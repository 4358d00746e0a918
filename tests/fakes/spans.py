"""A tracer whose spans stay here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from oqtopus import telemetry
from oqtopus.adapters.opentelemetry_tracer import OpenTelemetryTracer, SecretRatio


@dataclass(frozen=True, slots=True)
class Spans:
    """What has ended so far."""

    tracer: OpenTelemetryTracer
    exporter: InMemorySpanExporter

    def ended(self) -> list[ReadableSpan]:
        """In the order in which they began."""
        self.tracer.hand_over()
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.ended() if span.name == name]
        return found

    def tree(self) -> dict[str, str | None]:
        """The name of each span, and the name of the one that it is a part of."""
        ended = self.ended()
        names = {span.context.span_id: span.name for span in ended}
        return {span.name: names.get(span.parent.span_id) if span.parent else None for span in ended}


@contextmanager
def recorded(ratio: float = 1.0) -> Iterator[Spans]:
    """All spans of this process are kept inside the block."""
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracer(exporter, "a-service", SecretRatio(ratio, "a key"), "a-project")
    try:
        with telemetry.installed(tracer):
            yield Spans(tracer, exporter)
    finally:
        tracer.close()
