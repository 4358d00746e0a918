"""How often something may be tried."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `limit` tries of a subject in each window; windows are the same for everybody and follow each other."""

    name: str
    limit: int
    window: timedelta

    def window_at(self, now: datetime) -> datetime:
        """When the window of `now` began."""
        seconds = self.window.total_seconds()
        return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)

    def ends_at(self, now: datetime) -> datetime:
        return self.window_at(now) + self.window
