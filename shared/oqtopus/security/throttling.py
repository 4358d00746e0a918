"""Where tries are counted: what is refused is logged and kept for operators, under keyed names only (A4, L3)."""

from dataclasses import dataclass, field

from oqtopus.domain.throttles import Throttle
from oqtopus.errors import TooManyRequests
from oqtopus.observability import event_log
from oqtopus.ports import AttemptLedger, AuditEntry, AuditTrail, Clock
from oqtopus.security.subject_keys import address_key, network_key

log = event_log(__name__)


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets tries through as long as their throttle has some left."""

    attempts: AttemptLedger
    audit: AuditTrail
    clock: Clock
    secret_key: str = field(repr=False)

    def network(self, network: str) -> str:
        """The subject that stands for a client's network."""
        return network_key(self.secret_key, network)

    def address(self, email: str) -> str:
        """The subject that stands for an e-mail address; those of nobody count like any other."""
        return address_key(self.secret_key, email)

    async def take(self, throttle: Throttle, subject: str) -> None:
        """Count a try, or raise `TooManyRequests`, of which operators are told."""
        now = self.clock()
        try:
            await self.attempts.take(throttle, subject, now)
        except TooManyRequests:
            event = f"{throttle.name.partition('-')[0]}_limited"
            log.warning(event, throttle=throttle.name, subject=subject)
            await self.audit.add(AuditEntry(now, event, subject, throttle.name))
            raise

    async def admits(self, throttle: Throttle, subject: str) -> bool:
        """Whether the try is let through, for callers whose reply must not tell; it counts like any other."""
        try:
            await self.take(throttle, subject)
        except TooManyRequests:
            return False
        return True

    async def give_back(self, throttle: Throttle, subject: str) -> None:
        """The try was no offence after all."""
        await self.attempts.give_back(throttle, subject, self.clock())
