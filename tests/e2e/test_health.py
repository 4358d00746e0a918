"""What becomes of an agent's calls, in every mode: they are counted, and an agent that keeps failing is suspended."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from oqtopus.domain.agents import SUSPENSION_AFTER_FAILURES
from tests.e2e.conftest import RunningAgent
from tests.e2e.owner import Document, install_key, register_agent, search, sign_up
from tests.fakes.system import System

QUESTION = "Which SUV on sale at a dealership uses the least fuel?"
SETTLE_SECONDS = 15.0


@pytest.fixture
def http(any_system: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=any_system.url, trust_env=False, timeout=30) as client:
        yield client


def test_calls_reach_the_agents_health_and_a_suspension_its_owner(
    http: httpx.Client, any_system: System, start_agent: Callable[..., RunningAgent]
) -> None:
    agent, owner = start_agent(place=3), sign_up(http)
    registered = register_agent(http, owner, agent.url)
    install_key(registered, agent.keys)
    http.post(f"/v1/agents/{registered['id']}/verify", headers=owner)

    search(http, QUESTION, owner)
    _until(lambda: _agent(http, registered, owner)["health"]["calls"] == 1)
    agent.process.kill()
    agent.process.wait()
    for _ in range(SUSPENSION_AFTER_FAILURES):
        search(http, QUESTION, owner)
    _until(lambda: _agent(http, registered, owner)["status"] == "suspended")
    _until(lambda: len(_letters(any_system, registered["id"])) == 1)
    unasked = search(http, QUESTION, owner)
    shown = http.get(f"/v1/agents/{registered['id']}/health", headers=owner).json()

    assert shown["window"]["failures_by_reason"] == {"unreachable": SUSPENSION_AFTER_FAILURES}
    assert unasked[-1]["usage"]["agents_called"] == 0
    assert len(_letters(any_system, registered["id"])) == 1


def test_an_owners_whole_journey(http: httpx.Client, start_agent: Callable[..., RunningAgent]) -> None:
    agent, owner = start_agent(place=4), sign_up(http)
    registered = register_agent(http, owner, agent.url)
    path = f"/v1/agents/{registered['id']}"

    refused = http.post(f"{path}/verify", headers=owner)
    install_key(registered, agent.keys)
    verified = http.post(f"{path}/verify", headers=owner)
    events = search(http, QUESTION, owner)
    removed = http.delete(path, headers=owner)

    assert (refused.status_code, verified.status_code, removed.status_code) == (409, 200, 204)
    assert [source["agent_id"] for source in events[-1]["sources"]] == [registered["id"]]
    assert http.get(path, headers=owner).status_code == 404


def _agent(http: httpx.Client, registered: Document, owner: dict[str, str]) -> Document:
    document: Document = http.get(f"/v1/agents/{registered['id']}", headers=owner).json()
    return document


def _letters(system: System, agent_id: str) -> list[str]:
    """The kept mails about the agent; soft line breaks of quoted-printable may fall into its id."""
    kept = (letter.read_text(encoding="utf-8") for letter in system.log.parent.glob("outbox/*.eml"))
    return [text for letter in kept if agent_id in (text := letter.replace("=\n", ""))]


def _until(is_so: Callable[[], bool]) -> None:
    """Messages take their time; there is nothing to wait on but their effect."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)
