"""Moments as SQLite keeps them."""

from datetime import UTC, datetime


def sortable(moment: datetime) -> str:
    """A form whose order as text is the order in time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
