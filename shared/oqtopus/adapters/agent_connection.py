"""One HTTP/1.1 connection to an agent, reading no more of a reply than the limits allow."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import h11

from oqtopus.errors import AgentFailure

MAX_BODY_BYTES: Final = 1_048_576
MAX_HEAD_BYTES: Final = 65_536
MAX_HEAD_FIELDS: Final = 100
# Framing that costs more than this beside the body, or more pieces than this, is an attack on our processor.
MAX_FRAMING_BYTES: Final = 262_144
MAX_PIECES: Final = 8_192

_REQUEST_HEADER_TOO_LARGE = 431
_END = h11.EndOfMessage()

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A request as it goes out: always a POST of a body that is complete."""

    target: bytes
    headers: Headers
    body: bytes


class StaleConnection(Exception):
    """A kept connection was closed by the agent before a byte of the reply; a new one may do better."""


class AgentConnection(asyncio.Protocol):
    """Sends one call at a time; when anything goes wrong the connection is closed and not used again."""

    def __init__(self, opened_at: float) -> None:
        self.opened_at = opened_at
        self.idle_since = opened_at
        self.is_reusable = False
        self._calls = 0
        self._received = 0
        self._is_idle = True
        self._http = _client_state()
        self._transport: asyncio.Transport | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._loss: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because uvloop's transports do everything an `asyncio.Transport` does without being one.
        self._transport = cast("asyncio.Transport", transport)
        self.is_reusable = True

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        if self._is_idle or self._received > MAX_HEAD_BYTES + MAX_BODY_BYTES + MAX_FRAMING_BYTES:
            # What arrives between two calls could be taken for the reply to the next one.
            self.close()
            return
        self._http.receive_data(data)
        self._wake()

    def eof_received(self) -> bool:
        self.is_reusable = False
        if not self._is_idle:
            self._http.receive_data(b"")
            self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_reusable = False
        self._loss = exc or ConnectionAbortedError()
        self._wake()

    def close(self) -> None:
        """Drop the connection at once, with whatever was not read."""
        self.is_reusable = False
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, call: OutboundCall) -> bytes:
        """The body of the agent's 200 JSON reply; every other reply is an `AgentFailure`."""
        self._received = 0
        self._is_idle = False
        is_complete = False
        try:
            self._send(call)
            head = await self._head()
            _check_head(head)
            body = await self._body(head.status_code)
            is_complete = True
            return body
        except h11.RemoteProtocolError as error:
            raise self._protocol_failure(error) from error
        finally:
            self._calls += 1
            self._is_idle = True
            if not (is_complete and self._is_ready_again()):
                self.close()

    def _send(self, call: OutboundCall) -> None:
        if self._transport is None or not self.is_reusable:
            raise StaleConnection
        pieces = self._http.send(h11.Request(method=b"POST", target=call.target, headers=list(call.headers)))
        data = self._http.send(h11.Data(data=call.body))
        self._http.send(_END)
        self._transport.write((pieces or b"") + (data or b""))

    async def _head(self) -> h11.Response:
        event = await self._event()
        if not isinstance(event, h11.Response):
            # Interim replies are of no use to us and can come without end (C2).
            raise AgentFailure("protocol")
        return event

    async def _body(self, status: int) -> bytes:
        body = bytearray()
        pieces = 0
        while not isinstance(event := await self._event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise AgentFailure("protocol", status)
            body += event.data
            pieces += 1
            if len(body) > MAX_BODY_BYTES:
                raise AgentFailure("too_large", status)
            if pieces > MAX_PIECES:
                raise AgentFailure("protocol", status)
        return bytes(body)

    async def _event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._loss is not None:
                raise self._loss_failure()
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        return event

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _is_ready_again(self) -> bool:
        """Begin the next cycle, if the agent keeps the connection and sent nothing after its reply."""
        is_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not is_done or self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        return self.is_reusable

    def _loss_failure(self) -> Exception:
        if self._received > MAX_BODY_BYTES:
            return AgentFailure("too_large")
        if self._calls and not self._received:
            return StaleConnection()
        return AgentFailure("protocol")

    def _protocol_failure(self, error: h11.RemoteProtocolError) -> Exception:
        if self._calls and not self._received:
            return StaleConnection()
        is_large = error.error_status_hint == _REQUEST_HEADER_TOO_LARGE
        return AgentFailure("too_large" if is_large else "protocol")


def _client_state() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)


def _check_head(head: h11.Response) -> None:
    """Refuse, with the body unread, every reply that cannot be a usable answer (C2, C3, C5, C6)."""
    status = head.status_code
    if len(head.headers) > MAX_HEAD_FIELDS:
        raise AgentFailure("too_large", status)
    if sum(len(name) + len(value) for name, value in head.headers) > MAX_HEAD_BYTES:
        raise AgentFailure("too_large", status)
    if 300 <= status < 400:
        raise AgentFailure("redirect", status)
    if status != 200:
        raise AgentFailure("bad_status", status)
    encodings = _values(head, b"content-encoding")
    if any(encoding.strip().lower() not in {b"", b"identity"} for encoding in encodings):
        raise AgentFailure("bad_encoding", status)
    media_types = _values(head, b"content-type")
    if len(media_types) != 1 or media_types[0].partition(b";")[0].strip().lower() != b"application/json":
        raise AgentFailure("bad_media_type", status)
    if any(int(length) > MAX_BODY_BYTES for length in _values(head, b"content-length")):
        raise AgentFailure("too_large", status)


def _values(head: h11.Response, name: bytes) -> list[bytes]:
    return [value for field, value in head.headers if field == name]
