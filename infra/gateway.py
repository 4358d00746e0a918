"""The local gateway: every function of the manifest on one port, as the cloud's gateway would show them.

It names each request, refuses unknown paths, methods and large bodies in the product's error shape, and hands the rest
to the function: its functions-framework application in this process, or an `Upstream` to a process of its own.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import functions_framework.aio

from infra.manifest import Function, Manifest, Route, segments_of
from oqtopus.errors import MalformedRequest, MethodNotAllowed, NotFound, RequestError, TooLarge
from oqtopus.observability import bind_trace, event_log
from oqtopus.telemetry import Span, span
from oqtopus.wire.endpoint import REQUEST_ID_HEADER, new_request_id
from oqtopus.wire.problems import problem

log = event_log("oqtopus.gateway")

BODY_SECONDS = 10.0

_REQUEST_ID = REQUEST_ID_HEADER.lower().encode()
# Headers that functions believe because the gateway sets them, so a client's never pass.
_GATEWAYS_OWN = frozenset({_REQUEST_ID, b"x-forwarded-authorization", b"x-apigateway-api-userinfo"})

_TRACE_HEADERS = frozenset({b"traceparent", b"tracestate", b"x-cloud-trace-context"})

Scope = MutableMapping[str, Any]  # Any: the ASGI specification's own types.
Message = MutableMapping[str, Any]  # Any: as above.
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def application_of(function: Function) -> Application:
    """The function as functions-framework serves it in ASGI mode."""
    module = importlib.import_module(function.module)
    app: Application = functions_framework.aio.create_asgi_app_from_module(  # type: ignore[no-untyped-call]  # It is untyped.
        function.entry_point, str(function.source / "main.py"), "http", module, module.__spec__
    )
    return app


class ClientGone(Exception):
    """The client left before its request was whole, so there is nothing to do and nobody to tell."""


class Gateway:
    """An ASGI application in front of `applications`, one for each function's name."""

    def __init__(self, manifest: Manifest, applications: Mapping[str, Application]) -> None:
        self._max_body_bytes = manifest.max_body_bytes
        self._routes = [
            (route, applications[function.name]) for function in manifest.functions for route in function.routes
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request_id = new_request_id()
        try:
            application, forwarded = self._forwarded(scope, request_id)
            body = await self._body_in_time(scope, receive)
        except ClientGone:
            return
        except RequestError as error:
            log.info("request_refused", request_id=request_id, error=type(error).__name__)
            response = problem(error, request_id)
            # The rest of the request may still be on its way, and must not be taken for the next one.
            response.headers.update({REQUEST_ID_HEADER: request_id, "Connection": "close"})
            await response(scope, receive, send)
            return
        # A trace begins here: what a client says that its request is a part of is not believed.
        bind_trace(None)
        with span("gateway", "server", method=scope["method"], request_id=request_id) as part:
            await application(_traced(forwarded, part), _replayed(body, receive), _telling(part, send))

    def _forwarded(self, scope: Scope, request_id: str) -> tuple[Application, Scope]:
        """The application behind the path, and the request as it gets to see it."""
        route, application = self._route(scope["method"], segments_of(scope["path"]))
        headers = [header for header in scope["headers"] if header[0] not in _GATEWAYS_OWN]
        if [header[0] for header in headers].count(b"host") != 1:
            raise MalformedRequest("A request names one host.")
        # The cloud's gateway puts its own credential in place of the caller's, which it hands on under this name.
        headers += [(b"x-forwarded-authorization", value) for name, value in headers if name == b"authorization"]
        headers.append((_REQUEST_ID, request_id.encode()))
        forwarded = {**scope, "headers": headers}
        if route.alias_of is not None:
            path, _, query = route.alias_of.partition("?")
            forwarded |= {"path": path, "raw_path": path.encode()}
            if query:
                forwarded["query_string"] = query.encode()
        return application, forwarded

    def _route(self, method: str, segments: tuple[str, ...]) -> tuple[Route, Application]:
        found = [(route, application) for route, application in self._routes if route.matches(segments)]
        for route, application in found:
            if method in route.methods:
                return route, application
        if found:
            raise MethodNotAllowed(sorted({method for route, _ in found for method in route.methods}))
        raise NotFound

    async def _body_in_time(self, scope: Scope, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self._body(scope, receive)
        except TimeoutError:
            raise MalformedRequest(f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body, so that a function never waits for a slow sender; too much of it is refused unread."""
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        body = bytearray()
        is_more = True
        while is_more:
            if len(body) > self._max_body_bytes or int(declared) > self._max_body_bytes:
                raise TooLarge(f"The body must be at most {self._max_body_bytes} bytes.")
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
        return bytes(body)


def _traced(scope: Scope, part: Span) -> Scope:
    """The request with this part of the trace as what it is a part of; without a tracer, as its client sent it."""
    if part.trace is None:
        return scope
    headers = [header for header in scope["headers"] if header[0] not in _TRACE_HEADERS]
    return {**scope, "headers": [*headers, (b"traceparent", part.trace.parent.encode())]}


def _telling(part: Span, send: Send) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            part.set(status=message["status"])
        await send(message)

    return tell


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What the function receives: the body in one piece, then whatever comes, which is the client leaving."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
