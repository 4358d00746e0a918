"""Tells people by mail what they are to know: owners of agents, holders of accounts, operators."""

from collections.abc import Callable
from dataclasses import dataclass

from functions.notify import account_letters, letters
from functions.notify.letters import Letter
from oqtopus.domain.accounts import MAIL_TOKEN_LIFETIMES, Account, AccountId, MailPurpose, MailToken
from oqtopus.domain.agents import Agent, AgentId
from oqtopus.errors import MailRefused
from oqtopus.messages import AccountMail, AgentRestored, AgentSuspended, CloudEvent, ContactReceived, ModelsNearCeiling
from oqtopus.observability import event_log
from oqtopus.ports import AccountStore, AgentStore, Clock, ContactBook, Mail, Mailer, MailTokenStore
from oqtopus.security.credentials import CredentialKind, digest, new_secret

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class Notices:
    """Messages hold ids only, so addresses and names are looked up, and links' secrets made, when a mail is written.

    `public_url` is where links lead (A5); `operators` is the address of those who run this, or empty.
    """

    accounts: AccountStore
    agents: AgentStore
    mail_tokens: MailTokenStore
    contacts: ContactBook
    mailer: Mailer
    clock: Clock
    public_url: str
    operators: str

    async def handle(self, event: CloudEvent) -> None:
        """Send what the event asks for; `Unavailable` when that may work later, so that it is delivered again."""
        match event.message:
            case AgentSuspended(agent_id=agent_id, owner_id=owner_id):
                await self._write_to_owner(event.id, owner_id, agent_id, letters.suspended)
            case AgentRestored(agent_id=agent_id, owner_id=owner_id):
                await self._write_to_owner(event.id, owner_id, agent_id, letters.restored)
            case AccountMail() as asked:
                await self._write_to_account(event.id, asked)
            case ContactReceived(letter_id=letter_id):
                await self._forward(event.id, letter_id)
            case ModelsNearCeiling(used=used, ceiling=ceiling):
                await self._write_to_operators(event.id, letters.near_ceiling(used, ceiling))
            case other:
                log.info("message_ignored", topic=other.topic, event_id=event.id)

    async def _write_to_owner(
        self, event_id: str, owner_id: AccountId, agent_id: AgentId, letter: Callable[[Account, Agent, str], Letter]
    ) -> None:
        owner, agent = await self.accounts.account(owner_id), await self.agents.agent(agent_id)
        if owner is None or agent is None:
            log.info("notice_without_reader", event_id=event_id, agent=agent_id, account=owner_id)
            return
        await self._send(event_id, owner.email, letter(owner, agent, self.public_url), owner_id)

    async def _write_to_account(self, event_id: str, asked: AccountMail) -> None:
        account = await self.accounts.account(asked.account_id)
        if account is None:
            # Mails are asked for in the name of nobody too, so that the one who asks learns nothing.
            log.info("notice_without_reader", event_id=event_id, account=asked.account_id)
            return
        await self._send(event_id, account.email, await self._account_letter(asked), account.id)

    async def _account_letter(self, asked: AccountMail) -> Letter:
        match asked.kind:
            case "verification":
                secret = await self._new_link(asked.account_id, MailPurpose.VERIFICATION)
                return account_letters.verification(self.public_url, secret)
            case "reset":
                secret = await self._new_link(asked.account_id, MailPurpose.RESET)
                return account_letters.reset(self.public_url, secret)
            case "taken":
                return account_letters.taken(self.public_url)
            case "changed":
                return account_letters.changed(self.public_url)

    async def _new_link(self, account_id: AccountId, purpose: MailPurpose) -> str:
        """A secret that from now on is the only one of its account and purpose; it exists in the mail alone."""
        secret = new_secret(CredentialKind.MAIL)
        expires_at = self.clock() + MAIL_TOKEN_LIFETIMES[purpose]
        await self.mail_tokens.put(MailToken(digest(secret), account_id, purpose, expires_at))
        return secret

    async def _forward(self, event_id: str, letter_id: str) -> None:
        letter = await self.contacts.letter(letter_id, self.clock())
        if letter is None:
            log.info("letter_gone", event_id=event_id, letter=letter_id)
            return
        await self._write_to_operators(event_id, letters.from_visitor(letter))

    async def _write_to_operators(self, event_id: str, letter: Letter) -> None:
        if not self.operators:
            log.warning("operators_without_address", event_id=event_id)
            return
        await self._send(event_id, self.operators, letter)

    async def _send(self, event_id: str, recipient: str, letter: Letter, account_id: AccountId | None = None) -> None:
        try:
            await self.mailer.send(Mail(event_id, recipient, letter.subject, letter.text))
        except MailRefused as refusal:
            # Delivering the message again would only be refused again.
            log.warning("mail_refused", event_id=event_id, account=account_id, reason=str(refusal))
            return
        log.info("mail_sent", event_id=event_id, account=account_id)
