"""What passages say, statement by statement, and where to look for what a sentence says."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from oqtopus.domain.model import Passage
from oqtopus.domain.sentences import sentences, statements
from oqtopus.domain.spans import Span
from oqtopus.domain.wording import Wording, wording

STATEMENTS_PER_PASSAGE: Final = 60
# Characters of a statement that are looked at.
LONGEST_READ: Final = 1_000
MOST_CLOSE: Final = 12

_NO_MARK = re.compile(r"\[ (\d[\d,; ]{0,20}) \]")


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """What passage `number` says at `span` of its text."""

    number: int
    span: Span
    text: str
    wording: Wording


@dataclass(frozen=True, slots=True)
class Evidence:
    """The statements of all passages, in their order, and which of them have a word or a kind of number.

    `quotable` has each sentence of a passage, with single spaces, and where it is by passage.
    """

    statements: tuple[Statement, ...]
    having: Mapping[str, Sequence[int]]
    quotable: Mapping[str, Mapping[int, Span]]

    def closest(self, said: Wording) -> Mapping[int, Sequence[Statement]]:
        """By passage, the twelve statements that have most in common with a sentence."""
        shared = Counter(index for key in _keys(said) for index in self.having.get(key, ()))
        found: dict[int, list[Statement]] = {}
        for index in sorted(shared, key=lambda index: (-shared[index], index)):
            own = found.setdefault(self.statements[index].number, [])
            if len(own) < MOST_CLOSE:
                own.append(self.statements[index])
        return found

    def quoted(self, sentence: str) -> Mapping[int, Span]:
        """Where passages have this very sentence."""
        return self.quotable.get(_spaced(sentence), {})


def evidence_of(passages: Sequence[Passage]) -> Evidence:
    """Of the first sixty statements of each passage."""
    quotable: dict[str, dict[int, Span]] = {}
    for passage in passages:
        for span in sentences(passage.text):
            quotable.setdefault(_spaced(span.of(passage.text)), {}).setdefault(passage.number, span)
    said = [
        Statement(passage.number, span, text := span.of(passage.text)[:LONGEST_READ], wording(text))
        for passage in passages
        for span in statements(passage.text)[:STATEMENTS_PER_PASSAGE]
    ]
    return evidence_in(said, quotable)


def evidence_in(said: Sequence[Statement], quotable: Mapping[str, Mapping[int, Span]] | None = None) -> Evidence:
    having: dict[str, list[int]] = {}
    for index, statement in enumerate(said):
        for key in _keys(statement.wording):
            having.setdefault(key, []).append(index)
    return Evidence(tuple(said), having, quotable or {})


def _keys(said: Wording) -> frozenset[str]:
    return said.words.union(f"#{quantity.unit}" for quantity in said.quantities)


def _spaced(text: str) -> str:
    """With single spaces, and without those that keep `[ 2 ]` of a passage from being a mark."""
    return _NO_MARK.sub(r"[\1]", " ".join(text.split()))
