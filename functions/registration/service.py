"""What owners do with their agents: register, change, verify, remove."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from functions.registration.agent_keys import AgentKeys
from functions.registration.keys import new_key_pair
from functions.registration.schemas import AgentChange, NewAgent
from functions.registration.verdicts import verdict
from oqtopus.config import Throttles
from oqtopus.domain.accounts import AccountId
from oqtopus.domain.agents import Agent, AgentId, AgentStatus
from oqtopus.domain.history import Tally
from oqtopus.domain.keys import StagedKey
from oqtopus.errors import Conflict, NotFound, RefusedUrl, Unprocessable, Violation
from oqtopus.observability import event_log
from oqtopus.ports import AgentCaller, AgentStore, AuditEntry, Clock, KeyVault, KeyWork
from oqtopus.security.egress import AddressPolicy
from oqtopus.security.throttling import Gate

log = event_log(__name__)

AGENTS_PER_OWNER: Final = 100
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Registry:
    """The use cases; another's private agent is `NotFound`, the same as a missing one (Z1)."""

    agents: AgentStore
    vault: KeyVault
    keys: AgentKeys
    caller: AgentCaller
    policy: AddressPolicy
    gate: Gate
    throttles: Throttles
    clock: Clock
    new_id: Callable[[], str]

    async def register(self, owner_id: AccountId, body: NewAgent) -> Agent:
        """Make a key pair, keep both halves of the agent or neither (K1), and return it, pending."""
        await self.gate.take(self.throttles.agents_account, owner_id)
        url = await self._accepted(body.url, owner_id)
        # Counted before the costly key is made; the store counts again, in the transaction that adds.
        if len(await self.agents.owned_by(owner_id)) >= AGENTS_PER_OWNER:
            raise Conflict(f"An account has {AGENTS_PER_OWNER} agents at most; remove one first.")
        agent_id, pair = AgentId(self.new_id()), await new_key_pair()
        work = await self.keys.begin(agent_id, is_adding=True)
        try:
            version = await self.vault.add(agent_id, pair.private_pem)
            key = StagedKey(version, pair.public_pem, self.clock())
            agent = _new_agent(agent_id, owner_id, body.model_copy(update={"url": url}), key)
            await self.agents.add(agent, AGENTS_PER_OWNER)
        except BaseException:
            # A write that was cancelled may have happened all the same, so both are taken back.
            await asyncio.shield(self._withdraw(work))
            raise
        await self.keys.finish(work)
        log.info("agent_registered", agent=agent_id, account=owner_id)
        return agent

    async def visible(self, reader_id: AccountId | None, agent_id: AgentId) -> Agent:
        agent = await self.agents.agent(agent_id)
        if agent is None or not agent.is_visible_to(reader_id):
            raise NotFound
        return agent

    async def owned(self, owner_id: AccountId, agent_id: AgentId) -> Agent:
        """The owner's agent; for everyone else `NotFound`, even when they may read it."""
        agent = await self.agents.agent(agent_id)
        if agent is None or agent.owner_id != owner_id:
            raise NotFound
        return agent

    async def history(self, owner_id: AccountId, agent_id: AgentId) -> tuple[Agent, Sequence[Tally]]:
        """The owner's agent, and what was counted of its calls."""
        agent = await self.owned(owner_id, agent_id)
        return agent, await self.agents.history(agent_id, self.clock())

    async def change(self, owner_id: AccountId, agent_id: AgentId, body: AgentChange) -> Agent:
        """Change what the body names; at a new URL the agent is pending until it is verified there (U10)."""
        agent = await self.owned(owner_id, agent_id)
        changed = replace(agent, **body.model_dump(exclude_unset=True), changed_at=self.next_change(agent))
        if "url" in body.model_fields_set:
            changed = replace(changed, url=await self._accepted(body.url, owner_id))
        if changed.url != agent.url:
            changed = replace(changed, status=AgentStatus.PENDING, verified_at=None)
        await self.agents.change(changed, agent.changed_at)
        log.info("agent_changed", agent=agent_id, account=owner_id, members=sorted(body.model_fields_set))
        return changed

    async def verify(self, owner_id: AccountId, agent_id: AgentId) -> Agent:
        """Probe the agent and activate it; `Conflict` says which probe failed and why, and changes nothing."""
        agent = await self.owned(owner_id, agent_id)
        await self.gate.take(self.throttles.verify_account, owner_id)
        result = await self.caller.probe(agent)
        log.info(
            "agent_verified",
            agent=agent_id,
            account=owner_id,
            is_passed=result.is_passed,
            signed=result.signed,
            foreign=result.foreign,
        )
        if not result.is_passed:
            raise Conflict(verdict(result))
        now = self.next_change(agent)
        verified = replace(agent.activated(now), changed_at=now)
        await self.agents.change(verified, agent.changed_at)
        return verified

    async def remove(self, owner_id: AccountId, agent_id: AgentId) -> None:
        """Remove the agent, then its keys; when that breaks off in between, the journal has the keys destroyed."""
        await self.owned(owner_id, agent_id)
        work = await self.keys.begin(agent_id, is_adding=False)
        await self.agents.remove(agent_id)
        await self.keys.settle_or_leave(work)
        log.info("agent_removed", agent=agent_id, account=owner_id)

    async def _accepted(self, url: str, owner_id: AccountId) -> str:
        """The URL in the one form in which it is kept, judged by the policy that judges it again at each call."""
        try:
            return str(self.policy.url(url))
        except RefusedUrl as refusal:
            log.warning("agent_refused", account=owner_id, host=_host(url), rule=refusal.rule)
            await self.gate.audit.add(AuditEntry(self.clock(), "agent_refused", owner_id, refusal.rule))
            raise Unprocessable(Violation("/url", refusal.detail)) from refusal

    def next_change(self, agent: Agent) -> datetime:
        """Now, but later than the last change in any case: a change is guarded by the time of the one before it."""
        return max(self.clock(), agent.changed_at + _TICK)

    async def _withdraw(self, work: KeyWork) -> None:
        """Neither half remains (K1); what cannot be taken back now, the journal brings to its end."""
        for taking_back in (self.agents.remove(work.agent_id), self.keys.settle(work)):
            (failure,) = await asyncio.gather(taking_back, return_exceptions=True)
            if failure is not None:
                log.error("agent_not_withdrawn", failure=failure, agent=work.agent_id)


def _new_agent(agent_id: AgentId, owner_id: AccountId, body: NewAgent, key: StagedKey) -> Agent:
    return Agent(
        id=agent_id,
        owner_id=owner_id,
        orchestrator_id=body.orchestrator_id,
        name=body.name,
        url=body.url,
        categories=body.categories,
        description=body.description,
        is_public=body.is_public,
        status=AgentStatus.PENDING,
        key_version=key.version,
        public_key_pem=key.public_key_pem,
        created_at=key.made_at,
        changed_at=key.made_at,
    )


def _host(url: str) -> str:
    """The host of a refused URL for the log, as far as one can be read from it."""
    try:
        return (urlsplit(url).hostname or "")[:253]
    except ValueError:
        return ""
