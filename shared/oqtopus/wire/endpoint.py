"""The decorator that makes a function of ours one of the platform's, and owns what it did not foresee."""

import functools
import re
import secrets
from collections.abc import Awaitable, Callable

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from oqtopus.errors import MalformedRequest, MethodNotAllowed, RequestError, Unavailable
from oqtopus.observability import bind_request_id, bind_trace, event_log, trace_of
from oqtopus.telemetry import span
from oqtopus.wire.problems import internal_problem, problem, unavailable_problem
from oqtopus.wire.requests import Request
from oqtopus.wire.responses import json_response

log = event_log(__name__)

REQUEST_ID_HEADER = "X-Request-Id"
# What a function may be asked at all; each operation has its own list, which is what `Allow` mostly tells.
_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def endpoint(
    handle: Callable[[Request], Awaitable[Response]],
) -> Callable[[HttpRequest], Awaitable[Response]]:
    """Give `handle` a parsed request; turn what it raises into a problem document; name every request.

    The id comes from the gateway when it sent a well-formed one. It serves to find log lines and nothing else: a
    client that reaches the function directly may choose it.
    """

    @functools.wraps(handle)
    async def respond(http: HttpRequest) -> Response:
        request_id = http.headers.get(REQUEST_ID_HEADER, "")
        if not _REQUEST_ID.fullmatch(request_id):
            request_id = new_request_id()
        bind_request_id(request_id)
        request, trace = Request(http, request_id), trace_of(http.headers)
        bind_trace(trace)
        with span("request", "server", request_id=request_id) as part:
            response = await _answer(handle, request)
            part.set(status=response.status_code)
            if response.status_code not in (404, 405):
                part.rename(_operation(request))
        # What streams from here on belongs to this part of the trace as well.
        bind_trace(part.trace or trace)
        response.headers[REQUEST_ID_HEADER] = request_id
        return response

    return respond


def _operation(request: Request) -> str:
    """A name of which there are few, for a path that is ours: ids stand in none before its third segment."""
    method, *segments = request.route
    return f"{method} /{'/'.join(segments[:2])}"


def new_request_id() -> str:
    return secrets.token_urlsafe(12)


def _refuse_odd(request: Request) -> None:
    """Refuse what the framework hands on and no operation is meant for (I5, I6)."""
    if request.route[0] not in _METHODS:
        raise MethodNotAllowed(_METHODS)
    if request.names_several_hosts:
        raise MalformedRequest("A request names one host.")


async def _answer(handle: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    try:
        _refuse_odd(request)
        if request.route == ("GET", "healthz"):
            return json_response({"status": "ok"})
        return await handle(request)
    except RequestError as error:
        return problem(error, request.id)
    except Unavailable as failure:
        log.error("request_unavailable", failure=failure)
        return unavailable_problem(request.id)
    except Exception as failure:
        log.error("request_failed", failure=failure)
        return internal_problem(request.id)
