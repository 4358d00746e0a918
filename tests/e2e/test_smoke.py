"""`make smoke` against a system that is whole, and against one that is not."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.deployment.smoke import CHECKS, Fault
from infra.server import serving
from infra.trial import HOST, free_port
from tests.fakes.system import System


def smoke(url: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "URL": url}
    command = [sys.executable, "-m", "infra.deployment.smoke"]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=180, env=environ)


def test_a_whole_system_passes(system: System) -> None:
    run = smoke(system.url)

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("ok      ") == len(CHECKS)


@pytest.fixture
async def careless() -> AsyncIterator[str]:
    """Answers 200 to everything, and lets everybody in."""

    async def answer(request: Request) -> Response:
        quota = {"remaining": 1 if request.headers.get("x-forwarded-for") else 0, "max": 1}
        headers = {"Access-Control-Allow-Origin": "*"}
        return JSONResponse({"type": "quota", "categories": [], **quota}, headers=headers)

    methods = ["GET", "POST", "OPTIONS"]
    port = free_port()
    async with serving(Starlette(routes=[Route("/{path:path}", answer, methods=methods)]), port):
        yield f"http://{HOST}:{port}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_each_check_fails_where_nothing_is_in_order(check: object, careless: str) -> None:
    def run() -> None:
        with httpx.Client(base_url=careless, trust_env=False) as http:
            check(http)  # type: ignore[operator]  # pytest gives parameters no type.

    with pytest.raises(Fault):
        await asyncio.to_thread(run)


@pytest.mark.parametrize("url", ["", "http://oqtopus.example.org", "ftp://127.0.0.1"])
def test_it_asks_over_tls_or_on_this_machine(url: str) -> None:
    run = smoke(url)

    assert run.returncode == 2
    assert "URL" in run.stderr


def test_a_system_that_is_not_there_fails_every_check() -> None:
    run = smoke(f"http://{HOST}:{free_port()}")

    assert run.returncode == 1
    assert run.stdout.count("FAILED  ") == len(CHECKS)
