"""Everything oqtopus raises.

::

    OqtopusError
    ├── RequestError                 the caller can mend it; HTTP 4xx
    │   ├── MalformedRequest         400
    │   ├── Unauthenticated          401
    │   ├── Forbidden                403
    │   ├── NotFound                 404
    │   ├── MethodNotAllowed         405
    │   ├── Conflict                 409
    │   ├── SearchLoop               409  agents that search in turn, one too deep
    │   ├── TooLarge                 413
    │   ├── UnsupportedMediaType     415
    │   ├── Unprocessable            422  names each fault by JSON pointer
    │   ├── QuotaSpent               429
    │   └── TooManyRequests          429  too many tries in a while
    ├── AgentFailure                 an agent did not answer as it must; a word of a closed set says how
    ├── RefusedUrl                   an agent's URL breaks a rule of the egress policy; a word says which
    ├── ModelFailure                 a language model did not answer; another one is asked
    ├── KeyNotFound                  the vault holds no such key
    ├── MalformedMessage             a message from another function is none of those that we know
    ├── MailRefused                  the mail server will not take this mail, now or later
    ├── Unavailable                  a service that we need does not answer; HTTP 503, to be tried again
    └── ConfigurationError           the process must not start

The first argument of each is written for whoever reads the reply: it names no path, class, store or address.
`oqtopus.wire.problems` holds the one table that turns a type into a status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FailureReason = Literal[
    "blocked",
    "unreachable",
    "timeout",
    "too_large",
    "redirect",
    "bad_status",
    "bad_media_type",
    "bad_encoding",
    "bad_json",
    "bad_shape",
    "protocol",
    "tls",
]

UrlRule = Literal["length", "characters", "scheme", "authority", "port", "host", "reserved_name", "path", "address"]


class OqtopusError(Exception):
    """Base of all errors raised on purpose."""


class RequestError(OqtopusError):
    """The request cannot be served as it is; the message says what its sender can do about it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class MalformedRequest(RequestError):
    """The bytes are not the JSON object that every body must be."""


class Unauthenticated(RequestError):
    """The credential is missing, wrong, expired or revoked; the reply does not say which."""

    def __init__(self, detail: str = "A valid session or API token is needed.") -> None:
        super().__init__(detail)


class Forbidden(RequestError):
    """The caller is known but the credential's scope does not reach this far."""


class NotFound(RequestError):
    """There is no such thing, or none that this caller may know of."""

    def __init__(self, detail: str = "There is nothing here under this address.") -> None:
        super().__init__(detail)


class MethodNotAllowed(RequestError):
    """The resource exists but not for this method; `allowed` lists those it has."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"This address takes {', '.join(allowed)}.")
        self.allowed = tuple(allowed)


class Conflict(RequestError):
    """What is asked contradicts what is there already."""


class SearchLoop(RequestError):
    """An agent that was itself asked by an agent's search asks again."""

    def __init__(self) -> None:
        super().__init__("This question has come through agents that search in turn; it goes no deeper.")


class TooLarge(RequestError):
    """The body is over the limit; it was not read further."""


class UnsupportedMediaType(RequestError):
    """The body is not plain `application/json`."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One fault of a body: where (RFC 6901 pointer) and what, never the value itself."""

    pointer: str
    detail: str


class Unprocessable(RequestError):
    """The body is JSON but breaks the contract; every fault is listed."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__("The request body does not fit the contract.")
        self.violations = violations


class QuotaSpent(RequestError):
    """Today's searches are used up until `resets_at` (UTC midnight)."""

    def __init__(self, limit: int, resets_at: datetime) -> None:
        super().__init__(f"All {limit} searches of today are used; the quota is full again at {resets_at:%H:%M} UTC.")
        self.limit = limit
        self.resets_at = resets_at


class TooManyRequests(RequestError):
    """A throttle's tries are used up; it opens again in `retry_after` seconds (1 to 3,600)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many tries; wait a while before the next one.")
        self.retry_after = retry_after


class AgentFailure(OqtopusError):
    """A call to an agent ended without a usable answer.

    `reason` is all that a user may learn; `status` (an HTTP status, when one was read) is for the agent's owner.
    It is not counted against the agent when the call never got as far as that.
    """

    def __init__(self, reason: FailureReason, status: int | None = None, *, is_counted: bool = True) -> None:
        super().__init__(reason)
        self.reason: FailureReason = reason
        self.status = status
        self.is_counted = is_counted


class RefusedUrl(OqtopusError):
    """An agent's URL breaks `rule`; `detail` tells its owner so and never what an inside address or look-up said."""

    def __init__(self, rule: UrlRule, detail: str) -> None:
        super().__init__(detail)
        self.rule: UrlRule = rule
        self.detail = detail


class ModelFailure(OqtopusError):
    """A language model gave no usable output: refused, hung, broke off or answered nonsense."""

    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"{model}: {reason}")
        self.model = model
        self.reason = reason


class KeyNotFound(OqtopusError):
    """The vault holds no key under this agent and version."""


class MalformedMessage(OqtopusError):
    """What was delivered is no message of ours; delivering it again does not help."""


class MailRefused(OqtopusError):
    """The mail server refused this mail for good; sending it again does not help."""


class Unavailable(OqtopusError):
    """A store, vault, bus or mail server does not answer in time; the same request may succeed later."""


class ConfigurationError(OqtopusError):
    """A setting is missing or impossible; the message names it and never shows its value."""
