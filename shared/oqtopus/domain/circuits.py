"""When an agent that keeps failing is left alone, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# By chance alone, an agent that answers nine calls of ten fails three in a row once in a thousand: two would rest it
# once in a hundred, and five would let two more askers wait in vain.
OPEN_AFTER_FAILURES: Final = 3
SHORTEST_REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(minutes=15)


class CircuitState(StrEnum):
    """`OPEN`: no search calls the agent. `PROBATION`: one at a time does, where there is room behind healthy ones."""

    CLOSED = "closed"
    OPEN = "open"
    PROBATION = "probation"


@dataclass(frozen=True, slots=True)
class Circuit:
    """An agent's latest failures, if its last call was one; `failing_since` is the first one's time."""

    failures_in_a_row: int = 0
    failing_since: datetime | None = None
    last_failure_at: datetime | None = None

    def state(self, now: datetime) -> CircuitState:
        if self.failures_in_a_row < OPEN_AFTER_FAILURES:
            return CircuitState.CLOSED
        rests_until = self.rests_until
        return CircuitState.OPEN if rests_until is not None and now < rests_until else CircuitState.PROBATION

    @property
    def rest(self) -> timedelta:
        """How long it is left alone after its last failure: as long as it has been failing, within bounds.

        So the rest doubles from try to try, however many calls have failed side by side in between.
        """
        if self.failing_since is None or self.last_failure_at is None:
            return SHORTEST_REST
        return min(max(self.last_failure_at - self.failing_since, SHORTEST_REST), LONGEST_REST)

    @property
    def rests_until(self) -> datetime | None:
        """When an open circuit lets a call through again; None for a closed one, or where the time is not known."""
        if self.failures_in_a_row < OPEN_AFTER_FAILURES or self.last_failure_at is None:
            return None
        return self.last_failure_at + self.rest
