"""How many searches a day a caller has."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from oqtopus.domain.accounts import Caller


@dataclass(frozen=True, slots=True)
class Quota:
    """A UTC day's allowance of searches and what is used of it."""

    used: int
    limit: int
    day: date

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    @property
    def resets_at(self) -> datetime:
        return datetime.combine(self.day + timedelta(days=1), time(), UTC)


def subject_of(caller: Caller) -> str:
    """The name a quota is kept under: sessions and tokens of an account share one, guests have their address's."""
    if caller.account_id is None:
        return f"guest:{caller.guest_key}"
    return f"account:{caller.account_id}"
