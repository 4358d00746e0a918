"""Replies as they came, and refusals as errors."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from oqtopus.client import errors
from oqtopus.client.decoding import Document

MAX_REPLY_BYTES = 16 * 1024 * 1024
STREAM_TYPE = "application/x-ndjson"

_QUOTA_SPENT = "urn:oqtopus:problem:quota-spent"
_REFUSALS: Mapping[int, type[errors.Refused]] = {
    400: errors.Invalid,
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.Invalid,
    415: errors.Invalid,
    422: errors.Invalid,
    429: errors.TooMany,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its whole body; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def json_of(reply: Reply) -> object:
    """The body as JSON."""
    try:
        found: object = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise errors.UnexpectedReply("The server's reply is not JSON; is this the address of oqtopus?") from None
    return found


def refusal(reply: Reply) -> errors.ClientError:
    """The error that a reply other than 2xx is."""
    if reply.status < 400:
        return errors.UnexpectedReply(f"The server answered {reply.status}; is this the address of oqtopus?")
    problem = _problem(reply)
    if problem.type == _QUOTA_SPENT:
        return errors.QuotaSpent(problem)
    if reply.status >= 500:
        return errors.ServerFailed(problem)
    return _REFUSALS.get(reply.status, errors.Refused)(problem)


def _problem(reply: Reply) -> errors.Problem:
    """What the reply says of itself; a proxy's page says nothing but its status."""
    document = _document(reply)
    faults = document.get("errors")
    return errors.Problem(
        status=reply.status,
        type=_text(document, "type") or "about:blank",
        title=_text(document, "title") or _phrase(reply.status),
        detail=_text(document, "detail"),
        request_id=_text(document, "instance") or reply.headers.get("x-request-id", ""),
        errors=tuple(fault for fault in faults if isinstance(fault, dict)) if isinstance(faults, list) else (),
        retry_after=retry_after(reply.headers),
    )


def _document(reply: Reply) -> Document:
    if reply.media_type != "application/problem+json":
        return {}
    try:
        found = json_of(reply)
    except errors.UnexpectedReply:
        return {}
    return found if isinstance(found, dict) else {}


def _text(document: Document, name: str) -> str:
    found = document.get(name)
    return found if isinstance(found, str) else ""


def _phrase(status: int) -> str:
    try:
        return f"The server answered {status} ({HTTPStatus(status).phrase})."
    except ValueError:
        return f"The server answered {status}."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of `Retry-After`, which may be a date (RFC 9110): then counted from the server's own `Date`."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    then, now = _date(said), _date(headers.get("date", ""))
    return max(0.0, (then - now).total_seconds()) if then and now else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else None
