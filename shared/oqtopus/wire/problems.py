"""Errors as problem documents (RFC 9457), and the one table that turns an error's type into a status."""

import math
from datetime import UTC, datetime

from starlette.responses import Response

from oqtopus import errors
from oqtopus.wire.responses import HEADERS, encoded

MEDIA_TYPE = "application/problem+json"

_STATUS: dict[type[errors.RequestError], tuple[int, str, str]] = {
    errors.MalformedRequest: (400, "malformed-request", "Malformed request"),
    errors.Unauthenticated: (401, "unauthenticated", "Not signed in"),
    errors.Forbidden: (403, "forbidden", "Not allowed"),
    errors.NotFound: (404, "not-found", "Not found"),
    errors.MethodNotAllowed: (405, "method-not-allowed", "Method not allowed"),
    errors.Conflict: (409, "conflict", "Conflict"),
    errors.SearchLoop: (409, "search-loop", "Searches call each other in a circle"),
    errors.TooLarge: (413, "too-large", "Body too large"),
    errors.UnsupportedMediaType: (415, "unsupported-media-type", "Unsupported media type"),
    errors.Unprocessable: (422, "unprocessable", "Body does not fit the contract"),
    errors.QuotaSpent: (429, "quota-spent", "Daily quota spent"),
    errors.TooManyRequests: (429, "too-many-requests", "Too many requests"),
}


def problem(error: errors.RequestError, request_id: str) -> Response:
    """The reply to a request that its sender can mend."""
    status, word, title = _STATUS[type(error)]
    document: dict[str, object] = _document(status, word, title, error.detail, request_id)
    if isinstance(error, errors.Unprocessable):
        document["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.violations]
    return Response(encoded(document), status, HEADERS | _headers(error), media_type=MEDIA_TYPE)


def unavailable_problem(request_id: str) -> Response:
    """The reply when something that we need does not answer: the same request may succeed in a moment."""
    document = _document(503, "unavailable", "Temporarily unavailable", "Try again in a few seconds.", request_id)
    return Response(encoded(document), 503, HEADERS | {"Retry-After": "5"}, media_type=MEDIA_TYPE)


def timeout_problem(request_id: str) -> Response:
    """A gateway's reply for a function that took too long."""
    document = _document(504, "timeout", "Timed out", "The function did not answer in time.", request_id)
    return Response(encoded(document), 504, HEADERS, media_type=MEDIA_TYPE)


def internal_problem(request_id: str) -> Response:
    """The reply to a failure of ours: always the same words, found in the log by the request id."""
    document = _document(500, "internal", "Internal error", "The failure is logged under this instance.", request_id)
    return Response(encoded(document), 500, HEADERS, media_type=MEDIA_TYPE)


def _document(status: int, word: str, title: str, detail: str, request_id: str) -> dict[str, object]:
    kind = f"urn:oqtopus:problem:{word}"
    return {"type": kind, "title": title, "status": status, "detail": detail, "instance": request_id}


def _headers(error: errors.RequestError) -> dict[str, str]:
    match error:
        case errors.Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="oqtopus"'}
        case errors.MethodNotAllowed(allowed=allowed):
            return {"Allow": ", ".join(allowed)}
        case errors.QuotaSpent(resets_at=resets_at):
            seconds = (resets_at - datetime.now(UTC)).total_seconds()
            return {"Retry-After": str(min(86_400, max(1, math.ceil(seconds))))}
        case errors.TooManyRequests(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case _:
            return {}
