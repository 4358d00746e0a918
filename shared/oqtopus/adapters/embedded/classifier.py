"""Reads a question: the probabilities of the whole and of each of its clauses, and the verdict on them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oqtopus.adapters.embedded.encoder import Encoder, Vector
from oqtopus.adapters.embedded.head import Head
from oqtopus.adapters.embedded.policy import LogProbabilities, Verdict, verdict

MOST_CLAUSES = 4
LONGEST_QUESTION = 2_000
# The group keeps the breaks among the segments, so that these make the question again when joined.
_BREAK = re.compile(r"([,;:.?!]+ (?:(?:and|then|or|plus|but|also) )?| (?:and|then|or|plus|but|also) )", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the head sees in a question; `clauses` is empty when there is only one."""

    whole: LogProbabilities
    clauses: tuple[LogProbabilities, ...]


class Classifier:
    """Sorts questions into categories, without MiniLM when `encoder` is None. For one thread."""

    def __init__(self, head: Head, encoder: Encoder | None) -> None:
        self.head = head
        self._encoder = encoder
        self._policy = head.policy if encoder else head.terms_policy

    def verdict(self, question: str) -> Verdict:
        reading = self.reading(question)
        return verdict(self._policy, self.head.classes, reading.whole, reading.clauses)

    def reading(self, question: str) -> Reading:
        segments = _BREAK.split(" ".join(question[:LONGEST_QUESTION].split()))
        clauses = _clauses(segments)
        if not clauses:
            return Reading(self.log_probabilities("".join(segments)), ())
        if not self._encoder:
            return self._read(segments, clauses, None, [None] * len(segments))
        return self._read(segments, clauses, *self._encoder.vectors(segments))

    def log_probabilities(self, text: str) -> LogProbabilities:
        vector = self._encoder.vector(text) if self._encoder else None
        return self._seen(vector, text)

    def _read(
        self, segments: list[str], clauses: list[int], whole: Vector | None, parts: Sequence[Vector | None]
    ) -> Reading:
        return Reading(
            self._seen(whole, "".join(segments)),
            tuple(self._seen(parts[index], segments[index]) for index in clauses),
        )

    def _seen(self, vector: Vector | None, text: str) -> LogProbabilities:
        return self.head.log_probabilities(vector, self.head.tfidf.weights(text))


def _clauses(segments: Sequence[str]) -> list[int]:
    """Where the first segments of two words or more are; breaks are at the odd places. None when there is only one."""
    spoken = [index for index in range(0, len(segments), 2) if len(segments[index].split()) >= 2]
    return spoken[:MOST_CLAUSES] if len(spoken) > 1 else []
