"""The gateway in front of functions that run in processes of their own: here, of servers of their own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route as Path

from infra.gateway import Gateway
from infra.manifest import Function, Manifest, Route, load_manifest, segments_of
from infra.server import serving
from infra.trial import HOST, free_port
from infra.upstream import Upstream

NO_CONTRACT = {"info": {"title": "", "version": "", "summary": ""}, "tags": [], "paths": {}}


class Scripted:
    """A function that echoes, refuses, or streams two pieces with a gate between them."""

    def __init__(self) -> None:
        self.gate, self.was_left = asyncio.Event(), asyncio.Event()
        paths = [
            Path("/v1/echo", self.echo, methods=["GET", "POST"]),
            Path("/v1/stream", self.stream),
            Path("/v1/refusal", self.refuse),
        ]
        self.application = Starlette(routes=paths)

    async def echo(self, request: Request) -> Response:
        seen = {
            "path": request.url.path,
            "query": request.url.query,
            "body": (await request.body()).decode(),
            "headers": [[name.decode(), value.decode()] for name, value in request.headers.raw],
        }
        return JSONResponse(seen)

    async def stream(self, _: Request) -> Response:
        return StreamingResponse(self._pieces(), media_type="application/x-ndjson")

    async def refuse(self, _: Request) -> Response:
        return JSONResponse({"status": 429}, 429, {"Retry-After": "7"}, media_type="application/problem+json")

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield b"first\n"
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.was_left.set()
            raise
        yield b"second\n"


@asynccontextmanager
async def gateway_to(port: int) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the gateway whose one function listens on `port`."""
    routes = tuple(Route(segments_of(f"/v1/{name}"), ("GET", "POST")) for name in ("echo", "stream", "refusal"))
    function = Function("scripted", load_manifest().functions[0].source, "scripted", "auth", routes)
    upstream, own_port = Upstream(f"http://{HOST}:{port}"), free_port()
    async with (
        serving(Gateway(Manifest(1_000, (function,)), {"scripted": upstream}, NO_CONTRACT), own_port),
        httpx.AsyncClient(base_url=f"http://{HOST}:{own_port}", trust_env=False, timeout=10) as client,
    ):
        yield client
    await upstream.aclose()


@pytest.fixture
def function() -> Scripted:
    return Scripted()


@pytest.fixture
async def client(function: Scripted) -> AsyncIterator[httpx.AsyncClient]:
    port = free_port()
    async with serving(function.application, port), gateway_to(port) as connected:
        yield connected


async def test_a_request_arrives_as_it_was_sent_with_the_clients_address_last(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer abc", "X-Forwarded-For": "198.51.100.7", "X-Request-Id": "chosen-by-client"}
    headers["Oqtopus-Hops"] = "1"

    seen = (await client.post("/v1/echo?a=%2F&b", content=b"a body", headers=headers)).json()

    assert (seen["path"], seen["query"], seen["body"]) == ("/v1/echo", "a=%2F&b", "a body")
    assert ["x-forwarded-authorization", "Bearer abc"] in seen["headers"]
    assert ["oqtopus-hops", "1"] in seen["headers"]
    assert [value for name, value in seen["headers"] if name == "x-forwarded-for"] == ["198.51.100.7", HOST]
    assert "chosen-by-client" not in json.dumps(seen)


async def test_nothing_is_asked_for_that_the_client_did_not_ask_for(client: httpx.AsyncClient) -> None:
    for name in ("Accept", "Accept-Encoding", "User-Agent"):
        del client.headers[name]

    seen = (await client.get("/v1/echo")).json()

    names = {name for name, _ in seen["headers"]}
    assert not names & {"accept", "accept-encoding", "user-agent"}


async def test_a_reply_comes_back_with_its_status_and_headers(client: httpx.AsyncClient) -> None:
    response = await client.get("/v1/refusal")

    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_stream_arrives_piece_by_piece(client: httpx.AsyncClient, function: Scripted) -> None:
    async with client.stream("GET", "/v1/stream") as response:
        pieces = response.aiter_raw()
        first = await anext(pieces)
        function.gate.set()
        rest = [piece async for piece in pieces]

    assert first == b"first\n"
    assert b"".join(rest) == b"second\n"


async def test_a_client_that_leaves_ends_the_functions_work(client: httpx.AsyncClient, function: Scripted) -> None:
    async with client.stream("GET", "/v1/stream") as response:
        await anext(response.aiter_raw())

    async with asyncio.timeout(5):
        await function.was_left.wait()


async def test_a_function_that_is_gone_is_a_problem_document() -> None:
    async with gateway_to(free_port()) as client:
        response = await client.get("/v1/echo")

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"]
