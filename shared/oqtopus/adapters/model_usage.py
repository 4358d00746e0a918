"""One call to a provider's model as operators see it: a span, and a line in the log with its tokens."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from oqtopus.adapters.model_calls import at
from oqtopus.observability import event_log
from oqtopus.telemetry import span

log = event_log(__name__)

Task = Literal["route", "write"]


@dataclass(slots=True)
class Usage:
    """The tokens of one call as far as the provider has told them; the last word counts."""

    input_tokens: int = 0
    output_tokens: int = 0

    def take(self, tokens: tuple[int, int] | None) -> None:
        if tokens is not None:
            self.input_tokens, self.output_tokens = tokens


@contextmanager
def model_call(model: str, task: Task, monotonic: Callable[[], float] = time.monotonic) -> Iterator[Usage]:
    """The call is made inside the block, which is told what it used; one that fails or is left is told of too."""
    usage, started, is_whole = Usage(), monotonic(), False
    with span("model", "client", model=model, task=task) as part:
        try:
            yield usage
            is_whole = True
        finally:
            tokens = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
            part.set(is_whole=is_whole, **tokens)
            ms = round((monotonic() - started) * 1_000)
            log.info("model_called", model=model, task=task, is_whole=is_whole, ms=ms, **tokens)


def tokens_at(holder: object, given: str, *made: str) -> tuple[int, int] | None:
    """The tokens given and made under these names in a provider's account of them; None when there is none."""
    counted = [count for name in made if isinstance(count := at(holder, name), int)]
    taken = at(holder, given)
    return (taken if isinstance(taken, int) else 0, sum(counted)) if counted or isinstance(taken, int) else None
