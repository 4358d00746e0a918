"""Tells an agent's owner by mail what has become of it."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.notify.letters import Letter, restored, suspended
from oqtopus.domain.accounts import Account, AccountId
from oqtopus.domain.agents import Agent, AgentId
from oqtopus.errors import MailRefused
from oqtopus.messages import AgentRestored, AgentSuspended, CloudEvent
from oqtopus.observability import event_log
from oqtopus.ports import AccountStore, AgentStore, Mail, Mailer

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class Notices:
    """Messages hold ids only, so the address and the agent's name are looked up when the letter is written."""

    accounts: AccountStore
    agents: AgentStore
    mailer: Mailer

    async def handle(self, event: CloudEvent) -> None:
        """Send what the event asks for; `Unavailable` when that may work later, so that it is delivered again."""
        match event.message:
            case AgentSuspended(agent_id=agent_id, owner_id=owner_id):
                await self._write(event.id, owner_id, agent_id, suspended)
            case AgentRestored(agent_id=agent_id, owner_id=owner_id):
                await self._write(event.id, owner_id, agent_id, restored)
            case other:
                log.info("message_ignored", topic=other.topic, event_id=event.id)

    async def _write(
        self, event_id: str, owner_id: AccountId, agent_id: AgentId, letter: Callable[[Account, Agent], Letter]
    ) -> None:
        owner, agent = await self.accounts.account(owner_id), await self.agents.agent(agent_id)
        if owner is None or agent is None:
            log.info("notice_without_reader", event_id=event_id, agent=agent_id, account=owner_id)
            return
        written = letter(owner, agent)
        try:
            await self.mailer.send(Mail(event_id, owner.email, written.subject, written.text))
        except MailRefused as refusal:
            # Delivering the message again would only be refused again.
            log.warning("mail_refused", event_id=event_id, account=owner_id, reason=str(refusal))
            return
        log.info("mail_sent", event_id=event_id, agent=agent_id, account=owner_id)
