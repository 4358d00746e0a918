"""One text out of a chain of models: when one fails, the next one writes, and the stream says so."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from oqtopus.domain.events import Delta, Event, Failed
from oqtopus.errors import ModelFailure
from oqtopus.observability import event_log
from oqtopus.ports import LanguageModel

log = event_log(__name__)

MAX_ANSWER_CHARACTERS = 20_000

Emit = Callable[[Event], None]
Pieces = Callable[[LanguageModel], AsyncGenerator[str, None]]


@dataclass(frozen=True, slots=True)
class Written:
    """A whole text and the name of the model that wrote it."""

    text: str
    model: str


async def write(models: Sequence[LanguageModel], pieces: Pieces, emit: Emit) -> Written:
    """Stream `pieces(model)` of the first model that gets to its end, as deltas of at most 20,000 characters.

    A model that breaks off leaves a `model_restarted` error behind: the deltas before it are void. `ModelFailure` of
    the last model when none gets to its end.
    """
    last_failure = ModelFailure("none", "unavailable")
    for model in models:
        text: list[str] = []
        try:
            await _stream(pieces(model), text, emit)
            return Written("".join(text), model.name)
        except ModelFailure as failure:
            log.warning("model_failed", model=failure.model, reason=failure.reason, step="write")
            if text:
                emit(Failed("model_restarted", "A model broke off; the answer starts again."))
            last_failure = failure
    raise last_failure


async def _stream(pieces: AsyncGenerator[str, None], text: list[str], emit: Emit) -> None:
    room = MAX_ANSWER_CHARACTERS
    async with aclosing(pieces):
        async for piece in pieces:
            text.append(piece[:room])
            emit(Delta(text[-1]))
            room -= len(piece)
            if room <= 0:
                return
