import logging

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from oqtopus.errors import NotFound
from oqtopus.wire.endpoint import endpoint
from oqtopus.wire.requests import Request
from oqtopus.wire.responses import empty_response


def request(path: str = "/v1/things", **headers: str) -> HttpRequest:
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return http_request("GET", path, sent)


def http_request(method: str, path: str, sent: list[tuple[bytes, bytes]]) -> HttpRequest:
    return HttpRequest({"type": "http", "method": method, "path": path, "headers": sent, "query_string": b""})


@endpoint
async def broken(request: Request) -> Response:
    raise RuntimeError("/secret/path of a store")


@endpoint
async def missing(request: Request) -> Response:
    raise NotFound


@endpoint
async def fine(request: Request) -> Response:
    return empty_response()


async def test_what_nobody_foresaw_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="oqtopus"):
        response = await broken(request())

    assert response.status_code == 500
    assert response.media_type == "application/problem+json"
    assert b"secret" not in bytes(response.body)
    assert response.headers["x-request-id"].encode() in bytes(response.body)
    assert [record.getMessage() for record in caplog.records] == ["request_failed"]


async def test_an_error_of_ours_has_its_status() -> None:
    assert (await missing(request())).status_code == 404


async def test_every_function_says_that_it_is_well() -> None:
    assert (await broken(request("/healthz"))).status_code == 200


@pytest.mark.parametrize(("sent", "is_kept"), [("from-the-gateway", True), ("short", False), ("a" * 65, False)])
async def test_a_well_formed_request_id_is_kept(sent: str, is_kept: bool) -> None:
    response = await fine(request(x_request_id=sent))

    assert (response.headers["x-request-id"] == sent) is is_kept


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get", ""])
async def test_a_method_that_no_operation_has_reaches_none(method: str) -> None:
    response = await broken(http_request(method, "/v1/things", []))

    assert response.status_code == 405
    assert response.media_type == "application/problem+json"
    assert response.headers["allow"]


async def test_two_hosts_reach_no_operation() -> None:
    response = await broken(http_request("GET", "/v1/things", [(b"host", b"a"), (b"host", b"b")]))

    assert response.status_code == 400
