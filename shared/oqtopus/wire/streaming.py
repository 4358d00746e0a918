"""A stream of events over HTTP that owns its failures: it always ends in exactly one `final`."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import aclosing

from starlette.responses import Response, StreamingResponse

from oqtopus import telemetry
from oqtopus.domain.events import Event, Failed, Final, Ping
from oqtopus.observability import event_log
from oqtopus.wire.events import event_bytes
from oqtopus.wire.responses import HEADERS

log = event_log(__name__)

SILENCE_SECONDS = 10.0
_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}

Emit = Callable[[Event], None]
Run = Callable[[Emit], Awaitable[None]]
Settle = Callable[[], Coroutine[None, None, None]]

_settling: set[asyncio.Task[None]] = set()


async def _nothing() -> None:
    """What there is to settle where nobody said anything else."""


def event_stream(
    run: Run,
    request_id: str,
    *,
    as_sse: bool,
    settle: Settle = _nothing,
    leave: Settle = _nothing,
    silence_seconds: float = SILENCE_SECONDS,
) -> Response:
    """Run `run` and send each event it emits at once, as NDJSON or as server-sent events.

    When the client goes away, `run` is cancelled and `leave` runs to its end. When `run` has ended by itself, well or
    not, and the last event is on its way, `settle` runs to its end, and the reply stays open for it: a serverless
    instance may be frozen afterwards.
    """
    body = _encode(_Events(run, settle, leave, request_id, silence_seconds).drain(), as_sse)
    return StreamingResponse(body, 200, HEADERS | _HEADERS, _media_type(as_sse))


def replayed_stream(lines: bytes, *, as_sse: bool) -> Response:
    """The events of an earlier stream, kept as NDJSON, in the form that is asked for now."""
    body = lines
    if as_sse:
        events = ((json.loads(line)["type"], line) for line in lines.split(b"\n") if line)
        body = b"".join(_framed(kind, line, as_sse) for kind, line in events)
    headers = {**HEADERS, **_HEADERS, "Idempotent-Replayed": "true"}
    return Response(body, 200, headers, _media_type(as_sse))


async def _encode(batches: AsyncGenerator[list[Event], None], as_sse: bool) -> AsyncIterator[bytes]:
    async with aclosing(batches):
        async for batch in batches:
            yield b"".join(_framed(kind, body, as_sse) for kind, body in map(event_bytes, batch))


def _framed(kind: str, body: bytes, as_sse: bool) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), body) if as_sse else body + b"\n"


def _media_type(as_sse: bool) -> str:
    return "text/event-stream" if as_sse else "application/x-ndjson; charset=utf-8"


class _Events:
    """The queue between a running search and its reply; it never holds more than one search can emit."""

    def __init__(self, run: Run, settle: Settle, leave: Settle, request_id: str, silence_seconds: float) -> None:
        self._run = run
        self._settle = settle
        self._leave = leave
        self._request_id = request_id
        self._silence_seconds = silence_seconds
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._is_final = False
        self._has_ended = False
        self._is_left = False

    async def drain(self) -> AsyncGenerator[list[Event], None]:
        """Events as they come, those that wait together in one batch."""
        task = asyncio.create_task(self._drive())
        try:
            while batch := await self._batch():
                yield batch
        finally:
            self._is_left = True
            ending = [task]
            if not self._has_ended:
                ending.append(_outliving(self._leave))
            task.cancel()
            await asyncio.wait(ending)

    async def _batch(self) -> list[Event]:
        try:
            async with asyncio.timeout(None if self._is_final else self._silence_seconds):
                event = await self._queue.get()
        except TimeoutError:
            return [Ping()]
        # One turn of the loop, so that what lands at the same moment leaves together.
        await asyncio.sleep(0)
        batch = []
        while event is not None:
            batch.append(event)
            if self._queue.empty():
                return batch
            event = self._queue.get_nowait()
        if batch:
            self._queue.put_nowait(None)
        return batch

    def _emit(self, event: Event) -> None:
        if self._is_final:
            return
        self._is_final = isinstance(event, Final)
        self._queue.put_nowait(event)

    async def _drive(self) -> None:
        try:
            await self._run(self._emit)
        except (Exception, asyncio.CancelledError) as failure:
            # Cancelled by anything but its client, a search has failed, and its stream must end all the same.
            if self._is_left:
                raise
            log.error("search_failed", failure=failure)
        if not self._is_final:
            self._emit(Failed("internal", "The search failed; it is logged under this request id."))
            self._emit(Final("", (), self._request_id))
        self._has_ended = True
        await asyncio.shield(_outliving(self._settle))
        self._queue.put_nowait(None)


def _outliving(settle: Settle) -> "asyncio.Task[None]":
    """Runs to its end: a client that leaves must not undo what is owed, so the task outlives the stream."""
    settling = asyncio.create_task(_settled(settle))
    _settling.add(settling)
    settling.add_done_callback(_settling.discard)
    return settling


async def _settled(settle: Settle) -> None:
    try:
        await settle()
    except Exception as failure:
        log.error("search_not_settled", failure=failure)
    await telemetry.flush()
