"""Log events with keys: one JSON object a line, in the field names that Cloud Logging reads."""

import contextvars
import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
_LEVELS = {"WARNING": "WARNING", "ERROR": "ERROR", "CRITICAL": "CRITICAL", "DEBUG": "DEBUG"}


def bind_request_id(request_id: str) -> contextvars.Token[str]:
    """Let every event of the current task and its children carry `request_id`."""
    return _request_id.set(request_id)


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
    """Formats a record as one line of JSON; line breaks inside values are escaped by the encoder."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "severity": _LEVELS.get(record.levelname, "INFO"),
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := _request_id.get():
            line["request_id"] = request_id
        line.update(getattr(record, "oqtopus", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str = "INFO") -> None:
    """Send our events, and the server's own words, to standard error; called once by whatever starts the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, threshold in (("oqtopus", level), ("uvicorn", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(threshold)
        logger.propagate = False
