"""Asking the notify function for a mail to an account."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from oqtopus.domain.accounts import AccountId
from oqtopus.messages import AccountMail
from oqtopus.ports import Publisher

MailKind = Literal["verification", "taken", "reset", "changed"]


@dataclass(frozen=True, slots=True)
class Mails:
    """Nothing here waits for a mail, so no reply's time tells whether there was one."""

    bus: Publisher
    new_id: Callable[[], str]

    async def ask_for(self, kind: MailKind, account_id: AccountId | None) -> None:
        """Have the mail written; one to nobody (None) is asked for all the same, under an id that is nobody's."""
        self.bus.publish(AccountMail(kind=kind, account_id=account_id or AccountId(self.new_id())))
        await self.bus.flush()
