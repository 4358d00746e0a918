"""Agents that answer by script, and builders of registered ones."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentReply, AgentStatus
from oqtopus.errors import AgentFailure, FailureReason
from oqtopus.ports import ProbeResult

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def agent(name: str = "films", **changes: object) -> Agent:
    """An active public agent for films; `changes` replace its members."""
    members: dict[str, object] = {
        "id": AgentId(f"agent-{name}"),
        "owner_id": AccountId("owner"),
        "orchestrator_id": "oqtopus",
        "name": name,
        "url": f"https://{name}.example.com",
        "categories": ("Movie",),
        "description": "",
        "is_public": True,
        "status": AgentStatus.ACTIVE,
        "key_version": "1",
        "public_key_pem": "",
        "created_at": NOON,
        "changed_at": NOON,
    }
    return Agent(**(members | changes))  # type: ignore[arg-type]  # a builder takes any member by name


@dataclass
class ScriptedCaller:
    """Implements `AgentCaller`: a name's reply, its failure, an unforeseen defect, or no answer at all."""

    replies: Mapping[str, AgentReply | FailureReason | Exception | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hops: list[int] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    is_hanging: asyncio.Event = field(default_factory=asyncio.Event)
    is_cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(
        self,
        agent: Agent,
        question: str,
        output_structure: Mapping[str, object],
        deadline_seconds: float,
        hops: int = 1,
    ) -> AgentReply:
        self.asked.append(agent.name)
        self.hops.append(hops)
        match self.replies.get(agent.name, AgentReply(f"{agent.name} says so.")):
            case AgentReply() as reply:
                return reply
            case None:
                return await self._hang(agent)
            case Exception() as defect:
                raise defect
            case reason:
                raise AgentFailure(reason)

    async def probe(self, agent: Agent) -> ProbeResult:
        return ProbeResult(None, None)

    async def aclose(self) -> None:
        """Nothing to close."""

    async def _hang(self, agent: Agent) -> AgentReply:
        self.is_hanging.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.append(agent.name)
            self.is_cancelled.set()
        raise AssertionError("nobody sets the event")
