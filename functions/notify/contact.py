"""Taking letters of the contact form."""

from collections.abc import Callable
from dataclasses import dataclass

from oqtopus.config import Throttles
from oqtopus.messages import ContactReceived
from oqtopus.observability import event_log
from oqtopus.ports import Clock, ContactBook, Letter, Publisher
from oqtopus.security.throttling import Gate

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class ContactDesk:
    """Keeps a letter and lets the mail follow, so that no visitor waits for a mail server."""

    contacts: ContactBook
    bus: Publisher
    gate: Gate
    throttles: Throttles
    clock: Clock
    new_id: Callable[[], str]

    async def receive(self, name: str, email: str, text: str, network: str) -> None:
        await self.gate.take(self.throttles.contact_network, self.gate.network(network))
        letter = Letter(self.new_id(), name, email, text, self.clock())
        await self.contacts.add(letter)
        self.bus.publish(ContactReceived(letter_id=letter.id))
        await self.bus.flush()
        log.info("letter_received", letter=letter.id, characters=len(text))
