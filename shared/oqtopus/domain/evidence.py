"""What passages say, statement by statement, and where to look for what a sentence says."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from oqtopus.domain.effort import PER_CLOSE_STATEMENT, PER_PAIR_OF_NUMBERS, PER_STATEMENT, Effort
from oqtopus.domain.model import Passage
from oqtopus.domain.numerals import readable
from oqtopus.domain.sentences import each_sentence, joined
from oqtopus.domain.spans import Span
from oqtopus.domain.wording import Wording, wording

SENTENCES_PER_PASSAGE: Final = 200
STATEMENTS_PER_PASSAGE: Final = 60
# Of all passages together; each may have as many as any other.
MOST_STATEMENTS: Final = 400
MOST_NUMBERS_READ: Final = 800
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

    def closest(self, said: Wording, effort: Effort) -> Mapping[int, Sequence[Statement]]:
        """By passage, the twelve statements that have most in common with a sentence; none once no effort is left."""
        if effort.is_spent:
            return {}
        shared = Counter(index for key in _keys(said) for index in self.having.get(key, ()))
        found: dict[int, list[Statement]] = {}
        for index in sorted(shared, key=lambda index: (-shared[index], index)):
            own = found.setdefault(self.statements[index].number, [])
            if len(own) < MOST_CLOSE:
                own.append(self.statements[index])
        close = [statement for own in found.values() for statement in own]
        pairs = len(said.quantities) * sum(len(statement.wording.quantities) for statement in close)
        effort.spend(PER_STATEMENT * len(shared) + PER_CLOSE_STATEMENT * len(close) + PER_PAIR_OF_NUMBERS * pairs)
        return found

    def quoted(self, sentence: str) -> Mapping[int, Span]:
        """Where passages have this very sentence."""
        return self.quotable.get(_spaced(sentence), {})


def evidence_of(passages: Sequence[Passage]) -> Evidence:
    """Of the first sixty statements of each passage; of less where there are many passages, or numbers in them."""
    quotable: dict[str, dict[int, Span]] = {}
    said: list[Statement] = []
    for passage in passages:
        spans = list(islice(each_sentence(passage.text), SENTENCES_PER_PASSAGE))
        for span in spans:
            quotable.setdefault(_spaced(span.of(passage.text)), {}).setdefault(passage.number, span)
        most = min(STATEMENTS_PER_PASSAGE, max(1, MOST_STATEMENTS // len(passages)))
        said += _read(passage, joined(passage.text, spans)[:most], MOST_NUMBERS_READ // len(passages))
    return evidence_in(said, quotable)


def _read(passage: Passage, spans: Sequence[Span], most_numbers: int) -> Iterator[Statement]:
    numbers = 0
    for span in spans:
        text = span.of(passage.text)[:LONGEST_READ]
        numbers += readable(text)[1]
        if numbers > most_numbers:
            return
        yield Statement(passage.number, span, text, wording(text))


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
