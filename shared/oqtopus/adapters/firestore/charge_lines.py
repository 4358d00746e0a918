"""Charges of one quota wait for each other in this process, so that a burst past the limit costs few commits.

Each charge past the limit has to be given back, by a second commit to the same document. Of two hundred charges at once
with five left, at most thirteen get to commit; the others learn that from the first refusal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from oqtopus.errors import QuotaSpent

T = TypeVar("T")

# The limit of a user is 5; a larger one is worked off by this many at a time.
AT_ONCE: Final = 8


class _Line:
    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.members = 0
        self.refusal: QuotaSpent | None = None


class ChargeLines:
    """One line for each quota that is being charged at the moment."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}

    async def charged(self, quota: str, charge: Callable[[], Awaitable[T]]) -> T:
        """The outcome of `charge`, or a refusal that another charge met while this one waited for its turn.

        Such a refusal was true after this charge was asked for, and so it is as true for this one.
        """
        line = self._lines.setdefault(quota, _Line())
        before = line.refusal
        line.members += 1
        try:
            async with line.turns:
                if line.refusal is not before and line.refusal is not None:
                    raise QuotaSpent(line.refusal.limit, line.refusal.resets_at)
                return await charge()
        except QuotaSpent as refusal:
            line.refusal = refusal
            raise
        finally:
            line.members -= 1
            if not line.members:
                del self._lines[quota]
