"""Clients belong to the event loop that they were made in: one is made for each loop, when it is first needed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class OncePerLoop(Generic[T]):
    """A value made at first use and kept as long as its event loop; concurrent first uses make one."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._made: dict[asyncio.AbstractEventLoop, asyncio.Future[T]] = {}

    async def get(self) -> T:
        loop = asyncio.get_running_loop()
        made = self._made.get(loop)
        if made is None or (made.done() and (made.cancelled() or made.exception())):
            made = asyncio.ensure_future(self._make())
            others = {of: one for of, one in self._made.items() if not of.is_closed()}
            self._made = {**others, loop: made}
        return made.result() if made.done() else await asyncio.shield(made)

    def taken(self) -> T | None:
        """The running loop's value, which is then forgotten, for closing it."""
        made = self._made.pop(asyncio.get_running_loop(), None)
        if made is None or not made.done() or made.cancelled() or made.exception():
            return None
        return made.result()
