"""Everything the client raises.

::

    ClientError
    ├── Unreachable           no reply came: the name, the port, TLS, a time-out, a connection that broke
    ├── UnexpectedReply       what came is not what the contract describes
    ├── StreamBroken          a search's stream ended before its `final`
    ├── NoAnswer              a search ended, and with an error in place of an answer
    └── Refused               the server said no, in a problem document (RFC 9457)
        ├── Invalid           400, 413, 415, 422  the request does not fit the contract; `errors` says where
        ├── NotSignedIn       401
        ├── Forbidden         403
        ├── NotFound          404
        ├── Conflict          409
        ├── TooMany           429  `retry_after` says when to come back
        │   └── QuotaSpent         today's searches are used
        └── ServerFailed      5xx

No message of theirs holds a token or a password.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oqtopus.client.events import Error, Final


class ClientError(Exception):
    """Base of all errors of the client."""


class Unreachable(ClientError):
    """No reply came; `was_sent` tells whether the server may have got the request all the same."""

    def __init__(self, detail: str, *, was_sent: bool) -> None:
        super().__init__(detail)
        self.was_sent = was_sent


class UnexpectedReply(ClientError):
    """The reply is none that the contract describes: something else may answer at this address."""


class StreamBroken(ClientError):
    """The events stopped before `final`.

    A search with the same `idempotency_key` and the same question is charged once and brings its result, if it got one.
    """

    def __init__(self, idempotency_key: str) -> None:
        super().__init__("The stream of events broke off before its end.")
        self.idempotency_key = idempotency_key


class NoAnswer(ClientError):
    """The search has ended without an answer; `error` says why and `final` what the server wrote in its place."""

    def __init__(self, error: "Error", final: "Final") -> None:
        super().__init__(error.detail)
        self.error = error
        self.final = final


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem document and the `Retry-After` beside it, in seconds."""

    status: int
    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    request_id: str = ""
    errors: tuple[Mapping[str, Any], ...] = ()  # Any: `pointer` and `detail` are text; others may join them.
    retry_after: float | None = None


class Refused(ClientError):
    """The server understood the request and said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title or f"The server answered {problem.status}.")
        self.problem = problem

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def retry_after(self) -> float | None:
        return self.problem.retry_after

    @property
    def request_id(self) -> str:
        return self.problem.request_id


class Invalid(Refused):
    """The request does not fit the contract; `problem.errors` says where."""


class NotSignedIn(Refused):
    """The credential is missing, wrong, expired or revoked."""


class Forbidden(Refused):
    """The credential does not reach this far."""


class NotFound(Refused):
    """There is no such thing, or none that this caller may know of."""


class Conflict(Refused):
    """What is asked contradicts what is there."""


class TooMany(Refused):
    """Too many requests in a while."""


class QuotaSpent(TooMany):
    """Today's searches are used."""


class ServerFailed(Refused):
    """The fault is the server's; with `retry_after` the same request may succeed then."""
