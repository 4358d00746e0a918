"""How much work a review may be. It is counted rather than timed, so that the same answer is always reviewed alike."""

from dataclasses import dataclass
from typing import Final

# About as many microseconds of processor time.
MOST_EFFORT: Final = 25_000
PER_NUMBER: Final = 20
PER_STATEMENT: Final = 1
PER_CLOSE_STATEMENT: Final = 3
PER_PAIR_OF_NUMBERS: Final = 1


@dataclass(slots=True)
class Effort:
    """What is left of it; the step that spends the last of it is still finished."""

    left: int = MOST_EFFORT

    @property
    def is_spent(self) -> bool:
        return self.left <= 0

    def spend(self, steps: int) -> None:
        self.left -= steps
