"""The published `rotagent` 0.1.0, unchanged and in production mode, must take our calls and no one else's."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from rotagent import AgentAuth, KeyManager  # type: ignore[import-untyped]  # It has no annotations.
from werkzeug.serving import make_server

from oqtopus.adapters.agent_http import HttpAgentCaller
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentStatus
from oqtopus.domain.keys import RetiredKey
from oqtopus.errors import AgentFailure
from oqtopus.ports import ProbeResult
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.signing import AgentSignature, KeyRing, parsed_key

ISSUER = "films"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
BODY = b'{"query":"When?","output_structure":{}}'


@dataclass
class RunningAgent:
    port: int
    private_key_pem: str
    bodies: list[bytes] = field(default_factory=list)
    hops: list[str | None] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def post(self, body: bytes, authorization: str) -> tuple[int, dict[str, object]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json", "Authorization": authorization}
        connection.request("POST", "/agent", body, headers)
        response = connection.getresponse()
        value = json.loads(response.read())
        connection.close()
        return response.status, value


@dataclass
class Vault:
    """Version `1` is `pem`, version `2` the one that is to come."""

    pem: str
    next_pem: str = ""

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        return "1"

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        return self.pem if version == "1" else self.next_pem

    async def check(self) -> None:
        """Nothing to open."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def destroy(self, agent_id: AgentId) -> None: ...


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[RunningAgent]:
    private_pem, public_pem = KeyManager.generate_rsa_keypair()
    with running_agent(tmp_path, private_pem, public_pem) as running:
        yield running


@contextmanager
def running_agent(folder: Path, private_pem: str, public_pem: str) -> Iterator[RunningAgent]:
    """An agent that trusts one public key, read when it starts, as the published package does."""
    (folder / f"{ISSUER}.pem").write_text(public_pem)
    auth = AgentAuth(keys_dir=str(folder), dev_mode=False)
    app = Flask("agent")

    @app.post("/agent")
    @auth.require_auth  # type: ignore[untyped-decorator]  # rotagent has no annotations.
    def answer() -> ResponseReturnValue:
        running.bodies.append(request.get_data())
        running.hops.append(request.headers.get("Oqtopus-Hops"))
        return jsonify({"answer": "In 1982.", "sources": []})

    server = make_server("127.0.0.1", 0, app, threaded=True)
    running = RunningAgent(server.server_port, private_pem)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield running
    server.shutdown()
    thread.join()
    server.server_close()


def authorization(pem: str, body: bytes = BODY, issued_at: datetime | None = None, token_id: str = "0" * 32) -> str:
    return AgentSignature(ISSUER, parsed_key(pem)).authorization(body, issued_at or datetime.now(UTC), token_id)


def caller_for(running: RunningAgent, next_pem: str = "") -> tuple[HttpAgentCaller, Agent]:
    def now() -> datetime:
        return datetime.now(UTC)

    vault = Vault(running.private_key_pem, next_pem)
    caller = HttpAgentCaller(KeyRing(vault, now), AddressPolicy(frozenset({running.origin})), now)
    registered = Agent(
        id=AgentId("a1"), owner_id=AccountId("o1"), orchestrator_id=ISSUER, name="Films", url=running.origin,
        categories=("Movie",), description="", is_public=True, status=AgentStatus.ACTIVE, key_version="1",
        public_key_pem="", created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    return caller, registered


async def test_our_call_is_accepted_with_the_documented_body(agent: RunningAgent) -> None:
    caller, registered = caller_for(agent)

    reply = await caller.ask(registered, "Wann lief „Léon“?", {"type": "object"}, 10)
    await caller.aclose()

    assert reply.answer == "In 1982."
    assert [json.loads(body) for body in agent.bodies] == [
        {"query": "Wann lief „Léon“?", "output_structure": {"type": "object"}}
    ]


async def test_our_call_is_accepted_with_the_number_of_its_searches(agent: RunningAgent) -> None:
    caller, registered = caller_for(agent)

    for hops in (1, 2):
        await caller.ask(registered, "When?", {}, 10, hops)
    await caller.aclose()

    assert agent.hops == ["1", "2"]


async def test_twenty_calls_at_once_are_accepted(agent: RunningAgent) -> None:
    caller, registered = caller_for(agent)

    replies = await asyncio.gather(*(caller.ask(registered, f"{n}?", {}, 10) for n in range(20)))
    await caller.aclose()

    assert {reply.answer for reply in replies} == {"In 1982."}


async def test_the_agent_passes_its_probe(agent: RunningAgent) -> None:
    caller, registered = caller_for(agent)

    result = await caller.probe(registered)
    await caller.aclose()

    assert result == ProbeResult(None, None)
    assert len(agent.bodies) == 1


async def test_a_rotation_costs_no_answer_whenever_the_owner_installs_the_key(tmp_path: Path) -> None:
    """The agent reads its keys when it starts, so that installing one is a restart with another file."""
    (old, old_public), (new, new_public) = KeyManager.generate_rsa_keypair(), KeyManager.generate_rsa_keypair()
    answers = []
    for public_pem in (old_public, new_public):
        with running_agent(tmp_path, old, public_pem) as running:
            caller, registered = caller_for(running, new)
            staged = registered.staging("2", new_public, NOW)
            for stage in (staged, staged.on_staged_key(datetime.now(UTC))):
                answers.append((await caller.ask(stage, "When?", {}, 10)).answer)
                assert await caller.probe(stage) == ProbeResult(None, None)
            await caller.aclose()

    assert answers == ["In 1982."] * 4


async def test_without_a_rotation_under_way_a_refused_call_stays_refused(tmp_path: Path) -> None:
    (old, _), (new, new_public) = KeyManager.generate_rsa_keypair(), KeyManager.generate_rsa_keypair()
    with running_agent(tmp_path, old, new_public) as running:
        caller, registered = caller_for(running, new)
        for agent in (registered, replace(registered, retired_key=RetiredKey("2", new_public, until=NOW))):
            with pytest.raises(AgentFailure, match="bad_status"):
                await caller.ask(agent, "When?", {}, 10)
        await caller.aclose()

    assert running.bodies == []


def test_a_replayed_call_is_refused(agent: RunningAgent) -> None:
    header = authorization(agent.private_key_pem)

    first, _ = agent.post(BODY, header)
    second, error = agent.post(BODY, header)

    assert (first, second, error) == (200, 429, {"error": "Replay Detected"})


def test_a_call_with_a_changed_body_is_refused(agent: RunningAgent) -> None:
    status, error = agent.post(BODY.replace(b"When", b"Then"), authorization(agent.private_key_pem))

    assert (status, error) == (401, {"error": "Body Tampering Detected"})


def test_a_call_with_another_agents_key_is_refused(agent: RunningAgent) -> None:
    other_pem, _ = KeyManager.generate_rsa_keypair()

    status, error = agent.post(BODY, authorization(other_pem))

    assert (status, error) == (401, {"error": "Signature verification failed"})


def test_an_expired_call_is_refused(agent: RunningAgent) -> None:
    header = authorization(agent.private_key_pem, issued_at=datetime.now(UTC) - timedelta(seconds=61))

    assert agent.post(BODY, header) == (401, {"error": "Token Expired"})


def test_an_audience_would_break_the_published_verifier(agent: RunningAgent) -> None:
    """Why J5's `aud` is left out: drop this test and add the claim when `rotagent` names its audience."""
    claims = jwt.decode(
        authorization(agent.private_key_pem).removeprefix("Bearer "), options={"verify_signature": False}
    )

    token = jwt.encode({**claims, "aud": agent.origin}, agent.private_key_pem, algorithm="RS256")

    assert agent.post(BODY, f"Bearer {token}") == (401, {"error": "Invalid audience"})
