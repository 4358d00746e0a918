"""So many at once and no more: who comes later waits in line, and holds up nobody who stands in another line."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """A line for each key; a line is forgotten as soon as nobody stands in it."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        # The loop is part of the key because tasks of one loop cannot wait for those of another.
        self._lines: dict[tuple[asyncio.AbstractEventLoop, Hashable], _Line] = {}

    @asynccontextmanager
    async def turn(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for one of the places of `key` and have it inside the block; first come, first served."""
        place = (asyncio.get_running_loop(), key)
        line = self._lines.setdefault(place, _Line(self._at_once))
        line.standing += 1
        try:
            async with line.places:
                yield
        finally:
            line.standing -= 1
            if not line.standing:
                del self._lines[place]

    def has_room(self, key: Hashable) -> bool:
        """Whether a turn would begin at once."""
        line = self._lines.get((asyncio.get_running_loop(), key))
        return line is None or not line.places.locked()

    def __len__(self) -> int:
        """How many lines there are."""
        return len(self._lines)


class _Line:
    def __init__(self, at_once: int) -> None:
        self.places = asyncio.Semaphore(at_once)
        self.standing = 0
