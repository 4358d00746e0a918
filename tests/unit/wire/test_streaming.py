import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import date
from typing import cast

import pytest
from starlette.responses import StreamingResponse

from oqtopus.domain.agents import AgentId, AgentReply, Reference
from oqtopus.domain.citations import MOST_CLAIMS, MOST_SENTENCES
from oqtopus.domain.disagreement import LONGEST_DISPUTED, MOST_DISAGREEMENTS, MOST_SIDES
from oqtopus.domain.events import AgentAnswered, AgentsFinished, Delta, Event, Final, QuotaCharged, Source
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS
from oqtopus.domain.quotas import Quota
from oqtopus.domain.reviews import Claim, Disagreement, Disputed
from oqtopus.domain.spans import Span
from oqtopus.wire.events import MAX_EVENT_BYTES, event_bytes
from oqtopus.wire.streaming import Emit, event_stream, replayed_stream
from tests.fakes.cleanliness import faults_in

FINAL = Final("Done.", (), "request-1")


async def lines(run: object, *, as_sse: bool = False, silence_seconds: float = 10.0) -> list[str]:
    response = event_stream(run, "request-1", as_sse=as_sse, silence_seconds=silence_seconds)  # type: ignore[arg-type]  # tests pass any callable
    body = cast("AsyncIterator[bytes]", cast(StreamingResponse, response).body_iterator)  # both are what we made
    return b"".join([chunk async for chunk in body]).decode().splitlines()


async def types(run: object, silence_seconds: float = 10.0) -> list[str]:
    return [json.loads(line)["type"] for line in await lines(run, silence_seconds=silence_seconds)]


async def test_events_leave_in_the_order_they_were_emitted() -> None:
    async def run(emit: Emit) -> None:
        emit(Delta("a"))
        emit(Delta("b"))
        emit(FINAL)

    assert await types(run) == ["delta", "delta", "final"]


@pytest.mark.parametrize("as_sse", [True, False])
def test_no_proxy_keeps_or_changes_a_stream_and_no_browser_guesses_its_type(as_sse: bool) -> None:
    async def run(emit: Emit) -> None:
        emit(FINAL)

    for response in (event_stream(run, "request-1", as_sse=as_sse), replayed_stream(b"", as_sse=as_sse)):
        assert response.headers["cache-control"] == "no-store, no-transform"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-type"].partition(";")[0] in ("application/x-ndjson", "text/event-stream")


async def test_a_defect_in_the_search_still_ends_in_one_final() -> None:
    async def run(emit: Emit) -> None:
        emit(Delta("a"))
        raise RuntimeError("secret detail")

    written = await lines(run)

    assert [json.loads(line)["type"] for line in written] == ["delta", "error", "final"]
    assert "secret detail" not in "".join(written)


async def test_a_search_that_is_cancelled_from_inside_still_ends_in_one_final() -> None:
    async def run(emit: Emit) -> None:
        emit(Delta("a"))
        raise asyncio.CancelledError

    assert await types(run) == ["delta", "error", "final"]


async def test_nothing_comes_after_the_final() -> None:
    async def run(emit: Emit) -> None:
        emit(FINAL)
        emit(Delta("late"))
        raise RuntimeError

    assert await types(run) == ["final"]


async def test_silence_sends_a_ping() -> None:
    async def run(emit: Emit) -> None:
        await asyncio.sleep(0.05)
        emit(FINAL)

    assert (await types(run, silence_seconds=0.02))[0] == "ping"


async def test_closing_the_stream_cancels_the_search() -> None:
    cancelled = asyncio.Event()

    async def run(emit: Emit) -> None:
        emit(Delta("a"))
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    response = cast(StreamingResponse, event_stream(run, "request-1", as_sse=False))
    body = cast("AsyncGenerator[bytes, None]", response.body_iterator)  # it is a generator of ours
    await anext(body)
    await body.aclose()

    assert cancelled.is_set()


async def test_who_leaves_early_is_told_of_and_what_ended_is_settled() -> None:
    told: list[str] = []

    async def leave() -> None:
        told.append("left")

    async def settle() -> None:
        told.append("settled")

    async def run(emit: Emit) -> None:
        emit(Delta("a"))
        await asyncio.Event().wait()

    async def finish(emit: Emit) -> None:
        emit(FINAL)

    for search in (run, finish):
        response = cast(StreamingResponse, event_stream(search, "request-1", as_sse=False, settle=settle, leave=leave))
        body = cast("AsyncGenerator[bytes, None]", response.body_iterator)  # it is a generator of ours
        await anext(body)
        await body.aclose()

    assert told == ["left", "settled"]


async def test_a_leave_that_fails_breaks_nothing() -> None:
    async def leave() -> None:
        raise RuntimeError("a defect of ours")

    async def run(emit: Emit) -> None:
        emit(Delta("a"))
        await asyncio.Event().wait()

    response = cast(StreamingResponse, event_stream(run, "request-1", as_sse=False, leave=leave))
    body = cast("AsyncGenerator[bytes, None]", response.body_iterator)  # it is a generator of ours
    await anext(body)

    await body.aclose()


def test_kept_lines_are_replayed_in_either_form() -> None:
    kept = b'{"type":"delta","data":"a"}\n{"type":"final","data":"b"}\n'

    plain, framed = replayed_stream(kept, as_sse=False), replayed_stream(kept, as_sse=True)

    assert plain.body == kept
    assert plain.headers["idempotent-replayed"] == framed.headers["idempotent-replayed"] == "true"
    assert framed.headers["content-type"].startswith("text/event-stream")
    assert bytes(framed.body).split(b"\n\n")[1] == b'event: final\ndata: {"type":"final","data":"b"}'


@pytest.mark.parametrize("separator", ["\n", "\r", "\u2028", "\u2029", "\x85"])
async def test_an_event_is_one_line_whatever_the_text(separator: str) -> None:
    async def run(emit: Emit) -> None:
        emit(Final(f'a{separator}{{"type":"final"}}', (), "request-1"))

    written = b"\n".join(line.encode() for line in await lines(run))

    assert json.loads(written)["data"] in (f'a{separator}{{"type":"final"}}', 'a{"type":"final"}')
    assert b"\n" not in written


async def test_a_server_sent_event_names_its_type() -> None:
    async def run(emit: Emit) -> None:
        emit(FINAL)

    written = await lines(run, as_sse=True)

    assert written[0] == "event: final"
    assert json.loads(written[1].removeprefix("data: "))["request_id"] == "request-1"


def test_lone_surrogates_never_break_the_encoding() -> None:
    assert json.loads(event_bytes(Delta("a\ud800b"))[1])["data"] == "a?b"


def test_the_most_that_agents_may_send_fits_the_line_limit() -> None:
    references = tuple(Reference("😀" * 100, "") for _ in range(10))
    reply = AgentReply("😀" * 8_000, references, {"names": ["😀" * 200] * 20})
    answers = tuple(AgentAnswered(AgentId(str(n)), "https://a.example.com", "a", 1.0, reply) for n in range(20))
    sources = tuple(Source(n, AgentId(str(n)), "https://a.example.com", "a", references) for n in range(20))
    events: list[Event] = [answers[0], AgentsFinished(answers), _longest_final(sources)]

    assert [len(event_bytes(event)[1]) <= MAX_EVENT_BYTES for event in events] == [True] * 3


HOSTILE_TEXT = "<b>a</b> ![x](u) [y](javascript:alert(1)) java\u200bscript:z http://a.example\u202e"
HOSTILE_ANSWER = AgentAnswered(
    AgentId("a"),
    "https://a.example.com",
    HOSTILE_TEXT,
    1.0,
    AgentReply(HOSTILE_TEXT, (Reference(HOSTILE_TEXT, HOSTILE_TEXT),), {HOSTILE_TEXT: [{HOSTILE_TEXT: HOSTILE_TEXT}]}),
)


@pytest.mark.parametrize(
    "event",
    [
        HOSTILE_ANSWER,
        AgentsFinished((HOSTILE_ANSWER, replace(HOSTILE_ANSWER, reply=None, failure="timeout"))),
        AgentsFinished((replace(HOSTILE_ANSWER, reply=AgentReply(f"{HOSTILE_TEXT} {'😀' * 70_000}")),)),
        Final(
            HOSTILE_TEXT,
            (Source(1, AgentId("a"), "https://a.example.com", HOSTILE_TEXT, (Reference(HOSTILE_TEXT, HOSTILE_TEXT),)),),
            "request-1",
        ),
    ],
)
def test_a_text_that_nobody_cleaned_leaves_clean_all_the_same(event: Event) -> None:
    body = event_bytes(event)[1].decode()

    assert list(faults_in(body)) == []
    assert "a x y javascript z a.example" in body


def _longest_final(sources: tuple[Source, ...]) -> Final:
    """With as many claims, disagreements and unsupported sentences as a review may have."""
    claim = Claim(Span(10_000, 10_100), Span(1_000, 1_100))
    share = MOST_CLAIMS // len(sources)
    side = Disputed(20, Span(1_000, 1_400), "😀" * LONGEST_DISPUTED)
    return Final(
        "😀" * MAX_ANSWER_CHARACTERS,
        tuple(replace(source, ms=10_000.0, claims=(claim,) * share) for source in sources),
        "request-1",
        unsupported=(Span(10_000, 10_100),) * MOST_SENTENCES,
        disagreements=(Disagreement("negation", (side,) * MOST_SIDES),) * MOST_DISAGREEMENTS,
    )


def test_a_final_tells_what_it_rests_on_and_where_agents_disagree() -> None:
    claim = Claim(Span(0, 9), Span(3, 12))
    source = Source(1, AgentId("a"), "https://a.example.com", "a", (), 12.6, (claim,))
    sides = (Disputed(1, Span(3, 12), "It is 12."), Disputed(3, Span(0, 9), "It is 15."))
    final = Final("It is 12.", (source,), "request-1", {"ms": 7}, (Span(10, 20),), (Disagreement("number", sides),))

    document = json.loads(event_bytes(final)[1])

    assert document["sources"][0]["ms"] == 13
    assert document["sources"][0]["claims"] == [{"start": 0, "end": 9, "quote": {"start": 3, "end": 12}}]
    assert document["usage"] == {"ms": 7, "unsupported": [{"start": 10, "end": 20}]}
    assert document["disagreement"] == [
        {
            "kind": "number",
            "agents": [1, 3],
            "claims": [
                {"number": 1, "start": 3, "end": 12, "text": "It is 12."},
                {"number": 3, "start": 0, "end": 9, "text": "It is 15."},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            QuotaCharged(Quota(1, 5, date(2026, 3, 1))),
            {"type": "quota", "data": {"remaining": 4, "max": 5, "resets_at": "2026-03-02T00:00:00Z"}},
        ),
        (Delta("x"), {"type": "delta", "data": "x"}),
    ],
)
def test_events_have_the_documented_form(event: Event, expected: object) -> None:
    assert json.loads(event_bytes(event)[1]) == expected
