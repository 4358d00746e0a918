"""The local gateway: every function of the manifest on one port, by the document that the cloud's gateway has.

It names each request, refuses unknown paths, methods and large bodies in the product's error shape, and hands the rest
to the function: its functions-framework application in this process, or an `Upstream` to a process of its own. Like the
cloud's it puts a credential of its own in place of the caller's, and cuts a reply off at its deadline.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import functions_framework.aio

from infra.gateway_document import Document, gateway_document, load_contract
from infra.gateway_routes import Operation, operations_of
from infra.manifest import Function, Manifest, segments_of
from oqtopus.errors import MalformedRequest, MethodNotAllowed, NotFound, RequestError, TooLarge
from oqtopus.observability import bind_trace, event_log
from oqtopus.telemetry import Span, span
from oqtopus.wire.endpoint import REQUEST_ID_HEADER, new_request_id
from oqtopus.wire.problems import problem, timeout_problem

log = event_log("oqtopus.gateway")

BODY_SECONDS = 10.0

_REQUEST_ID = REQUEST_ID_HEADER.lower().encode()
# Headers that functions believe because the gateway sets them, so a client's never pass.
_GATEWAYS_OWN = frozenset({_REQUEST_ID, b"x-forwarded-authorization", b"x-apigateway-api-userinfo"})
_OWN_CREDENTIAL = (b"authorization", b"Bearer the-local-gateway")

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
    """An ASGI application in front of `applications`, one for each function's name; `contract` is for tests to give."""

    def __init__(
        self, manifest: Manifest, applications: Mapping[str, Application], contract: Document | None = None
    ) -> None:
        self._max_body_bytes = manifest.max_body_bytes
        self._applications = applications
        self._operations = operations_of(gateway_document(manifest, contract or load_contract()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request_id = new_request_id()
        try:
            operation, forwarded = self._forwarded(scope, request_id)
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
            reply = _Reply(send, part, request_id)
            await self._pass_on(operation, _traced(forwarded, part), _replayed(body, receive), reply)

    async def _pass_on(self, operation: Operation, forwarded: Scope, receive: Receive, reply: "_Reply") -> None:
        """The function's reply, or 504 when none has begun by the operation's deadline."""
        deadline = asyncio.timeout(operation.deadline_seconds)
        try:
            async with deadline:
                await self._applications[operation.function](forwarded, receive, reply)
        except TimeoutError:
            if not deadline.expired():
                raise
            log.warning("deadline_passed", request_id=reply.request_id, function=operation.function)
            # Of a reply that has begun nothing more comes, and the server ends the connection.
            if not reply.has_begun:
                await timeout_problem(reply.request_id)(forwarded, receive, reply)

    def _forwarded(self, scope: Scope, request_id: str) -> tuple[Operation, Scope]:
        """The operation that is asked for, and the request as its function gets to see it."""
        operation = self._operation(scope["method"], segments_of(scope["path"]))
        given = [header for header in scope["headers"] if header[0] not in _GATEWAYS_OWN]
        if [name for name, _ in given].count(b"host") != 1:
            raise MalformedRequest("A request names one host.")
        headers = [header for header in given if header[0] != b"authorization"]
        headers += [(b"x-forwarded-authorization", value) for name, value in given if name == b"authorization"]
        headers += [_OWN_CREDENTIAL, (_REQUEST_ID, request_id.encode())]
        forwarded = {**scope, "headers": headers}
        if operation.constant_path is not None:
            forwarded |= {"path": operation.constant_path, "raw_path": operation.constant_path.encode()}
        return operation, forwarded

    def _operation(self, method: str, segments: tuple[str, ...]) -> Operation:
        found = [operation for operation in self._operations if operation.matches(segments)]
        for operation in found:
            if method == operation.method:
                return operation
        if found:
            raise MethodNotAllowed(sorted({operation.method for operation in found}))
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


class _Reply:
    """Passes a reply on, tells the trace its status, and knows whether it has begun."""

    def __init__(self, send: Send, part: Span, request_id: str) -> None:
        self._send = send
        self._part = part
        self.request_id = request_id
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if not self.has_begun:
            self.has_begun = True
            self._part.set(status=message["status"])
        await self._send(message)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """What the function receives: the body in one piece, then whatever comes, which is the client leaving."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
