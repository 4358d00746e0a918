"""What the adapters of the model providers share: limits, the words for failures, deadlines, and streams."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from oqtopus.errors import ModelFailure
from oqtopus.observability import event_log

T = TypeVar("T")
Json = dict[str, Any]  # A provider's reply has no shape until it has been read.

ModelFailureReason = Literal[
    "timeout",
    "rate_limited",
    "unavailable",
    "unauthorised",
    "rejected",  # the provider calls our request wrong, so it is of no use to send it again
    "refused",  # the provider or its filter declines to answer this question
    "malformed",
    "empty",
    "cut",  # the stream ended before the provider said that it was whole
]

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """Wall-clock deadlines: of routing, up to the first piece of an answer, and of the whole answer."""

    route_seconds: float = 5.0
    first_piece_seconds: float = 15.0
    answer_seconds: float = 45.0
    max_output_tokens: int = 4096


class ConnectionLost(ModelFailure):
    """There was no connection, or it ended without a whole reply; nothing of it has been passed on."""

    def __init__(self, model: str) -> None:
        super().__init__(model, "unavailable")


def failure(model: str, reason: ModelFailureReason, error: BaseException | None = None) -> ModelFailure:
    """The failure to raise `from None`: providers' own messages quote keys, prompts and answers."""
    kind = type(error).__name__ if error is not None else None
    log.warning("model_call_failed", model=model, reason=reason, error=kind)
    return ModelFailure(model, reason)


def reason_of_status(status: int | None) -> ModelFailureReason:
    match status:
        case 401 | 403:
            return "unauthorised"
        case 408 | 504:
            return "timeout"
        case 429:
            return "rate_limited"
        case int() if 400 <= status < 500:
            return "rejected"
        case _:
            return "unavailable"


def at(value: object, *path: str | int) -> object:
    """What stands under these keys and positions of some JSON, or None."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(value: object, *path: str | int) -> str:
    """The string under these keys and positions, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


async def in_time(model: str, seconds: float, call: Callable[[], Awaitable[T]]) -> T:
    """The outcome of a call within a deadline; a connection lost before the reply is tried once more."""
    try:
        async with asyncio.timeout(seconds):
            return await at_second_try(call)
    except TimeoutError as error:
        raise failure(model, "timeout", error) from None


async def at_second_try(call: Callable[[], Awaitable[T]]) -> T:
    """The outcome of a call; kept connections may have died unnoticed, so one lost is tried once more."""
    try:
        return await call()
    except ConnectionLost as lost:
        log.info("model_call_repeated", model=lost.model)
        return await call()


async def event_groups(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[Json]]:
    """The JSON of server-sent events, by groups of what arrived together."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        data = [line[5:].strip() for line in lines if line.startswith(b"data:")]
        if events := [json.loads(line) for line in data if line.startswith(b"{")]:
            yield events


async def streamed(model: str, pieces: AsyncIterator[str], limits: ModelLimits) -> AsyncGenerator[str, None]:
    """The pieces, each as soon as it is there, under the deadlines of a stream.

    A task of its own reads them: cancelling it closes the provider's connection at once, wherever it waits,
    which closing the SDKs' nested generators does not.
    """
    arrived: asyncio.Queue[str | None] = asyncio.Queue()
    reading = asyncio.create_task(_read(model, pieces, limits, arrived))
    try:
        while (piece := await arrived.get()) is not None:
            yield piece
        await reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(
    model: str, pieces: AsyncIterator[str], limits: ModelLimits, arrived: asyncio.Queue[str | None]
) -> None:
    """Put every piece, then None, which also stands where it failed."""
    whole_until = asyncio.get_running_loop().time() + limits.answer_seconds
    is_first = True
    try:
        async with asyncio.timeout(min(limits.first_piece_seconds, limits.answer_seconds)) as deadline:
            async for piece in pieces:
                if is_first and piece:
                    is_first = False
                    deadline.reschedule(whole_until)
                if piece:
                    arrived.put_nowait(piece)
        if is_first:
            raise failure(model, "empty")
    except TimeoutError as error:
        raise failure(model, "timeout", error) from None
    finally:
        arrived.put_nowait(None)
