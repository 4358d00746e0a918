"""A day's model calls that several instances share, and publishers that keep what they are given."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from oqtopus.errors import Unavailable
from oqtopus.messages import Message


@dataclass
class CountingBudget:
    """Implements `CallBudget`; `takes` counts the round trips."""

    is_down: bool = False
    takes: int = 0
    totals: Counter[date] = field(default_factory=Counter)

    async def take(self, count: int, day: date) -> int:
        self.takes += 1
        if self.is_down:
            raise Unavailable("The store does not answer.")
        self.totals[day] += count
        return self.totals[day]


@dataclass
class KeepingPublisher:
    """Implements `Publisher`."""

    messages: list[Message] = field(default_factory=list)

    async def warm(self) -> None:
        """Nothing to make."""

    def publish(self, message: Message) -> None:
        self.messages.append(message)

    async def flush(self) -> None:
        """Nothing is on its way."""

    async def aclose(self) -> None:
        """Nothing to close."""
