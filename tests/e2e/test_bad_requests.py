"""What a client can do wrong, over one running gateway: each is refused with its status, soon, and with no 5xx."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields

import httpx
import pytest

from oqtopus.config import Throttles
from tests.e2e.contract_operations import OPERATIONS, Operation, filled
from tests.e2e.owner import register_agent, sign_up
from tests.e2e.refusals import MARK, BadRequest, bad_addresses, bad_requests
from tests.fakes.system import running

LONGEST_SECONDS = 1.5
FEWEST = 300
_ORIGIN = "http://127.0.0.1:9"


class Gateway:
    """A kept connection to a running system, with an account that owns an agent."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._move_in()

    def _move_in(self) -> None:
        self._owner = sign_up(self._http)
        self._agent_id = register_agent(self._http, self._owner, _ORIGIN)["id"]

    def answer(self, request: BadRequest) -> tuple[httpx.Response, float]:
        """The reply and the seconds it took."""
        path = filled(request.path, self._agent_id if "/agents/" in request.path else "absent")
        headers = [*request.headers, *(self._owner.items() if request.is_signed_in else ())]
        sent = [(name.encode(), value.encode("utf-8")) for name, value in headers]
        url = f"{path}?{request.query}" if request.query else path
        begun = time.perf_counter()
        response = self._sent(request, url, sent)
        seconds = time.perf_counter() - begun
        if response.is_success and request.is_signed_in and self._http.get("/v1/me", headers=self._owner).is_error:
            self._move_in()  # A good request among the bad ones may have ended the session, as a new password does.
        return response, seconds

    def _sent(self, request: BadRequest, url: str, headers: list[tuple[bytes, bytes]]) -> httpx.Response:
        """A refusal closes the connection, which may cut its own reply off while the body is still on its way."""
        for _ in range(3):
            content = iter([request.content or b""]) if request.is_chunked else request.content
            with suppress(httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                return self._http.request(request.method, url, headers=headers, content=content)
        raise AssertionError(f"{request.method} {request.path} with {request.label} gets no reply")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Throttles and quotas are lifted: they have tests of their own, and would hide what is tested here."""
    lifted = {f"{entry.name.upper()}_LIMIT": "1000000" for entry in fields(Throttles)}
    lifted |= {"QUOTA_USER_PER_DAY": "1000000", "QUOTA_GUEST_PER_DAY": "1000000", "ALLOWED_AGENT_ORIGINS": _ORIGIN}
    home = tmp_path_factory.mktemp("bad-requests")
    with running(home, **lifted) as system, httpx.Client(base_url=system.url, trust_env=False, timeout=30) as http:
        http.post("/v1/search", json={"query": "A first search loads what the others have."})
        yield Gateway(http)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_no_bad_request_of_an_operation_does_harm(operation: Operation, gateway: Gateway) -> None:
    assert _faults(bad_requests(operation), gateway) == []


def test_unknown_addresses_and_methods_are_refused(gateway: Gateway) -> None:
    assert _faults(bad_addresses(), gateway) == []


def test_the_table_is_as_large_as_the_contract_deserves() -> None:
    requests = [request for operation in OPERATIONS for request in bad_requests(operation)]

    assert len(requests) + len(list(bad_addresses())) >= FEWEST


def _faults(requests: Iterator[BadRequest], gateway: Gateway) -> list[str]:
    """Everything that is wrong with the replies, all requests sent first."""
    found = []
    for request in requests:
        response, seconds = gateway.answer(request)
        for fault in _faults_of(request, response, seconds):
            found.append(f"{request.method} {request.path[:40]} with {request.label}: {fault}")
    return found


def _faults_of(request: BadRequest, response: httpx.Response, seconds: float) -> Iterator[str]:
    if response.status_code not in request.statuses:
        expected = sorted(request.statuses)[:3]
        yield f"{response.status_code} instead of {expected}: {response.text[:200]}"
    if seconds > LONGEST_SECONDS and response.status_code >= 400:
        yield f"took {seconds:.2f} s"
    if response.status_code >= 400 and request.method != "HEAD":
        yield from _faults_of_problem(request, response)


def _faults_of_problem(request: BadRequest, response: httpx.Response) -> Iterator[str]:
    if response.headers.get("content-type") != "application/problem+json":
        yield f"answered as {response.headers.get('content-type')}"
        return
    document = json.loads(response.content)
    if not isinstance(document.get("type"), str) or not isinstance(document.get("title"), str):
        yield "the problem has no type or title"
    if document.get("status") != response.status_code:
        yield "the problem has another status than the reply"
    if document.get("instance") != response.headers.get("x-request-id"):
        yield "the problem's instance is not the request id"
    pointers = [fault["pointer"] for fault in document.get("errors", [])]
    if response.status_code == 422 and not pointers:
        yield "a 422 names no fault"
    if request.pointer is not None and not any(_is_within(pointer, request.pointer) for pointer in pointers):
        yield f"{pointers} is not {request.pointer}"
    if request.innocent is not None and any(_is_within(pointer, request.innocent) for pointer in pointers):
        yield f"{request.innocent} is refused: {document['errors']}"
    if MARK in "".join(fault["detail"] for fault in document.get("errors", [])) + document.get("detail", ""):
        yield "the reply repeats the value"


def _is_within(pointer: str, member: str) -> bool:
    return pointer == member or pointer.startswith(f"{member}/")
