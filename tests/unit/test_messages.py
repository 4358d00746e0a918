"""Messages are a closed set of closed shapes, both when they are made and when they are read."""

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from pydantic import ValidationError

from oqtopus.domain.agents import AgentId, CallOutcome
from oqtopus.errors import MalformedMessage
from oqtopus.messages import (
    AGENTS_PER_MESSAGE,
    MESSAGES,
    AgentsCalled,
    AgentsDue,
    CloudEvent,
    Message,
    ProbesDue,
    SearchFinished,
    encoded,
    parsed,
)
from tests.fakes.messages import FILMS, ONE_OF_EACH, any_message, due

NOW = datetime(2026, 3, 14, 15, 9, 26, 535, tzinfo=UTC)
FORBIDDEN = ("query", "question", "answer", "email", "url", "key", "token", "text", "password", "name")
# Whether there was an answer is a figure; the answer itself is not in it.
ALLOWED = {"is_answered"}


def event(message: Message) -> CloudEvent:
    return CloudEvent("event-1", "/functions/search", NOW, message)


def document(**changes: object) -> bytes:
    members: dict[str, object] = json.loads(encoded(event(due())))
    return json.dumps(members | changes).encode()


def members_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from members_of(member)
    elif isinstance(value, list):
        for member in value:
            yield from members_of(member)


def test_the_examples_are_one_of_each_kind() -> None:
    assert {type(message) for message in ONE_OF_EACH} == set(MESSAGES.values())


@given(any_message)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    assert parsed(encoded(event(message)), published_at=datetime.max.replace(tzinfo=UTC)) == event(message)


@given(any_message)
def test_no_message_has_a_member_for_what_must_stay_inside(message: Message) -> None:
    names = set(members_of(json.loads(encoded(event(message)))["data"])) - ALLOWED

    assert [name for name in names if any(word in name for word in FORBIDDEN)] == []


@pytest.mark.parametrize("message", ONE_OF_EACH, ids=lambda message: message.topic)
def test_every_message_is_a_cloud_event(message: Message) -> None:
    envelope = json.loads(encoded(event(message)))

    assert envelope["specversion"] == "1.0"
    assert (envelope["id"], envelope["source"]) == ("event-1", "/functions/search")
    assert envelope["type"] == f"oqtopus.{message.topic}"
    assert envelope["time"] == "2026-03-14T15:09:26.000535Z"
    assert envelope["datacontenttype"] == "application/json"


def test_the_time_is_told_in_utc() -> None:
    zone = timezone(timedelta(hours=2))

    envelope = json.loads(encoded(CloudEvent("1", "/f", NOW.astimezone(zone), ProbesDue())))

    assert envelope["time"] == "2026-03-14T15:09:26.000535Z"


def test_an_event_of_a_schedule_is_of_the_time_it_was_published() -> None:
    tick = b'{"specversion": "1.0", "id": "tick", "source": "/schedules/probes", "type": "oqtopus.probes.due"}'

    assert parsed(tick, NOW) == CloudEvent("tick", "/schedules/probes", NOW, ProbesDue())


def test_attributes_that_are_not_ours_are_let_pass() -> None:
    assert parsed(document(subject="films", traceparent="00-1-2-3"), NOW) == event(due())


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        document(specversion="0.3"),
        document(type="oqtopus.agents.deleted"),
        document(type=None),
        document(id=""),
        document(id="x" * 257),
        document(source=1),
        document(time="yesterday"),
        document(time="2026-03-14T15:09:26"),
        document(data=[]),
        document(data={}),
        document(data={"agent_ids": ["films"], "question": "Who?"}),
        document(data={"agent_ids": "films"}),
        document(data={"agent_ids": [1]}),
        document(data={"agent_ids": ["../films"]}),
        document(data={"agent_ids": ["films\n"]}),
        document(data={"agent_ids": ["a"] * (AGENTS_PER_MESSAGE + 1)}),
    ],
)
def test_anything_else_is_malformed(malformed: bytes) -> None:
    with pytest.raises(MalformedMessage):
        parsed(malformed, NOW)


@pytest.mark.parametrize(
    "make",
    [
        lambda: AgentsDue(agent_ids=(AgentId("Who directed Ran?"),)),
        lambda: AgentsDue(agent_ids=(FILMS,) * (AGENTS_PER_MESSAGE + 1)),
        lambda: AgentsCalled(outcomes=(CallOutcome(AgentId("Who directed Ran?"), 1.0),)),
        lambda: AgentsCalled(outcomes=(CallOutcome(FILMS, 1.0, "Who directed Ran?"),)),  # type: ignore[arg-type]  # That is what is tried.
        lambda: AgentsCalled(outcomes=(CallOutcome(FILMS, math.nan),)),
        lambda: finished(categories=("Who directed Ran?",)),
        lambda: finished(routed_by="Who directed Ran?"),
    ],
)
def test_a_message_that_breaks_its_shape_cannot_be_made(make: Callable[[], Message]) -> None:
    with pytest.raises(ValidationError):
        make()


def finished(categories: tuple[str, ...] = ("Film",), routed_by: str = "embedded") -> SearchFinished:
    return SearchFinished(categories=categories, routed_by=routed_by, agents=1, ms=1, is_answered=True, is_guest=True)
