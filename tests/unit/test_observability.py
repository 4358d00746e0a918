import contextvars
import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.observability import JsonLines, bind_request_id, bind_trace, event_log, trace_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def output() -> Iterator[StringIO]:
    """Everything that is logged in the test, in the format of production."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines("a-project"))
    logger = logging.getLogger("oqtopus")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield written
    logger.removeHandler(handler)
    logger.setLevel(level)


def formatted(event: str = "it_happened", project: str = "a-project", **values: object) -> dict[str, object]:
    record = logging.LogRecord("oqtopus.test", logging.WARNING, __file__, 1, event, None, None)
    record.oqtopus = values
    line: dict[str, object] = json.loads(JsonLines(project).format(record))
    return line


def traced(headers: dict[str, str], project: str = "a-project") -> dict[str, object]:
    """The trace fields of an event logged in a request with these headers."""

    def inside() -> dict[str, object]:
        bind_trace(trace_of(headers))
        return formatted(project=project)

    line = contextvars.copy_context().run(inside)
    return {name.partition("/")[2]: value for name, value in line.items() if name.startswith("logging.googleapis.com/")}


def test_an_event_is_one_line_with_the_fields_that_cloud_logging_reads(output: StringIO) -> None:
    event_log("functions.search").warning("agent_answered", agent="a1", ms=12)

    line = json.loads(output.getvalue())

    assert {"severity": "WARNING", "message": "agent_answered", "agent": "a1", "ms": 12}.items() <= line.items()
    assert line["logger"] == "oqtopus.functions.search"
    assert line["time"].endswith("+00:00")


@pytest.mark.parametrize(
    "value",
    ["\r\n{}", "a\nb", "\x1b[2J", "\u2028x\u2029", "\x85", "\x0b\x0c", "\ud800", '"}\n{"severity": "ALERT"}'],
)
def test_no_value_starts_a_line_or_moves_a_cursor(output: StringIO, value: str) -> None:
    event_log("test").info("named", name=value, names=[value])
    event_log("test").error(value, failure=RuntimeError(value))

    lines = output.getvalue().splitlines()

    assert len(lines) == 2
    assert json.loads(lines[0])["name"] == value
    assert "\x1b" not in output.getvalue()


@given(name=st.text(), value=st.one_of(st.text(), st.floats(), st.integers(), st.lists(st.text()), st.binary()))
def test_whatever_is_logged_is_one_line_of_strict_json(name: str, value: object) -> None:
    record = logging.LogRecord("oqtopus.test", logging.INFO, __file__, 1, "named", None, None)
    record.oqtopus = {name: value}

    line = JsonLines().format(record)

    assert len(line.splitlines()) == 1
    json.loads(line, parse_constant=pytest.fail)


@pytest.mark.parametrize("name", ["severity", "time", "message", "logger"])
def test_a_value_takes_no_field_of_the_log_itself(name: str) -> None:
    assert formatted(**{name: "forged"})[name] != "forged"


def test_an_event_carries_the_id_of_its_request() -> None:
    def inside() -> dict[str, object]:
        bind_request_id("request-1")
        return formatted()

    assert contextvars.copy_context().run(inside)["request_id"] == "request-1"


@pytest.mark.parametrize(
    ("headers", "span", "is_sampled"),
    [
        ({"traceparent": PARENT}, SPAN, True),
        ({"traceparent": f"00-{TRACE}-{SPAN}-00"}, SPAN, False),
        ({"traceparent": f"01-{TRACE}-{SPAN}-03-later"}, SPAN, True),
        ({"x-cloud-trace-context": f"{TRACE}/1;o=1"}, "0000000000000001", True),
        ({"x-cloud-trace-context": f"{TRACE.upper()}/18446744073709551615"}, "f" * 16, False),
        ({"x-cloud-trace-context": TRACE}, None, False),
        ({"traceparent": PARENT, "x-cloud-trace-context": f"{'1' * 32}/1"}, SPAN, True),
        ({"traceparent": "nonsense", "x-cloud-trace-context": f"{TRACE}/1"}, "0000000000000001", False),
    ],
)
def test_an_event_carries_the_trace_of_its_request(headers: dict[str, str], span: str | None, is_sampled: bool) -> None:
    expected = {"trace": f"projects/a-project/traces/{TRACE}", "trace_sampled": is_sampled}

    assert traced(headers) == expected | ({"spanId": span} if span else {})


def test_without_a_project_a_trace_is_its_bare_id() -> None:
    assert traced({"traceparent": PARENT}, project="")["trace"] == TRACE


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"traceparent": ""},
        {"traceparent": PARENT.upper()},
        {"traceparent": f" {PARENT}"},
        {"traceparent": f"{PARENT}\n"},
        {"traceparent": f"{PARENT}-more"},
        {"traceparent": f"ff-{TRACE}-{SPAN}-01"},
        {"traceparent": f"00-{'0' * 32}-{SPAN}-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
        {"traceparent": f"00-{TRACE[1:]}-{SPAN}-01"},
        {"traceparent": f"00-{TRACE}-{SPAN}-01, {PARENT}"},
        {"traceparent": f"00-{'٣' * 32}-{SPAN}-01"},
        {"x-cloud-trace-context": f"{'0' * 32}/1"},
        {"x-cloud-trace-context": f"{TRACE}/18446744073709551616"},
        {"x-cloud-trace-context": f"{TRACE}/x"},
        {"x-cloud-trace-context": f"{TRACE}/٣"},
        {"x-cloud-trace-context": f"{TRACE}/1;o=1;"},
        {"x-cloud-trace-context": f"../{TRACE}"},
    ],
)
def test_a_malformed_trace_is_as_good_as_absent(headers: dict[str, str]) -> None:
    assert traced(headers) == {}


def test_a_request_without_a_trace_does_not_inherit_one() -> None:
    def inside() -> dict[str, object]:
        bind_trace(trace_of({"traceparent": PARENT}))
        bind_trace(trace_of({}))
        return formatted()

    assert "logging.googleapis.com/trace" not in contextvars.copy_context().run(inside)
