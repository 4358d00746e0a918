"""A new key for an agent without an hour in which its calls are refused: staged, installed by its owner, activated."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.registration.keys import new_key_pair
from functions.registration.service import Registry
from functions.registration.verdicts import verdict
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId
from oqtopus.domain.keys import OVERLAP
from oqtopus.errors import Conflict
from oqtopus.observability import event_log

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """The use cases; a call that the agent refuses with one key is signed with the others meanwhile."""

    registry: Registry

    async def start(self, owner_id: AccountId, agent_id: AgentId) -> tuple[Agent, bool]:
        """The agent with a staged key, and whether that is new: a key that is staged already is shown again."""
        registry = self.registry
        agent = await registry.owned(owner_id, agent_id)
        if agent.staged_key is not None:
            return agent, False
        await registry.gate.take(registry.throttles.agents_account, owner_id)
        pair = await new_key_pair()
        work = await registry.keys.begin(agent_id, is_adding=True)
        try:
            version = await registry.vault.add(agent_id, pair.private_pem)
            now = registry.next_change(agent)
            staged = replace(agent.staging(version, pair.public_pem, now), changed_at=now)
            await registry.agents.change(staged, agent.changed_at)
        except BaseException:
            # The key may be named all the same, if only the store's reply was lost; settling looks.
            await asyncio.shield(asyncio.gather(registry.keys.settle(work), return_exceptions=True))
            raise
        await registry.keys.finish(work)
        log.info("agent_key_staged", agent=agent_id, account=owner_id, version=version)
        return staged, True

    async def activate(self, owner_id: AccountId, agent_id: AgentId) -> Agent:
        """Sign with the staged key once the agent accepts it; `Conflict` says why it does not, and changes nothing."""
        registry = self.registry
        agent = await registry.owned(owner_id, agent_id)
        if agent.staged_key is None:
            raise Conflict("No key is staged for this agent; start a rotation first.")
        _check_overlap(agent, registry.clock())
        await registry.gate.take(registry.throttles.verify_account, owner_id)
        result = await registry.caller.probe(agent.on_staged_key_alone())
        if not result.is_passed:
            raise Conflict(verdict(result))
        now = registry.next_change(agent)
        # Written down first: the key that is retired is destroyed when this is due, whoever is there then.
        await registry.keys.begin(agent_id, is_adding=False, due_at=now + OVERLAP)
        activated = replace(agent.on_staged_key(now).activated(now), changed_at=now)
        await registry.agents.change(activated, agent.changed_at)
        log.info("agent_key_activated", agent=agent_id, account=owner_id, version=activated.key_version)
        return activated


def _check_overlap(agent: Agent, now: datetime) -> None:
    """An agent has one retired key, and that one is not dropped before its time."""
    retired = agent.retired_key_at(now)
    if retired is not None:
        # Rounded up to a minute, so that nobody who waits for it comes too early.
        until = retired.until + timedelta(minutes=1)
        raise Conflict(
            f"The key that signed before stays usable for its overlap; activate the staged one from "
            f"{until:%Y-%m-%d %H:%M} UTC on."
        )
