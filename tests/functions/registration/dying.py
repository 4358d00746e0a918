"""A process that is killed between two calls to what it stands on: from then on nothing of it happens any more."""

from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """No `except Exception` of a dead process runs, so this is no exception of that kind."""


class LastCall:
    """The life of a process in calls to its ports: it dies when so many have been made."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    @property
    def is_over(self) -> bool:
        return self._left <= 0

    def made(self) -> None:
        self._left -= 1

    def check(self) -> None:
        if self.is_over:
            raise Killed


class Dying:
    """Stands for a port; once the process is dead, no call to it reaches the adapter, and no reply comes back."""

    def __init__(self, adapter: object, last_call: LastCall) -> None:
        self._adapter = adapter
        self._last_call = last_call

    def __getattr__(self, name: str) -> Callable[..., Any]:  # Any: whatever port this stands for.
        method = getattr(self._adapter, name)

        async def call(*arguments: Any, **named: Any) -> Any:  # Any: as above.
            self._last_call.check()
            result = await method(*arguments, **named)
            self._last_call.made()
            self._last_call.check()
            return result

        return call
