"""How long Firestore may take, what is tried again, and what its refusals mean."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeVar

from google.api_core import exceptions

from oqtopus.errors import Unavailable

T = TypeVar("T")

# Firestore says these before it has done anything.
_NOT_DONE: Final = (exceptions.Aborted, exceptions.ResourceExhausted)
# After these nobody knows: a connection that breaks (UNAVAILABLE, INTERNAL with RST_STREAM) may take an answer along.
_PERHAPS_DONE: Final = (
    exceptions.Cancelled,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.ServiceUnavailable,
    exceptions.Unknown,
)
_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 1.0
_FIRST_ROUND_SECONDS: Final = 0.005
_LONGEST_ROUND_SECONDS: Final = 0.2
_UNANSWERED: Final = "The store does not answer in time; try again later."


@dataclass(frozen=True, slots=True)
class RpcLimits:
    """Of one attempt, and of all attempts at one call together."""

    attempt_seconds: float = 2.0
    budget_seconds: float = 5.0


class Refused(Exception):
    """A precondition does not hold, so nothing was written.

    `is_maybe_done`: an attempt before got no answer, so that what stands in the way may be this very commit.
    """

    def __init__(self, is_maybe_done: bool = False) -> None:
        super().__init__(is_maybe_done)
        self.is_maybe_done = is_maybe_done


class AlreadyThere(Refused):
    """A document to create exists."""


class Missing(Refused):
    """A document to change does not exist."""


class Changed(Refused):
    """A document is not of the version that was read."""


_REFUSALS: Final[dict[type[exceptions.GoogleAPICallError], type[Refused]]] = {
    exceptions.AlreadyExists: AlreadyThere,
    exceptions.NotFound: Missing,
    exceptions.FailedPrecondition: Changed,
}


async def answered(attempt: Callable[[float], Awaitable[T]], limits: RpcLimits) -> T:
    """The outcome of `attempt(seconds)`, made again while its failures may pass; `Refused`, or `Unavailable`."""
    now = asyncio.get_running_loop().time
    give_up, is_maybe_done = now() + limits.budget_seconds, False
    for pause in _pauses(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS):
        try:
            return await attempt(min(limits.attempt_seconds, give_up - now()))
        except tuple(_REFUSALS) as error:
            raise _REFUSALS[type(error)](is_maybe_done) from error
        except (*_NOT_DONE, *_PERHAPS_DONE) as error:
            is_maybe_done |= isinstance(error, _PERHAPS_DONE)
            if now() + pause >= give_up:
                raise Unavailable(_UNANSWERED) from error
        await asyncio.sleep(pause)
    raise AssertionError("there is always another pause")


async def settled(change: Callable[[bool], Awaitable[T]], limits: RpcLimits) -> T:
    """The outcome of a change that reads and then writes on a condition; others that come between begin it anew.

    It is told whether a round before may have been written after all.
    """
    now = asyncio.get_running_loop().time
    give_up, is_maybe_done = now() + limits.budget_seconds, False
    for pause in _pauses(_FIRST_ROUND_SECONDS, _LONGEST_ROUND_SECONDS):
        try:
            return await change(is_maybe_done)
        except Refused as refused:
            is_maybe_done |= refused.is_maybe_done
            if now() + pause >= give_up:
                raise Unavailable(_UNANSWERED) from refused
        await asyncio.sleep(pause)
    raise AssertionError("there is always another pause")


def _pauses(first: float, longest: float) -> Iterator[float]:
    """Growing, and never the same for two who began together."""
    for number in count():
        yield random.uniform(0.5, 1.0) * min(longest, first * 2 ** min(number, 20))
