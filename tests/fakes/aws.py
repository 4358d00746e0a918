"""AWS without AWS: moto inside this process, moto as a server on loopback, and a server that only fails."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from oqtopus.adapters.aws import AwsLimits

REGION: Final = "eu-central-1"

# moto looks whether a version is there and writes it in two steps, between which another call may write its own; AWS
# does both at once. So moto gets one call at a time.
ONE_AT_A_TIME: Final = AwsLimits(threads=1)

CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def dummy_credentials() -> Iterator[None]:
    """Credentials that the SDK finds where it looks first, and that are worth nothing."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield


@contextmanager
def moto_in_process() -> Iterator[None]:
    """What boto3 sends is answered by moto before it leaves."""
    with dummy_credentials(), mock_aws():
        yield


@contextmanager
def moto_server() -> Iterator[str]:
    """The URL of a moto server on loopback."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with dummy_credentials():
            yield f"http://{host}:{port}"
    finally:
        server.stop()


class FailingAws(ThreadingHTTPServer):
    """Answers every call with one of AWS's errors; `hold` keeps callers waiting until `release`."""

    daemon_threads = True

    def __init__(self, status: int = 500, code: str = "InternalServiceError") -> None:
        super().__init__(("127.0.0.1", 0), _Failure)
        self.status = status
        self.code = code
        self.calls = 0
        self.asked = threading.Event()
        self._open = threading.Event()
        self._open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def wait(self) -> None:
        self.calls += 1
        self.asked.set()
        self._open.wait(30)


class _Failure(BaseHTTPRequestHandler):
    server: FailingAws

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.wait()
        body = json.dumps({"__type": self.server.code, "message": "The secret words of AWS."}).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # The base class's own word.
        """Nothing: a test has no use for it."""


@contextmanager
def failing_aws(status: int, code: str) -> Iterator[FailingAws]:
    with dummy_credentials(), FailingAws(status, code) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.release()
            server.shutdown()
            thread.join()
