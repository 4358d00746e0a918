"""The embedded mailer: every mail stays on this machine, as a file that mail programs open."""

import asyncio
import os
from pathlib import Path

from oqtopus.adapters.mail_message import message_of, plain_id, sender_address, utc_now
from oqtopus.errors import Unavailable
from oqtopus.observability import event_log
from oqtopus.ports import Clock, Mail

log = event_log(__name__)


class Outbox:
    """Implements `Mailer`: one `.eml` file a mail, readable by its owner only; their names sort by time."""

    def __init__(self, folder: Path, sender: str, clock: Clock = utc_now) -> None:
        self._folder = folder
        self._sender = sender_address(sender)
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        now = self._clock()
        content = message_of(mail, self._sender, now).as_bytes()
        name = f"{now:%Y%m%dT%H%M%S.%fZ}-{plain_id(mail.id)}.eml"
        await asyncio.to_thread(self._keep, name, content)
        log.info("mail_kept", file=name)

    async def aclose(self) -> None:
        """Nothing is kept open between mails."""

    def _keep(self, name: str, content: bytes) -> None:
        """Written under another name first, so that a reader sees whole files only."""
        unfinished = self._folder / f".{name}.part"
        try:
            # Whichever of the two is missing is made with this mode; `parents` alone would ignore it.
            self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(exist_ok=True, mode=0o700)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            unfinished.rename(self._folder / name)
        except OSError as error:
            raise Unavailable("The outbox cannot be written.") from error
