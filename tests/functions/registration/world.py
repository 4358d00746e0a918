"""The function under test with what it stands on: embedded stores that can be made to fail, and a fake agent caller."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import AccountId, Caller, Scope
from oqtopus.domain.agents import Agent, AgentId, AgentReply
from oqtopus.errors import KeyNotFound, OqtopusError, Unauthenticated, Unavailable
from oqtopus.messages import Message
from oqtopus.ports import AgentStore, KeyVault, ProbeResult
from oqtopus.wire.requests import Request
from tests.fakes.bus_account import Bus, new_signer, push_settings
from tests.fakes.clock import FakeClock

ANNA = AccountId("anna")
BERT = AccountId("bert")
FIRST = AgentId("agent-1")
NEW_AGENT: Mapping[str, object] = {
    "name": "Hotels of Graz",
    "url": "https://hotels.example.org/graz",
    "categories": ["Hotel", "Cafe"],
    "description": "Knows where there is a free bed.",
    "orchestrator_id": "oqtopus_graz",
    "public": True,
}
PUBLIC_MEMBERS = {
    "id", "name", "url", "categories", "description", "status", "verified_at", "created_at", "health",
}  # fmt: skip
OWNER_MEMBERS = PUBLIC_MEMBERS | {
    "public", "orchestrator_id", "key_version", "key_file_name", "public_key", "keys", "changed_at",
}  # fmt: skip
SECOND = timedelta(seconds=1)


class Broken(OqtopusError):
    """What a broken adapter raises here."""


class FakeAgentCaller:
    """Implements `AgentCaller`: probes go as `result` says, and nothing else is asked."""

    def __init__(self) -> None:
        self.result = ProbeResult(None, None)
        self.probed: list[Agent] = []

    async def ask(
        self,
        agent: Agent,
        question: str,
        output_structure: Mapping[str, object],
        deadline_seconds: float,
        hops: int = 1,
    ) -> AgentReply:
        raise Broken

    async def probe(self, agent: Agent) -> ProbeResult:
        self.probed.append(agent)
        return self.result

    async def aclose(self) -> None:
        """Nothing to close."""


class Faulty:
    """Makes what comes after a write fail or wait, as when the reply of a store is lost."""

    def __init__(self) -> None:
        self.is_broken = False
        self.is_stuck = False
        self.reached = asyncio.Event()

    async def after_write(self) -> None:
        self.reached.set()
        if self.is_stuck:
            await asyncio.Event().wait()
        if self.is_broken:
            raise Broken


class FaultyVault(Faulty):
    """Implements `KeyVault` over another one; `faults` are those of one agent's keys."""

    def __init__(self, vault: KeyVault) -> None:
        super().__init__()
        self._vault = vault
        self.is_down = False
        self.faults: dict[AgentId, Exception] = {}
        self.on_versions: Callable[[], None] = lambda: None

    async def add(self, agent_id: AgentId, private_key_pem: str) -> str:
        version = await self._vault.add(agent_id, private_key_pem)
        await self.after_write()
        return version

    async def private_key(self, agent_id: AgentId, version: str) -> str:
        return await self._vault.private_key(agent_id, version)

    async def versions(self, agent_id: AgentId) -> Sequence[str]:
        if self.is_down:
            raise Unavailable("The key vault does not answer.")
        if agent_id in self.faults:
            raise self.faults[agent_id]
        self.on_versions()
        return await self._vault.versions(agent_id)

    async def destroy_version(self, agent_id: AgentId, version: str) -> None:
        await self._vault.destroy_version(agent_id, version)

    async def check(self) -> None:
        """Nothing to open."""

    async def aclose(self) -> None:
        """Nothing to close."""

    async def destroy(self, agent_id: AgentId) -> None:
        await self._vault.destroy(agent_id)


class FaultyAgents(Faulty):
    """Implements `AgentStore` over another one; when it is overtaking, another change comes before each."""

    def __init__(self, agents: AgentStore) -> None:
        super().__init__()
        self._agents = agents
        self.agent, self.owned_by, self.public = agents.agent, agents.owned_by, agents.public
        self.candidates, self.record, self.due = agents.candidates, agents.record, agents.due
        self.set_blocked, self.history = agents.set_blocked, agents.history
        self.is_overtaking = False

    async def add(self, agent: Agent, at_most: int | None = None) -> None:
        await self._agents.add(agent, at_most)
        await self.after_write()

    async def change(self, agent: Agent, expected_changed_at: datetime) -> None:
        if self.is_overtaking:
            stored = await self._agents.agent(agent.id)
            assert stored is not None
            other = replace(stored, name="overtaking", changed_at=expected_changed_at + SECOND)
            await self._agents.change(other, expected_changed_at)
        await self._agents.change(agent, expected_changed_at)

    async def remove(self, agent_id: AgentId) -> None:
        await self._agents.remove(agent_id)
        if self.is_broken:
            raise Broken


class NamedCallers(Services):
    """The embedded services to whom a bearer is simply the name of an account, `anna:search` a narrow token."""

    async def identify(self, request: Request) -> Caller:
        match (request.bearer or "").partition(":"):
            case ("", _, _):
                return Caller(None, Scope.SEARCH, guest_key="guest")
            case (("anna" | "bert") as account, _, scope):
                return Caller(AccountId(account), Scope(scope or "manage"))
            case _:
                raise Unauthenticated


class World:
    """Registration and what it stands on; a call is made as an account, or as a guest (``)."""

    def __init__(self, services: Services, vault: KeyVault, clock: FakeClock, http: httpx.AsyncClient) -> None:
        signer = new_signer()
        services.settings = replace(services.settings, push=push_settings(signer))
        self.bus = Bus(http, signer, clock, "registration.keys.due")
        self.clock = clock
        self.caller = FakeAgentCaller()
        self.vault = FaultyVault(vault)
        self.agents = FaultyAgents(services.agents)
        self._http = http
        self._ids = iter(range(1, 1_000))
        services.clock = clock
        services.new_id = lambda: f"agent-{next(self._ids)}"
        services.agent_caller = self.caller
        services.vault = self.vault
        services.agents = self.agents

    async def call(self, account: str, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {account}"} if account else {}
        if body is None:
            return await self._http.request(method, path, headers=headers)
        # In ASCII, so that text which has no form in UTF-8 gets there too.
        typed = headers | {"Content-Type": "application/json"}
        return await self._http.request(method, path, headers=typed, content=json.dumps(body))

    async def tick(self, message: Message) -> None:
        """The schedule's message as the bus pushes it."""
        reply = await self.bus.push(message)
        assert reply.status_code == 204, reply.text

    async def registered(self, account: str = "anna", **changes: object) -> dict[str, Any]:  # Any: a JSON document.
        reply = await self.call(account, "POST", "/v1/agents", {**NEW_AGENT, **changes})
        assert reply.status_code == 201, reply.text
        document: dict[str, Any] = reply.json()
        return document

    async def activated(self, account: str = "anna", **changes: object) -> dict[str, Any]:  # Any: a JSON document.
        agent = await self.registered(account, **changes)
        reply = await self.call(account, "POST", f"/v1/agents/{agent['id']}/verify")
        assert reply.status_code == 200, reply.text
        document: dict[str, Any] = reply.json()
        return document

    async def has_secret(self, agent_id: AgentId) -> bool:
        try:
            await self.vault.private_key(agent_id, "1")
        except KeyNotFound:
            return False
        return True

    async def assert_nothing_remains(self) -> None:
        assert not await self.has_secret(FIRST)
        assert await self.agents.agent(FIRST) is None


def pointers(reply: httpx.Response) -> list[str]:
    return [fault["pointer"] for fault in reply.json()["errors"]]


def listed(reply: httpx.Response) -> list[str]:
    return [agent["id"] for agent in reply.json()["agents"]]


def without_instance(reply: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in reply.json().items() if name != "instance"}
