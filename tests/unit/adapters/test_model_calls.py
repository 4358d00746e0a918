"""Once per loop, in groups, and by status."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from oqtopus.adapters.model_calls import event_groups, reason_of_status
from oqtopus.adapters.once_per_loop import OncePerLoop


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_concurrent_first_uses_make_one_value() -> None:
    made: list[object] = []

    async def make() -> object:
        await asyncio.sleep(0)
        made.append(object())
        return made[-1]

    once = OncePerLoop(make)
    values = await asyncio.gather(*(once.get() for _ in range(20)))

    assert len(made) == 1
    assert set(values) == {await once.get()}


async def test_a_cancelled_first_use_leaves_the_others_their_value() -> None:
    may_finish = asyncio.Event()

    async def make() -> str:
        await may_finish.wait()
        return "made"

    once = OncePerLoop(make)
    impatient, patient = asyncio.ensure_future(once.get()), asyncio.ensure_future(once.get())
    await asyncio.sleep(0)
    impatient.cancel()
    may_finish.set()

    assert await patient == "made"


async def test_a_failed_making_is_tried_anew() -> None:
    outcomes = iter([ImportError("no SDK"), None])

    async def make() -> str:
        if (error := next(outcomes)) is not None:
            raise error
        return "made"

    once = OncePerLoop(make)
    with pytest.raises(ImportError):
        await once.get()

    assert await once.get() == "made"


def test_each_loop_has_its_own_value() -> None:
    async def make() -> object:
        return object()

    once = OncePerLoop(make)

    assert asyncio.run(once.get()) is not asyncio.run(once.get())


async def test_events_split_anywhere_are_whole() -> None:
    stream = 'event: e\ndata: {"text": "é"}\r\n\r\n: comment\ndata:{"text":"b"}\n\ndata: [DONE]\n\n'.encode()
    parts = [stream[at : at + 1] for at in range(len(stream))]

    events = [event async for group in event_groups(chunks(*parts)) for event in group]

    assert events == [{"text": "é"}, {"text": "b"}]


async def test_what_arrives_together_is_one_group() -> None:
    groups = [group async for group in event_groups(chunks(b'data: {"n":1}\ndata: {"n":2}\n'))]

    assert groups == [[{"n": 1}, {"n": 2}]]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, "rejected"),
        (401, "unauthorised"),
        (403, "unauthorised"),
        (404, "rejected"),
        (408, "timeout"),
        (429, "rate_limited"),
        (500, "unavailable"),
        (503, "unavailable"),
        (504, "timeout"),
        (302, "unavailable"),
        (None, "unavailable"),
    ],
)
def test_each_status_has_its_word(status: int | None, reason: str) -> None:
    assert reason_of_status(status) == reason
