"""Log events with keys: one JSON object a line, in the field names that Cloud Logging reads."""

import contextvars
import json
import logging
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_TRACE_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]*)?", re.ASCII)
_CLOUD_TRACE = re.compile(r"([0-9a-fA-F]{32})(?:/([0-9]{1,20}))?(?:;o=([0-9]{1,2}))?", re.ASCII)
_LARGEST_SPAN = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Trace:
    """What a request is a part of, as whoever sent it on says: ids in lower hexadecimal; `span_id` may be empty."""

    trace_id: str
    span_id: str
    is_sampled: bool

    @property
    def parent(self) -> str:
        """The value of `traceparent` that makes what is called next a part of this; it takes a span."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.is_sampled):02x}"


_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_trace: contextvars.ContextVar[Trace | None] = contextvars.ContextVar("trace", default=None)
_LEVELS = {"WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "CRITICAL", "DEBUG": "DEBUG"}


def bind_request_id(request_id: str) -> contextvars.Token[str]:
    """Let every event of the current task and its children carry `request_id`."""
    return _request_id.set(request_id)


def bind_trace(trace: Trace | None) -> contextvars.Token[Trace | None]:
    """Let every event of the current task and its children carry `trace`."""
    return _trace.set(trace)


def current_trace() -> Trace | None:
    return _trace.get()


def trace_of(headers: Mapping[str, str]) -> Trace | None:
    """What the request that has these headers is a part of.

    `traceparent` goes before `X-Cloud-Trace-Context`; what is not well-formed is as good as absent.
    """
    parent, cloud = headers.get("traceparent", ""), headers.get("x-cloud-trace-context", "")
    return _trace_of_parent(parent) or _trace_of_cloud(cloud)


def _trace_of_parent(value: str) -> Trace | None:
    """W3C Trace Context: version 00 has four fields, a later one may have more, ff is none."""
    found = _TRACE_PARENT.fullmatch(value)
    if found is None:
        return None
    version, trace_id, span_id, flags, rest = found.groups()
    if version == "ff" or (version == "00" and rest) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Trace(trace_id, span_id, bool(int(flags, 16) & 1))


def _trace_of_cloud(value: str) -> Trace | None:
    """Google's older header has the span as a decimal number."""
    found = _CLOUD_TRACE.fullmatch(value)
    if found is None or not int(found[1], 16) or int(found[2] or "0") > _LARGEST_SPAN:
        return None
    span = int(found[2] or "0")
    return Trace(found[1].lower(), f"{span:016x}" if span else "", int(found[3] or "0") & 1 == 1)


class EventLog:
    """Writes named events with keyed values; values are numbers, ids and words, never bodies or secrets."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **values: object) -> None:
        self._write(logging.INFO, event, values)

    def warning(self, event: str, **values: object) -> None:
        self._write(logging.WARNING, event, values)

    def error(self, event: str, *, failure: BaseException | None = None, **values: object) -> None:
        """Log at ERROR; `failure` adds its traceback, which only the log gets to see."""
        self._write(logging.ERROR, event, values, failure)

    def _write(
        self, level: int, event: str, values: Mapping[str, object], failure: BaseException | None = None
    ) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"oqtopus": dict(values)}, exc_info=failure)


def event_log(name: str) -> EventLog:
    """The log of one module; call it with `__name__`. Those of functions hang below ours, where `configure` reaches."""
    return EventLog(name if name.startswith("oqtopus") else f"oqtopus.{name}")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON; line breaks and escapes inside values are escaped by the encoder.

    With a Google Cloud project traces are named as Cloud Logging links them; no value of an event can take the place
    of a field that Cloud Logging reads.
    """

    def __init__(self, project: str = "") -> None:
        super().__init__()
        self._project = project

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {name: _finite(value) for name, value in getattr(record, "oqtopus", {}).items()}
        if request_id := _request_id.get():
            line.setdefault("request_id", request_id)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        fields: dict[str, object] = {
            "severity": _LEVELS.get(record.levelname, "INFO"),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        return json.dumps({**fields, **line, **fields, **self._trace_fields()}, default=str)

    def _trace_fields(self) -> dict[str, object]:
        trace = _trace.get()
        if trace is None:
            return {}
        name = f"projects/{self._project}/traces/{trace.trace_id}" if self._project else trace.trace_id
        fields: dict[str, object] = {"logging.googleapis.com/trace": name}
        if trace.span_id:
            fields["logging.googleapis.com/spanId"] = trace.span_id
        return fields | {"logging.googleapis.com/trace_sampled": trace.is_sampled}


def _finite(value: object) -> object:
    """JSON has no word for infinity, nor for what is not a number."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def configure(level: str = "INFO", project: str = "") -> None:
    """Send our events, and the server's own words, to standard error; called once by whatever starts the process.

    What libraries warn of goes the same way, unless somebody else listens to it already.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(project))
    for name, threshold in (("oqtopus", level), ("uvicorn", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(threshold)
        logger.propagate = False
    if not logging.root.handlers:
        logging.root.addHandler(handler)
