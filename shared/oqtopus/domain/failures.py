"""The reasons why a call to an agent failed, in words for the agent's owner."""

from collections.abc import Mapping
from typing import Final

from oqtopus.errors import FailureReason

# None tells anything of sockets or of what the agent sent (C9).
_WORDS: Final[Mapping[FailureReason, str]] = {
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


def in_words(reason: FailureReason) -> str:
    """Part of a sentence, with the reason's own word behind it; a stored reason may be none of today's."""
    return f"{_WORDS.get(reason, 'it went wrong')} ({reason})"
