"""From a new account to a sourced answer, over HTTP through the gateway, with a real `rotagent` agent."""

from collections.abc import Callable

import httpx

from tests.e2e.conftest import RunningAgent
from tests.e2e.owner import install_key, register_agent, search, sign_up, types

QUESTION = "Which SUV on sale at a dealership uses the least fuel?"


def test_an_owner_registers_verifies_and_gets_an_answer(
    http: httpx.Client, start_agent: Callable[..., RunningAgent]
) -> None:
    running = start_agent("cars")
    owner = sign_up(http)

    agent = register_agent(http, owner, running.url)
    too_early = http.post(f"/v1/agents/{agent['id']}/verify", headers=owner)
    install_key(agent, running.keys)
    verified = http.post(f"/v1/agents/{agent['id']}/verify", headers=owner)
    events = search(http, QUESTION, owner)

    assert agent["status"] == "pending"
    assert too_early.status_code == 409
    assert verified.json()["status"] == "active"
    assert types(events)[:4] == ["quota", "category", "agent", "agents"]
    assert set(types(events)[4:-1]) == {"delta"}
    assert types(events)[-1] == "final"
    assert events[0]["data"]["max"] == 1000
    assert "Car Dealer" in events[1]["categories"]
    assert "mpg" in events[2]["data"]["result"]["answer"]
    assert events[3]["data"] == [events[2]["data"]]
    assert events[-1]["data"] == "".join(event["data"] for event in events[4:-1])
    assert "[1]" in events[-1]["data"]
    assert [source["agent_id"] for source in events[-1]["sources"]] == [agent["id"]]
    http.delete(f"/v1/agents/{agent['id']}", headers=owner)


def test_a_private_agent_serves_its_owner_only(http: httpx.Client, start_agent: Callable[..., RunningAgent]) -> None:
    running = start_agent("cars")
    owner, somebody = sign_up(http), sign_up(http)
    agent = register_agent(http, owner, running.url, public=False)
    install_key(agent, running.keys)
    assert http.post(f"/v1/agents/{agent['id']}/verify", headers=owner).status_code == 200

    listed = http.get("/v1/agents").json()["agents"]
    read = http.get(f"/v1/agents/{agent['id']}", headers=somebody)

    assert agent["id"] not in [member["id"] for member in listed]
    assert read.status_code == 404
    assert search(http, QUESTION, somebody)[-1]["usage"]["agents_called"] == 0
    assert search(http, QUESTION, owner)[-1]["usage"]["agents_called"] == 1
    http.delete(f"/v1/agents/{agent['id']}", headers=owner)


def test_the_old_addresses_are_the_same_operations(
    http: httpx.Client, start_agent: Callable[..., RunningAgent]
) -> None:
    running = start_agent("cars")
    owner = sign_up(http)
    body = {"name": "A", "url": running.url, "categories": ["Car Dealer"], "orchestrator_id": "old"}

    registered = http.post("/register-agent", json=body, headers=owner)
    mine = http.get("/my-agents", headers=owner)
    answered = http.post("/search", json={"query": "hello"})

    assert registered.status_code == 201
    assert [agent["id"] for agent in mine.json()["agents"]] == [registered.json()["id"]]
    assert answered.status_code == 200
    http.delete(f"/v1/agents/{registered.json()['id']}", headers=owner)
