"""The bus between the function under test and notify, which hands over when a test asks for the mails."""

import re
from dataclasses import dataclass, field

from oqtopus.messages import Message
from oqtopus.ports import Mail
from tests.fakes.bus_account import Bus
from tests.fakes.mailers import ScriptedMailer

_LINK_SECRET = re.compile(r"\boqm_[0-9A-Za-z]+")


@dataclass
class Post:
    """Implements `Publisher`; `handed_over` says how much of it the sender waited for."""

    notify: Bus
    mailer: ScriptedMailer
    published: list[Message] = field(default_factory=list)
    handed_over: int = 0
    _delivered: int = 0

    async def warm(self) -> None:
        """Nothing to make."""

    def publish(self, message: Message) -> None:
        self.published.append(message)

    async def flush(self) -> None:
        self.handed_over = len(self.published)

    async def aclose(self) -> None:
        """Nothing to close."""

    async def mails(self) -> list[Mail]:
        """The mails that came of what was published since the last time."""
        before = len(self.mailer.sent)
        for message in self.published[self._delivered :]:
            reply = await self.notify.push(message)
            assert reply.status_code == 204
        self._delivered = len(self.published)
        return self.mailer.sent[before:]

    async def secret(self) -> str:
        """The secret in the link of the only new mail."""
        (mail,) = await self.mails()
        return secret_in(mail)


def secret_in(mail: Mail) -> str:
    found = _LINK_SECRET.search(mail.text)
    assert found
    return found.group()
