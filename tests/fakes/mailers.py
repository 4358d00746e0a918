"""A mailer that works by script."""

from dataclasses import dataclass, field

from oqtopus.errors import MailRefused, Unavailable
from oqtopus.ports import Mail


@dataclass
class ScriptedMailer:
    """Implements `Mailer`: keeps what it is given, unless it is told to fail."""

    sent: list[Mail] = field(default_factory=list)
    failure: MailRefused | Unavailable | None = None

    async def send(self, mail: Mail) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(mail)

    async def aclose(self) -> None:
        """Nothing to close."""
