"""One HTTP/1.1 connection to an agent, reading no more of a reply than the limits allow."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from oqtopus.errors import AgentFailure, FailureReason

MAX_BODY_BYTES: Final = 1_048_576
MAX_HEAD_BYTES: Final = 65_536
MAX_HEAD_FIELDS: Final = 100
# Framing that costs more than this beside the body, or more pieces or reads than this, is an attack on our processor.
MAX_FRAMING_BYTES: Final = 262_144
MAX_PIECES: Final = 8_192

_VERSIONS: Final = frozenset({"1.0", "1.1"})

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class OutboundCall:
    """A request as it goes out: always a POST of a body that is complete; no part of its head has a line break."""

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
        self._reply: _Reply | None = None
        self._settled: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because uvloop's transports do everything an `asyncio.Transport` does without being one.
        self._transport = cast("asyncio.Transport", transport)
        self.is_reusable = True

    def data_received(self, data: bytes) -> None:
        if self._reply is None:
            # What arrives between two calls could be taken for the reply to the next one.
            self.close()
        elif not self._reply.is_settled:
            self._reply.feed(data)
            self._wake()
        else:
            self.is_reusable = False

    def eof_received(self) -> bool:
        self.is_reusable = False
        if self._reply is not None:
            self._reply.end()
            self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.eof_received()

    def close(self) -> None:
        """Drop the connection at once, with whatever was not read."""
        self.is_reusable = False
        if self._transport is not None:
            self._transport.abort()

    async def exchange(self, call: OutboundCall) -> bytes:
        """The body of the agent's 200 JSON reply; every other reply is an `AgentFailure`."""
        if self._transport is None or not self.is_reusable:
            raise StaleConnection
        reply = self._reply = _Reply()
        self._settled = asyncio.get_running_loop().create_future()
        try:
            self._transport.write(_request(call))
            await self._settled
        finally:
            self._reply = self._settled = None
            self._calls += 1
            if not (reply.is_complete and reply.keeps_alive and self.is_reusable):
                self.close()
        if reply.failure is None:
            return bytes(reply.body)
        if self._calls > 1 and not reply.received:
            raise StaleConnection
        raise reply.failure

    def _wake(self) -> None:
        is_settled = self._reply is not None and self._reply.is_settled
        if is_settled and self._settled is not None and not self._settled.done():
            self._settled.set_result(None)


def _request(call: OutboundCall) -> bytes:
    lines = [b"POST %s HTTP/1.1\r\n" % call.target, *(b"%s: %s\r\n" % header for header in call.headers)]
    return b"".join((*lines, b"\r\n", call.body))


class _Reply:
    """One reply as llhttp reads it: its callbacks keep what counts, and the first breach of a limit settles it."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.failure: AgentFailure | None = None
        self.is_complete = False
        self.keeps_alive = False
        self.received = 0
        self._head: list[tuple[bytes, bytes]] = []
        self._is_headed = False
        self._reason_bytes = 0
        self._reads = 0
        self._pieces = 0
        self._parser = HttpResponseParser(self)

    @property
    def is_settled(self) -> bool:
        return self.is_complete or self.failure is not None

    def feed(self, data: bytes) -> None:
        self.received += len(data)
        self._reads += 1
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            # Bytes behind a complete reply are not part of it; they only keep the connection from being used again.
            self.keeps_alive = False
            self._fail("protocol")
        self._check_framing()

    def end(self) -> None:
        """The agent has closed: that ends a body without a length, and breaks off every other."""
        names = {name for name, _ in self._head}
        if self._is_headed and not names & {b"content-length", b"transfer-encoding"}:
            self.is_complete = self.failure is None
        self._fail("protocol")

    def on_message_begin(self) -> None:
        if self.is_complete:
            self.keeps_alive = False

    def on_status(self, data: bytes) -> None:
        self._reason_bytes += len(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.is_settled:
            return
        self._head.append((name.lower(), value.strip()))
        if len(self._head) > MAX_HEAD_FIELDS:
            self._fail("too_large")

    def on_headers_complete(self) -> None:
        if self.is_settled:
            return
        self._is_headed = True
        size = self._reason_bytes + sum(len(name) + len(value) for name, value in self._head)
        if self._parser.get_http_version() not in _VERSIONS:
            self._fail("protocol")
        elif size > MAX_HEAD_BYTES:
            self._fail("too_large")
        elif (reason := _fault_of_head(self._parser.get_status_code(), self._head)) is not None:
            self._fail(reason)

    def on_body(self, data: bytes) -> None:
        if self.is_settled:
            return
        self.body += data
        self._pieces += 1
        if len(self.body) > MAX_BODY_BYTES:
            self._fail("too_large")

    def on_message_complete(self) -> None:
        if not self.is_settled:
            self.is_complete = True
            self.keeps_alive = self._parser.should_keep_alive()

    def _check_framing(self) -> None:
        """Bound what comes beside the body: the head, and with chunks their sizes, extensions and trailers."""
        framing = self.received - len(self.body)
        if framing > MAX_HEAD_BYTES + (MAX_FRAMING_BYTES if self._is_headed else 0):
            self._fail("too_large")
        elif max(self._reads, self._pieces) > MAX_PIECES:
            self._fail("protocol")

    def _fail(self, reason: FailureReason) -> None:
        """The first fault counts; a complete reply has none any more."""
        if not self.is_settled:
            status = self._parser.get_status_code() if self._is_headed else None
            self.failure = AgentFailure(reason, status)


def _fault_of_head(status: int, head: Headers) -> FailureReason | None:
    """Why a reply with this head cannot be a usable answer, found out with its body unread (C2, C3, C5, C6)."""
    fault: FailureReason | None = None
    if status < 200 or any(coding.lower() != b"chunked" for coding in _values(head, b"transfer-encoding")):
        # Interim replies are of no use to us and can come without end; other codings hide how long a body is.
        fault = "protocol"
    elif 300 <= status < 400:
        fault = "redirect"
    elif status != 200:
        fault = "bad_status"
    elif any(encoding.lower() not in {b"", b"identity"} for encoding in _values(head, b"content-encoding")):
        fault = "bad_encoding"
    elif not _is_json(_values(head, b"content-type")):
        fault = "bad_media_type"
    elif any(int(length) > MAX_BODY_BYTES for length in _values(head, b"content-length")):
        fault = "too_large"
    return fault


def _is_json(media_types: Sequence[bytes]) -> bool:
    return len(media_types) == 1 and media_types[0].partition(b";")[0].strip().lower() == b"application/json"


def _values(head: Headers, name: bytes) -> list[bytes]:
    return [value for field, value in head if field == name]
