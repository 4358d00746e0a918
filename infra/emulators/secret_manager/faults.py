"""What a test lets go wrong, by the method's name, for instance `AccessSecretVersion`."""

import threading
from collections import Counter
from typing import Any, Final

import grpc  # type: ignore[import-untyped]  # It has no types.

from infra.emulators.secret_manager.refusals import Refused

FOR_GOOD: Final = 1_000_000


class Faults:
    """Faults of a double in this process; one in a process of its own has none, for nobody could order them there."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._failures: dict[str, tuple[grpc.StatusCode, int]] = {}
        self._losses: Counter[str] = Counter()
        self._corruptions: Counter[str] = Counter()
        self._delays: dict[str, float] = {}
        self._ended = threading.Event()

    def fail(self, method: str, code: grpc.StatusCode, times: int = FOR_GOOD) -> None:
        """The next calls end in `code` and change nothing."""
        self._failures[method] = (code, times)

    def lose(self, method: str, times: int = FOR_GOOD) -> None:
        """The next calls do what they must, but UNAVAILABLE is all that the caller hears of it."""
        self._losses[method] = times

    def corrupt(self, method: str, times: int = FOR_GOOD) -> None:
        """One bit of the payload, asked or answered, flips on the way."""
        self._corruptions[method] = times

    def delay(self, method: str, seconds: float) -> None:
        """Every call waits first; a delay of 0 ends that."""
        self._delays[method] = seconds

    def end(self) -> None:
        """Whoever waits in a delay goes on at once."""
        self._ended.set()

    def before(self, method: str, request: Any) -> None:  # Messages of two kinds, whose classes have no types.
        with self._lock:
            self.calls[method] += 1
            code, times = self._failures.get(method, (None, 0))
            if times:
                self._failures[method] = (code, times - 1)
        self._ended.wait(self._delays.get(method, 0.0))
        if times:
            raise Refused(code, f"{method} fails because a test says so.")
        self._corrupt(method, request)

    def after(self, method: str, reply: Any) -> None:  # As in `before`.
        if self._taken(self._losses, method):
            raise Refused(grpc.StatusCode.UNAVAILABLE, f"The reply of {method} is lost because a test says so.")
        self._corrupt(method, reply)

    def _corrupt(self, method: str, message: Any) -> None:  # As in `before`.
        if getattr(message, "payload", None) and self._taken(self._corruptions, method):
            data = message.payload.data
            message.payload.data = bytes([data[0] ^ 1]) + data[1:]

    def _taken(self, left: Counter[str], method: str) -> bool:
        with self._lock:
            is_left = left[method] > 0
            left[method] -= is_left
            return is_left
