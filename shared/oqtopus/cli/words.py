"""What the server says in codes and numbers, in words for people."""

from collections.abc import Mapping
from datetime import UTC, datetime

_FAILURES: Mapping[str, str] = {
    "blocked": "is at an address that is not called",
    "unreachable": "could not be reached",
    "timeout": "did not answer in time",
    "too_large": "sent too much",
    "redirect": "sent us elsewhere, which is not followed",
    "bad_status": "refused or failed",
    "bad_media_type": "sent something other than JSON",
    "bad_encoding": "sent text that cannot be read",
    "bad_json": "sent something other than JSON",
    "bad_shape": "sent an answer without the members it must have",
    "protocol": "does not speak HTTP as it must",
    "tls": "has no certificate that can be trusted",
}


def failure_of_agent(reason: str | None) -> str:
    """How a call went wrong, to stand after the agent's name."""
    return _FAILURES.get(reason or "", "did not answer")


def duration(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "-"
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def share(part: float | None) -> str:
    return "-" if part is None else f"{part:.1%}"


def moment(time: datetime | None) -> str:
    return "-" if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
