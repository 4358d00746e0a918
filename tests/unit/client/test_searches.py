"""Searches of the two clients, over loopback."""

import asyncio
from contextlib import ExitStack, closing

import pytest

from oqtopus.client import (
    AsyncOqtopusClient,
    Conflict,
    Delta,
    Final,
    NoAnswer,
    Quota,
    StreamBroken,
    UnexpectedReply,
)
from tests.fakes import search_events
from tests.fakes.api_server import ApiServer, Gate, Scripted, document, problem, stream
from tests.unit.client.conftest import Asynchronous, Blocking, Face

QUOTA = search_events.QUOTA["data"]
ACCOUNT = {"id": "account-1", "email": "ada@example.org", "username": "ada", "created_at": "2026-11-22T00:00:00Z"}
LOGIN = {"token": "oqs_new", "token_type": "Bearer", "expires_at": "2026-12-22T00:00:00Z", "account": ACCOUNT}


def test_a_search_gives_its_events_as_they_come(face: Face, api: ApiServer, gate: Gate) -> None:
    api.plays(stream(search_events.QUOTA, search_events.delta("Heat"), gate, search_events.final()))

    events = face.search(api.url, "Who directed Heat?")
    early = [next(events), next(events)]
    gate.open()
    late = list(events)

    assert [type(event) for event in early] == [Quota, Delta]
    assert [type(event) for event in late] == [Final]
    assert api.requests[0].document == {"query": "Who directed Heat?"}
    assert api.requests[0].headers["accept"] == "application/x-ndjson"


def test_each_search_has_a_key_of_its_own_and_each_attempt_the_same(face: Face, api: ApiServer) -> None:
    refusal, events = problem(503, "unavailable", retry_after="1"), stream(*search_events.whole_search())
    api.plays(refusal, events, events, events)

    list(face.search(api.url, "Why?"))
    list(face.search(api.url, "Why?"))
    list(face.search(api.url, "Why?", "my-key"))

    first, again, second, given = [request.headers["idempotency-key"] for request in api.requests]
    assert first == again
    assert first != second
    assert given == "my-key"


def test_a_search_is_asked_again_where_no_reply_came(face: Face, api: ApiServer) -> None:
    cut = Scripted(503, {"Content-Length": "5"}, pieces=[b"x"], ends=False)
    running = problem(409, "conflict", "A search with this Idempotency-Key is running; wait for its end.")
    api.plays(cut, running, stream(*search_events.whole_search()))

    events = list(face.search(api.url, "Why?"))

    assert isinstance(events[-1], Final)
    assert face.waits == [0.25, 1.0]


def test_a_key_that_is_in_use_elsewhere_is_not_waited_for(face: Face, api: ApiServer) -> None:
    api.plays(problem(409, "conflict"))

    with pytest.raises(Conflict):
        list(face.search(api.url, "Why?", "my-key"))


@pytest.mark.parametrize("ends", [True, False], ids=["ended", "cut"])
def test_a_stream_without_its_final_is_broken_and_not_begun_again(face: Face, api: ApiServer, ends: bool) -> None:
    api.plays(stream(search_events.QUOTA, search_events.delta("He"), ends=ends))
    seen = []

    with pytest.raises(StreamBroken) as broken:
        for event in face.search(api.url, "Why?", "my-key"):
            seen.append(event)

    assert [type(event) for event in seen] == [Quota, Delta]
    assert broken.value.idempotency_key == "my-key"
    assert len(api.requests) == 1


def test_nothing_is_read_past_the_final(api: ApiServer, gate: Gate) -> None:
    api.plays(stream(*search_events.whole_search(), gate))

    with Blocking().client(api.url) as client:
        events = list(client.search("Why?"))
        has_left = api.left.wait(5)

    assert isinstance(events[-1], Final)
    assert has_left


def test_a_page_in_place_of_a_stream_is_refused(face: Face, api: ApiServer) -> None:
    api.plays(Scripted(200, {"Content-Type": "text/html"}, b"<html>"))

    with pytest.raises(UnexpectedReply, match="no stream"):
        list(face.search(api.url, "Why?"))


def test_an_answer_is_the_final_alone(face: Face, api: ApiServer) -> None:
    harmless = search_events.error("model_restarted"), search_events.error("synthesis_failed")
    api.plays(stream(search_events.QUOTA, search_events.delta("x"), *harmless, *search_events.whole_search()[1:]))

    final = face.call(api.url, "answer", "Who directed Heat?")

    assert final.text == "Heat is by Michael Mann. [1]"
    assert final.sources[0].name == "Film guide"


@pytest.mark.parametrize("code", ["no_answer", "declined", "internal", "a_new_one"])
def test_an_error_in_place_of_an_answer_is_raised(face: Face, api: ApiServer, code: str) -> None:
    api.plays(stream(search_events.QUOTA, search_events.error(code, "None."), search_events.final("Sorry.")))

    with pytest.raises(NoAnswer, match=r"None\.") as failed:
        face.call(api.url, "answer", "Why?")

    assert failed.value.error.code == code
    assert failed.value.final.text == "Sorry."


def test_leaving_a_search_ends_it_and_not_its_client(api: ApiServer, gate: Gate) -> None:
    api.plays(stream(search_events.QUOTA, gate), document(QUOTA))

    with Blocking().client(api.url) as client:
        with client.search("Why?") as events:
            next(events)
        has_left = api.left.wait(5)
        quota = client.read_quota()

    assert has_left
    assert quota.remaining == 4


async def test_leaving_a_search_ends_it_for_coroutines_too(api: ApiServer, gate: Gate) -> None:
    api.plays(stream(search_events.QUOTA, gate), document(QUOTA))

    async with Asynchronous().client(api.url) as client:
        async with client.search("Why?") as events:
            await anext(events)
        has_left = await asyncio.to_thread(api.left.wait, 5)
        quota = await client.read_quota()

    assert has_left
    assert quota.remaining == 4


async def test_a_cancelled_coroutine_ends_its_search(api: ApiServer, gate: Gate) -> None:
    begun = asyncio.Event()
    api.plays(stream(search_events.QUOTA, gate))

    async def watch(client: AsyncOqtopusClient) -> None:
        async for _ in client.search("Why?"):
            begun.set()

    async with Asynchronous().client(api.url) as client:
        task = asyncio.create_task(watch(client))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        has_left = await asyncio.to_thread(api.left.wait, 5)

    assert has_left


async def test_many_searches_run_side_by_side(api: ApiServer) -> None:
    with ExitStack() as stack:
        gates = [stack.enter_context(closing(Gate())) for _ in range(5)]
        api.plays(*(stream(search_events.QUOTA, gate, search_events.final()) for gate in gates))

        async with Asynchronous().client(api.url) as client:
            streams = [client.search(f"Question {number}?") for number in range(5)]
            first = await asyncio.gather(*(anext(stream) for stream in streams))
            for gate in gates:
                gate.open()
            last = await asyncio.gather(*(anext(stream) for stream in streams))

    assert {type(event) for event in first} == {Quota}
    assert {type(event) for event in last} == {Final}
