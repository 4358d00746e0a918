"""oqtopus's API played on loopback: each request gets the next reply of a script, in the test's own time."""

import json
import select
import socket
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

PATIENCE_SECONDS = 20.0

Document = Mapping[str, Any]  # Any: JSON.


class Gate:
    """A place in a stream where the server stops until the test opens it, or the client leaves."""

    def __init__(self) -> None:
        self._inside, self._outside = socket.socketpair()

    def open(self) -> None:
        self._outside.send(b"x")

    def close(self) -> None:
        self._inside.close()
        self._outside.close()

    def is_passed(self, client: socket.socket) -> bool:
        """Wait; False when the client has gone."""
        ready, _, _ = select.select([self._inside, client], [], [], PATIENCE_SECONDS)
        return self._inside in ready


@dataclass(frozen=True, slots=True)
class Scripted:
    """A reply: `body` at once, or `pieces` as a stream, which breaks off in place of its end unless it `ends`."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: Sequence[bytes | Gate] | None = None
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came; header names are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:  # Any: JSON.
        return json.loads(self.body)


def document(found: object, status: int = 200, **headers: str) -> Scripted:
    return Scripted(status, {"Content-Type": "application/json", **headers}, json.dumps(found).encode())


def problem(status: int, word: str, detail: str = "No.", retry_after: str | None = None, **members: object) -> Scripted:
    """A refusal as the contract describes it."""
    headers = {"Content-Type": "application/problem+json"} | ({"Retry-After": retry_after} if retry_after else {})
    found = {"type": f"urn:oqtopus:problem:{word}", "title": word, "status": status, "detail": detail}
    return Scripted(status, headers, json.dumps({**found, "instance": "request-1", **members}).encode())


def stream(*events: Document | Gate, ends: bool = True) -> Scripted:
    """A search's events, one line each."""
    pieces = [event if isinstance(event, Gate) else line(event) for event in events]
    return Scripted(200, {"Content-Type": "application/x-ndjson; charset=utf-8"}, pieces=pieces, ends=ends)


def line(event: Document) -> bytes:
    return json.dumps(event).encode() + b"\n"


class ApiServer:
    """A running server; what it was sent, and whether a client has left before a stream's end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.script: deque[Scripted] = deque()
        self.requests: list[Seen] = []
        self.left = threading.Event()

    def plays(self, *replies: Scripted) -> None:
        self.script.extend(replies)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: ClassVar[ApiServer]

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.api.requests.append(Seen(self.command, self.path, headers, body))
        reply = self.api.script.popleft() if self.api.script else Scripted(599)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.pieces is None:
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._stream(reply.pieces, ends=reply.ends)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _stream(self, pieces: Sequence[bytes | Gate], *, ends: bool) -> None:
        for piece in pieces:
            if isinstance(piece, Gate):
                if not piece.is_passed(self.connection):
                    self.api.left.set()
                    self.close_connection = True
                    return
            else:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        if ends:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # The base class's own name.
        """Nothing is told."""


@contextmanager
def api_serving() -> Iterator[ApiServer]:
    """A server on a free port of loopback."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    api = ApiServer(f"http://127.0.0.1:{server.server_address[1]}")
    handler.api = api  # type: ignore[attr-defined]  # The class was made a line above.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
