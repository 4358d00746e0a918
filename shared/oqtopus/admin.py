"""What only an operator does. Each command is logged and kept in the audit trail with the operator's name."""

from collections.abc import Sequence
from dataclasses import asdict

from oqtopus import rotation
from oqtopus.bootstrap import Services
from oqtopus.domain.accounts import Account, AccountId, Caller, Scope, folded
from oqtopus.domain.agents import Agent, AgentId, AgentStatus
from oqtopus.domain.quotas import subject_of
from oqtopus.errors import NotFound
from oqtopus.observability import event_log
from oqtopus.ports import AuditEntry
from oqtopus.wire.requests import is_identifier

log = event_log(__name__)


class Operator:
    """Acts under `name`; every method returns the line that tells what was done."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._name = name

    async def suspend_account(self, who: str) -> str:
        """Nobody signs in to the account any more, and none of its agents is asked."""
        account = await self._account(who)
        await self._services.accounts.set_suspended(account.id, is_suspended=True)
        await self._services.sessions.end_all(account.id)
        agents = await self._services.agents.owned_by(account.id)
        for agent in agents:
            await self._services.agents.set_blocked(agent.id, is_blocked=True)
        await self._note("admin_suspend_account", account.id)
        return f"Account {account.id} is suspended; {_counted(agents)} blocked."

    async def restore_account(self, who: str) -> str:
        """Its agents stay blocked: some may have been before, and each is let go by its own command."""
        account = await self._account(who)
        await self._services.accounts.set_suspended(account.id, is_suspended=False)
        blocked = [
            agent for agent in await self._services.agents.owned_by(account.id) if agent.status is AgentStatus.BLOCKED
        ]
        await self._note("admin_restore_account", account.id)
        stay = f" Still blocked: {', '.join(agent.id for agent in blocked)}." if blocked else ""
        return f"Account {account.id} may sign in again.{stay}"

    async def block_agent(self, agent_id: str) -> str:
        return await self._set_blocked(agent_id, is_blocked=True)

    async def unblock_agent(self, agent_id: str) -> str:
        return await self._set_blocked(agent_id, is_blocked=False)

    async def reset_quota(self, who: str) -> str:
        account = await self._account(who)
        today = self._services.clock().date()
        await self._services.quotas.reset(subject_of(Caller(account.id, Scope.SEARCH)), today)
        await self._note("admin_reset_quota", account.id)
        return f"Account {account.id} has all searches of {today} again."

    async def refusals(self, at_most: int) -> Sequence[dict[str, str]]:
        """What was refused lately and what operators did, the newest first; reading leaves no trace of its own."""
        entries = await self._services.audit.recent(at_most, self._services.clock())
        return [asdict(entry) | {"at": entry.at.isoformat(timespec="seconds")} for entry in entries]

    async def rotate_secrets(self) -> str:
        """For the embedded mode only; see `rotation`."""
        self._services.close()
        count = await rotation.rotate(self._services.settings.home)
        await self._note("admin_rotate_secrets", "secrets")
        return f"The secrets are new and {count} keys are sealed with them. Restart oqtopus: it still has the old ones."

    async def _set_blocked(self, agent_id: str, *, is_blocked: bool) -> str:
        if not is_identifier(agent_id):
            raise NotFound("There is no such agent.")
        found = AgentId(agent_id)
        await self._services.agents.set_blocked(found, is_blocked=is_blocked)
        await self._note("admin_block_agent" if is_blocked else "admin_unblock_agent", found)
        return f"Agent {found} is blocked." if is_blocked else f"Agent {found} is pending: its owner may verify it."

    async def _account(self, who: str) -> Account:
        accounts, account = self._services.accounts, None
        if "@" in who:
            account = await accounts.account_with_email(folded(who))
        elif is_identifier(who):
            account = await accounts.account(AccountId(who))
        if account is None:
            raise NotFound("There is no such account.")
        return account

    async def _note(self, event: str, subject: str) -> None:
        log.info(event, subject=subject, operator=self._name)
        await self._services.audit.add(AuditEntry(self._services.clock(), event, subject, self._name))


def _counted(agents: Sequence[Agent]) -> str:
    return "its one agent is" if len(agents) == 1 else f"its {len(agents)} agents are"
