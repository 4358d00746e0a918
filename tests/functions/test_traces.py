"""One trace for a request, from the gateway to the function behind it."""

import json
import logging
from dataclasses import replace

import httpx
import pytest

from infra.gateway import Gateway, application_of
from infra.manifest import load_manifest
from oqtopus.bootstrap import Services
from oqtopus.config import Settings
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.observability import JsonLines
from tests.conftest import client_of_function
from tests.fakes.agents import NOON, ScriptedCaller, agent
from tests.fakes.spans import recorded

OWNER = AccountId("owner")
FOREIGN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, is_behind_gateway=True)


def gateway() -> httpx.AsyncClient:
    manifest = load_manifest()
    applications = {function.name: application_of(function) for function in manifest.functions}
    return httpx.AsyncClient(transport=httpx.ASGITransport(Gateway(manifest, applications)), base_url="http://local")


async def test_the_function_is_a_part_of_the_gateways_request(services: Services) -> None:
    with recorded() as spans:
        async with gateway() as http:
            reply = await http.get("/v1/categories", headers={"traceparent": FOREIGN})

        outer, inner = spans.ended()
        assert spans.tree() == {"gateway": None, "GET /v1/categories": "gateway"}
        assert outer.parent is None, "a client's own trace is not taken up"
        assert outer.attributes == {"method": "GET", "request_id": reply.headers["x-request-id"], "status": 200}
        assert inner.attributes == {"request_id": reply.headers["x-request-id"], "status": 200}


async def test_ids_and_credentials_are_in_no_span(services: Services) -> None:
    with recorded() as spans:
        async with gateway() as http:
            await http.post("/v1/password-resets/oqm_secret-of-a-link", json={"password": "a long enough passphrase"})
            await http.get("/v1/agents/an-agents-id", headers={"Authorization": "Bearer oqs_secret"})

        told = json.dumps([json.loads(span.to_json()) for span in spans.ended()])
        assert "secret" not in told
        assert "an-agents-id" not in told
        assert {span.name for span in spans.ended()} == {"gateway", "request", "GET /v1/agents"}


async def test_what_somebody_asks_for_names_no_span(services: Services) -> None:
    async with client_of_function("registration") as http:
        with recorded() as spans:
            await http.get("/v1/a-question-in-a-path")
            await http.get("/who/knows")

            assert [span.name for span in spans.ended()] == ["request", "request"]


async def test_log_lines_of_a_request_name_its_span(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "oqtopus")
    caplog.handler.setFormatter(JsonLines("a-project"))
    with recorded() as spans:
        async with gateway() as http:
            await http.post("/v1/sessions", json={"email": "ada@example.org", "password": "a long enough passphrase"})

        ids = spans.named("POST /v1/sessions").context
    lines = [json.loads(line) for line in caplog.text.splitlines() if line.startswith("{")]
    spans_of_lines = {line["logging.googleapis.com/spanId"] for line in lines}
    assert spans_of_lines == {f"{ids.span_id:016x}"}
    assert {line["logging.googleapis.com/trace"] for line in lines} == {
        f"projects/a-project/traces/{ids.trace_id:032x}"
    }


async def test_a_search_is_one_trace_down_to_its_agents(services: Services, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "oqtopus")
    await services.accounts.add(Account(OWNER, "owner@example.org", "owner", "no hash", NOON))
    for name in ("good", "bad"):
        await services.agents.add(agent(name, owner_id=OWNER))
    services.agent_caller = ScriptedCaller({"bad": "timeout"})
    with recorded() as spans:
        async with gateway() as http:
            await http.post("/v1/search", json={"query": "What are good science fiction movies from the 1990s?"})

        tree = spans.tree()
        agents = [dict(span.attributes or {}) for span in spans.ended() if span.name == "agent"]
    assert tree == {
        "gateway": None,
        "POST /v1/search": "gateway",
        "search": "POST /v1/search",
        "route": "search",
        "agent": "search",
        "write": "search",
    }
    assert sorted(str(one["outcome"]) for one in agents) == ["answered", "timeout"]
    lines = {record.message: record.__dict__["oqtopus"] for record in caplog.records if "oqtopus" in record.__dict__}
    assert {"outcome", "ms", "agent", "is_counted"} == lines["agent_called"].keys()
    finished = lines["search_finished"]
    assert 0 <= finished["first_event_ms"] <= finished["first_words_ms"] <= finished["ms"]
    assert "science fiction" not in caplog.text
