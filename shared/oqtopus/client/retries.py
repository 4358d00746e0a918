"""When a call is made again, and after how long."""

from dataclasses import dataclass, field
from typing import Any

from oqtopus.client.calls import Call
from oqtopus.client.errors import ClientError, Conflict, Refused, ServerFailed, TooMany, Unreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """At most so many attempts, and so many seconds of waiting between them in all.

    A wait is what `Retry-After` says, and one that would go past `max_wait` is not begun: a daily quota is not waited
    for. Where the server has said nothing, waits begin with `first_wait` and double.
    """

    attempts: int = 4
    max_wait: float = 30.0
    first_wait: float = 0.25


@dataclass(slots=True)
class Retries:
    """The attempts at one call."""

    policy: RetryPolicy
    call: Call[Any]  # Any: what it brings does not matter here.
    made: int = field(default=1, init=False)
    waited: float = field(default=0.0, init=False)
    _may_be_running: bool = field(default=False, init=False)

    def wait_after(self, failure: ClientError) -> float | None:
        """The seconds to wait before the next attempt; None when the failure stands."""
        seconds = self._seconds(failure)
        if seconds is None or self.made >= self.policy.attempts or self.waited + seconds > self.policy.max_wait:
            return None
        self.made += 1
        self.waited += seconds
        return seconds

    def _seconds(self, failure: ClientError) -> float | None:
        backoff: float = self.policy.first_wait * 2.0 ** (self.made - 1)
        match failure:
            case Unreachable(was_sent=False):
                return backoff
            case Unreachable() if self.call.is_repeatable:
                self._may_be_running = True
                return backoff
            case TooMany() | ServerFailed(status=503):
                return failure.retry_after
            # The server has not noticed yet that the connection of our first attempt is gone.
            case Conflict() if self.call.has_key and self._may_be_running:
                return max(1.0, backoff)
            case Refused() | ClientError():
                return None
