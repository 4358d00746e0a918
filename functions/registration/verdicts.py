"""Why a verification failed, in words for the agent's owner."""

from collections.abc import Iterator, Mapping
from typing import Final

from oqtopus.ports import ProbeResult

# The keys are the reasons of C9 and `accepted`; none tells anything of sockets or of what the agent sent.
_WORDS: Final[Mapping[str, str]] = {
    "accepted": "the agent answered it instead of refusing it with status 401",
    "blocked": "the agent's URL or key can not be used",
    "unreachable": "the agent could not be reached",
    "timeout": "the agent did not answer in time",
    "too_large": "the answer was too large",
    "redirect": "the agent redirected it, and redirects are not followed",
    "bad_status": "the agent answered with the wrong status",
    "bad_media_type": "the answer was not application/json",
    "bad_encoding": "the answer was compressed or not UTF-8",
    "bad_json": "the answer was not valid JSON",
    "bad_shape": "the answer was not a JSON object",
    "protocol": "the answer was not sound HTTP",
    "tls": "no trusted TLS connection could be made",
}


def verdict(result: ProbeResult) -> str:
    """One sentence for each of the two probes that did not go as it must."""
    return " ".join(_sentences(result))


def _sentences(result: ProbeResult) -> Iterator[str]:
    if result.signed is not None:
        yield f"The properly signed probe must be answered with status 200 and JSON, but {_words(result.signed)}."
    if result.foreign is not None:
        yield f"The probe signed with a foreign key must be refused with status 401, but {_words(result.foreign)}."


def _words(reason: str) -> str:
    return f"{_WORDS.get(reason, 'it went wrong')} ({reason})"
