"""One text out of a chain of models: when one fails, the next one writes, and the stream says so."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from oqtopus.domain.clean_text import TextCleaner
from oqtopus.domain.events import Delta, Event, Failed
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS
from oqtopus.domain.text import is_blank
from oqtopus.errors import ModelFailure
from oqtopus.observability import event_log
from oqtopus.ports import LanguageModel

log = event_log(__name__)

Emit = Callable[[Event], None]
Pieces = Callable[[LanguageModel], AsyncGenerator[str, None]]


@dataclass(frozen=True, slots=True)
class Written:
    """A whole text and the name of the model that wrote it."""

    text: str
    model: str


async def write(models: Sequence[LanguageModel], pieces: Pieces, emit: Emit) -> Written:
    """Stream `pieces(model)` of the first model that gets to its end, as deltas of at most 20,000 characters.

    The deltas make the text when joined, and that is clean. A model that breaks off leaves a `model_restarted` error
    behind: the deltas before it are void. `ModelFailure` of the last model when none gets to its end; a text of which
    nothing is to be seen is a failure, too.
    """
    last_failure = ModelFailure("none", "unavailable")
    for model in models:
        text: list[str] = []
        try:
            await _stream(pieces(model), text, emit)
            if is_blank(written := "".join(text)):
                raise ModelFailure(model.name, "empty")
            return Written(written, model.name)
        except ModelFailure as failure:
            log.warning("model_failed", model=failure.model, reason=failure.reason, step="write")
            if text:
                emit(Failed("model_restarted", "A model broke off; the answer starts again."))
            last_failure = failure
    raise last_failure


async def _stream(pieces: AsyncGenerator[str, None], text: list[str], emit: Emit) -> None:
    room = MAX_ANSWER_CHARACTERS
    async with aclosing(pieces), aclosing(_cleaned(pieces)) as cleaned:
        async for piece in cleaned:
            text.append(piece[:room])
            emit(Delta(text[-1]))
            room -= len(piece)
            if room <= 0:
                return


async def _cleaned(pieces: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """What of the pieces may leave, as soon as it may."""
    cleaner = TextCleaner()
    async for piece in pieces:
        if shown := cleaner.feed(piece):
            yield shown
    if rest := cleaner.finish():
        yield rest
