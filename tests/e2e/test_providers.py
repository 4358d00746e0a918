"""The whole system with a provider configured, through its real SDK, against a server that speaks its protocol."""

from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.owner import search, types
from tests.fakes.model_server import ModelServer, serving
from tests.fakes.provider_frames import Script
from tests.fakes.system import System, running

ANSWER = "Nobody here knows, but I do: it is Canberra."


@pytest.fixture(scope="module")
def server() -> ModelServer:
    return ModelServer()


@pytest.fixture(scope="module")
def url(server: ModelServer) -> Iterator[str]:
    with serving(server) as served:
        yield served


@pytest.fixture(scope="module", params=["gemini", "openai"])
def system(request: pytest.FixtureRequest, url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    name = request.param.upper()
    base_url = f"{url}/v1" if request.param == "openai" else url
    environ = {f"{name}_API_KEY": "a key for tests", f"{name}_BASE_URL": base_url, f"{name}_VERSION": "fake-1"}
    with running(tmp_path_factory.mktemp(request.param), **environ) as started:
        yield started


@pytest.fixture
def http(system: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=system.url, trust_env=False, timeout=30) as client:
        yield client


def test_the_provider_answers_what_no_agent_covers(http: httpx.Client, server: ModelServer, system: System) -> None:
    server.play(Script(answer=ANSWER))

    events = search(http, "What is the capital of Australia?")

    assert types(events)[:2] == ["quota", "category"]
    assert types(events)[-2:] == ["agents", "final"]
    assert events[-1]["data"] == ANSWER
    assert events[-1]["usage"]["model"] in system.output
    assert "fake-1" in system.output


def test_a_failing_provider_leaves_an_honest_answer_and_gives_the_search_back(
    http: httpx.Client, server: ModelServer
) -> None:
    server.play(Script(fault="failing"))
    before = http.get("/v1/me/quota").json()["remaining"]

    events = search(http, "What is the capital of Australia?")

    assert [event["data"]["code"] for event in events if event["type"] == "error"] == ["no_answer"]
    assert events[-1]["usage"]["model"] == "embedded"
    assert http.get("/v1/me/quota").json()["remaining"] == before


def test_the_key_is_never_printed(system: System) -> None:
    assert "a key for tests" not in system.output
