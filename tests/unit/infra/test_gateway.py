import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from infra.gateway import Application, Gateway, Receive, Scope, Send
from infra.manifest import Function, Manifest, Route, load_manifest, segments_of


async def echo(
    scope: MutableMapping[str, Any], receive: Any, send: Any
) -> None:  # Any: the ASGI specification's types.
    """Answers with what a function gets to see."""
    request = Request(scope, receive)
    seen = {
        "path": request.url.path,
        "query": request.url.query,
        "credentials": [request.headers.get("authorization"), request.headers.get("x-forwarded-authorization")],
        "request_id": request.headers.get("x-request-id"),
        "body": (await request.body()).decode(),
    }
    await JSONResponse(seen)(scope, receive, send)


NO_CONTRACT = {"info": {"title": "", "version": "", "summary": ""}, "tags": [], "paths": {}}


def gateway_of(application: Application, max_body_bytes: int = 100, timeout_seconds: int = 60) -> Gateway:
    routes = (
        Route(segments_of("/v1/things"), ("GET", "POST")),
        Route(segments_of("/v1/things/{id}"), ("DELETE",)),
        Route(segments_of("/files/{version}/{file}"), ("GET",)),
        Route(segments_of("/my-things"), ("GET",), "/v1/things"),
    )
    source = load_manifest().functions[0].source
    function = Function("things", source, "things", "auth", routes, timeout_seconds=timeout_seconds)
    return Gateway(Manifest(max_body_bytes, (function,)), {"things": application}, NO_CONTRACT)


def client(application: Application = echo, timeout_seconds: int = 60) -> httpx.AsyncClient:
    gateway = gateway_of(application, timeout_seconds=timeout_seconds)
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://gateway.test")


async def test_a_known_path_reaches_its_function() -> None:
    response = await client().post("/v1/things", content=b"abc")

    assert response.json()["path"] == "/v1/things"
    assert response.json()["body"] == "abc"


@pytest.mark.parametrize("name", ["app.js", "marked.esm.js", "a", "two-words.css"])
async def test_a_segment_for_a_file_takes_its_name(name: str) -> None:
    response = await client().get(f"/files/v1/{name}")

    assert response.json()["path"] == f"/files/v1/{name}"


@pytest.mark.parametrize("name", ["..", ".env", "a..js", "a.", "-a", "a%2Fb", "A.js", "a" * 70 + ".js", "a%0A"])
async def test_a_segment_for_a_file_takes_nothing_else(name: str) -> None:
    assert (await client().get(f"/files/v1/{name}")).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/things/a/b", "/v2/things", "/docs", "/v1/things/../../x", "/v1/things/%0A", "/v1/things/a%2Fb"],
)
async def test_an_unknown_path_is_a_problem_document(path: str) -> None:
    response = await client().get(path)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["instance"] == response.headers["x-request-id"]


@pytest.mark.parametrize("method", ["PUT", "TRACE", "OPTIONS", "CONNECT", "BREW"])
async def test_a_method_outside_the_list_is_refused_with_the_allowed_ones(method: str) -> None:
    response = await client().request(method, "/v1/things")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_an_alias_is_another_address_of_the_same_operation() -> None:
    response = await client().get("/my-things?q=a")

    assert (response.json()["path"], response.json()["query"]) == ("/v1/things", "q=a")


async def test_a_callers_credential_arrives_under_another_name_and_a_forged_one_does_not() -> None:
    mine = {"Authorization": "Bearer mine", "X-Forwarded-Authorization": "Bearer forged"}

    seen = (await client().get("/v1/things", headers=mine)).json()["credentials"]
    nobody = (await client().get("/v1/things", headers={"X-Forwarded-Authorization": "Bearer forged"})).json()

    assert seen == ["Bearer the-local-gateway", "Bearer mine"]
    assert nobody["credentials"] == ["Bearer the-local-gateway", None]


async def test_a_function_that_is_late_is_cut_off_with_a_problem_document() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    response = await client(never, timeout_seconds=0).get("/v1/things")

    assert response.status_code == 504
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_stream_that_is_late_ends_where_it_is() -> None:
    sent: list[Any] = []  # Any: ASGI messages.

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    async def receive() -> Any:  # Any: an ASGI message.
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # Any: as above.
        sent.append(message["type"])

    scope = {"type": "http", "method": "GET", "path": "/v1/things", "headers": [(b"host", b"a")]}
    await gateway_of(endless, timeout_seconds=0)(scope, receive, send)

    assert sent == ["http.response.start"]


async def test_no_other_origin_is_let_in() -> None:
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}

    response = await client().options("/v1/things", headers=preflight)

    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control-")]


async def test_the_gateway_names_the_request_whatever_the_client_says() -> None:
    response = await client().get("/v1/things", headers={"X-Request-Id": "chosen-by-the-client"})

    assert response.json()["request_id"] not in (None, "chosen-by-the-client")


@pytest.mark.parametrize("length", [101, 10_000_000])
async def test_a_large_body_is_refused(length: int) -> None:
    response = await client().post("/v1/things", content=b"x" * length)

    assert response.status_code == 413


async def test_a_large_body_without_a_declared_length_is_refused() -> None:
    async def chunks() -> Any:  # Any: an async generator of bytes.
        for _ in range(11):
            yield b"x" * 10

    response = await client().post("/v1/things", content=chunks())

    assert response.status_code == 413


async def test_a_request_that_its_client_left_unfinished_is_not_carried_out() -> None:
    reached: list[str] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["path"])

    messages = [
        {"type": "http.request", "body": b'{"query": "a"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:  # Any: an ASGI message.
        return messages.pop(0)

    async def send(message: Any) -> None:  # Any: as above.
        raise AssertionError("nobody is there to be told")

    scope = {"type": "http", "method": "POST", "path": "/v1/things", "headers": [(b"host", b"a")]}
    await gateway_of(note)(scope, receive, send)

    assert reached == []


async def test_two_hosts_are_refused() -> None:
    request = client().build_request("GET", "/v1/things")
    request.headers = httpx.Headers([("host", "a"), ("host", "b")])

    response = await client().send(request)

    assert response.status_code == 400
    assert response.headers["connection"] == "close"
