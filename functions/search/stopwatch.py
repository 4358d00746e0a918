"""How long a search takes to its first event, to its first words and to its end."""

from collections.abc import Callable
from functools import partial

from functions.search.synthesis import Emit
from oqtopus.domain.events import Delta, Event


class Stopwatch:
    """Runs from when it is made; `now` gives seconds. Times are whole milliseconds, 0 for what has not come."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = now()
        self.first_event_ms = 0
        self.first_words_ms = 0

    @property
    def ms(self) -> int:
        return round((self._now() - self._began) * 1_000)

    def passing(self, emit: Emit) -> Emit:
        """Emits what it is given and takes the time of what comes first."""
        return partial(self._pass, emit)

    def _pass(self, emit: Emit, event: Event) -> None:
        emit(event)
        self.first_event_ms = self.first_event_ms or self.ms
        if isinstance(event, Delta):
            self.first_words_ms = self.first_words_ms or self.ms
