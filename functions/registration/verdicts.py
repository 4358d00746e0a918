"""Why a verification failed, in words for the agent's owner."""

from collections.abc import Iterator

from oqtopus.domain.failures import in_words
from oqtopus.ports import ProbeResult

_ACCEPTED = "the agent answered it instead of refusing it with status 401 (accepted)"


def verdict(result: ProbeResult) -> str:
    """One sentence for each of the two probes that did not go as it must."""
    return " ".join(_sentences(result))


def _sentences(result: ProbeResult) -> Iterator[str]:
    if result.signed is not None:
        yield f"The properly signed probe must be answered with status 200 and JSON, but {in_words(result.signed)}."
    if result.foreign is not None:
        words = _ACCEPTED if result.foreign == "accepted" else in_words(result.foreign)
        yield f"The probe signed with a foreign key must be refused with status 401, but {words}."
