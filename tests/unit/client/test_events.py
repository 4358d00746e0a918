"""Lines of a stream as typed events."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oqtopus.client import (
    AgentResult,
    Agents,
    Category,
    Delta,
    Error,
    Final,
    Ping,
    Quota,
    UnexpectedReply,
    Unknown,
)
from oqtopus.client.events import event_of
from oqtopus.client.lines import MAX_LINE_BYTES, EventReader
from tests.fakes import search_events

Document = Mapping[str, Any]  # Any: JSON.


@pytest.mark.parametrize(
    ("document", "event"),
    [
        (search_events.QUOTA, Quota(remaining=4, max=5, resets_at=datetime(2026, 11, 23, tzinfo=UTC))),
        (search_events.CATEGORY, Category(categories=("Movie", "Film"), confidence=0.997, routed_by="embedded")),
        (search_events.PING, Ping()),
        (search_events.delta("a piece"), Delta(text="a piece")),
        (search_events.error("no_answer", "None."), Error(code="no_answer", detail="None.")),
        ({"type": "agents", "data": []}, Agents(results=())),
        ({"type": "weather", "data": "rain"}, Unknown(type="weather")),
        ({"type": "final", "data": "It is so."}, Final(text="It is so.")),
    ],
)
def test_an_event_is_what_its_type_says(document: Document, event: object) -> None:
    assert event_of(document) == event


def test_an_agents_event_has_its_answer_or_its_error() -> None:
    answered, failed = event_of(search_events.agent()), event_of(search_events.agent("Slow", error="timeout"))

    assert isinstance(answered, AgentResult)
    assert isinstance(failed, AgentResult)
    assert answered.result is not None
    assert answered.result.answer == "Heat is by Michael Mann."
    assert answered.result.document["year"] == 1995
    assert (failed.result, failed.error) == (None, "timeout")


def test_a_final_tells_what_it_rests_on_and_what_it_does_not() -> None:
    text = "Heat came out in 1995. It is long."
    claim = {"start": 0, "end": 22, "quote": {"start": 3, "end": 20}}
    disagreement = {
        "agents": [1, 3],
        "claims": [{"number": 1, "start": 0, "end": 4, "text": "1995"}, {"number": 3, "text": "1996"}],
        "kind": "year",
    }
    document = search_events.final(
        text,
        sources=[search_events.source(ms=12, claims=[claim])],
        usage={"model": "embedded", "unsupported": [{"start": 23, "end": 34}]},
        disagreement=[disagreement],
    )

    event = event_of(document)

    assert isinstance(event, Final)
    assert event.sources[0].claims[0].quote is not None
    assert [span.of(text) for span in event.usage.unsupported] == ["It is long."]
    assert [said.text for said in event.disagreement[0].claims] == ["1995", "1996"]


@pytest.mark.parametrize(
    "extra", [{"mood": "good"}, {"disagreement": "none to speak of"}, {"usage": {"ms": "fast", "unsupported": 3}}]
)
def test_what_a_newer_server_adds_or_changes_stops_nothing_and_can_be_read(extra: Document) -> None:
    event = event_of(search_events.final(**extra))

    assert isinstance(event, Final)
    assert event.text == "Heat is by Michael Mann. [1]"
    assert {name: event.document[name] for name in extra} == extra


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"type": "quota", "data": {"remaining": "4", "max": 5, "resets_at": "2026-11-23T00:00:00Z"}}, "/remaining"),
        ({"type": "quota", "data": {"remaining": True, "max": 5, "resets_at": "2026-11-23T00:00:00Z"}}, "/remaining"),
        ({"type": "quota", "data": {"remaining": 4, "max": 5, "resets_at": "2026-11-23T00:00:00"}}, "/resets_at"),
        ({"type": "quota", "data": {"remaining": 4, "max": 5, "resets_at": "soon"}}, "/resets_at"),
        ({"type": "delta", "data": None}, "/text"),
        ({"type": "agents", "data": {}}, "/results"),
        ({"type": "agents", "data": [{"ms": 3}]}, "/results/0/name"),
        ({"type": "error", "data": None}, "/"),
        ({"type": "final"}, "/text"),
    ],
)
def test_what_an_event_cannot_do_without_must_fit(document: Document, pointer: str) -> None:
    with pytest.raises(UnexpectedReply, match=f"at {pointer}\\."):
        event_of(document)


@given(st.lists(st.integers(min_value=0), max_size=20))
def test_events_are_the_same_wherever_the_stream_is_cut(places: list[int]) -> None:
    text = b"\n".join(json.dumps(event).encode() for event in search_events.whole_search("Häuser – 家")) + b"\n\n"
    cuts = [0, *sorted(place % len(text) for place in places), len(text)]
    reader = EventReader()

    found = [event for begin, end in pairwise(cuts) for event in reader.feed(text[begin:end])]

    assert found == [event_of(event) for event in search_events.whole_search("Häuser – 家")]


@pytest.mark.parametrize(
    "line",
    [b"<html>", b'"text"', b"[]", b"{}", b'{"type":1}', b'{"type":"delta","data":"\xff"}', b"[" * 100_000],
    ids=["page", "text", "list", "no type", "odd type", "no UTF-8", "deep"],
)
def test_a_line_that_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        list(EventReader().feed(line + b"\n"))


def test_a_line_without_end_is_refused_at_a_mebibyte() -> None:
    reader = EventReader()
    list(reader.feed(b"x" * MAX_LINE_BYTES))

    with pytest.raises(UnexpectedReply, match="more than"):
        list(reader.feed(b"x"))


def test_a_line_of_a_mebibyte_is_read() -> None:
    padding = MAX_LINE_BYTES - len(b'{"type":"delta","data":""}')

    [event] = EventReader().feed(b'{"type":"delta","data":"' + b"x" * padding + b'"}\n')

    assert isinstance(event, Delta)
    assert len(event.text) == padding
