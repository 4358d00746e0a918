"""Where passages contradict each other.

Two statements of different passages do when they say the same of the same thing but for one number, one name in the
same place, or a denial. Precision comes first: what could be true beside the other is no contradiction.
infra/citations/README.md has the figures.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from oqtopus.domain.evidence import Evidence, Statement
from oqtopus.domain.quantities import DATE, YEAR, Quantity, are_comparable, are_near, contradict
from oqtopus.domain.reviews import Disagreement, Disputed, Kind
from oqtopus.domain.vocabulary import MANY_VALUED, ONCE_ONLY, QUALIFIERS, REGIONS, SINGLE_VALUED
from oqtopus.domain.wording import Token, Wording

MOST_DISAGREEMENTS: Final = 5
MOST_SIDES: Final = 6
LONGEST_DISPUTED: Final = 400
# A word of more statements than this tells nothing about their subject.
_COMMON: Final = 48
# How many others a statement is compared with, and how many contradictions are looked for: a bound for the hostile.
_MOST_COMPARED: Final = 12
_MOST_FOUND: Final = 64
# A statement with more numbers than this is a list, and compares with nothing.
MOST_NUMBERS: Final = 4
# The share of the shorter statement's words that the other one has.
_SAME_SUBJECT: Final = 0.6
# The share of all words of two statements that both have, when one denies the other.
_SAME_BUT_DENIED: Final = 0.75

_UNRESOLVED = re.compile(r"(?:it|its|this|these|they|their|he|his|she|her|we|our|i|my)\b", re.IGNORECASE)
_INDEFINITE = re.compile(r"\b(?:an?|one of|some|another|other|many|several)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two statements that cannot both be true, and in what they differ."""

    kind: Kind
    first: Statement
    second: Statement


def disagreements(evidence: Evidence) -> tuple[Disagreement, ...]:
    """What the passages contradict each other in: at most five times, of which at most six statements are told."""
    return tuple(
        Disagreement(kind, tuple(Disputed(side.number, side.span, side.text) for side in sides[:MOST_SIDES]))
        for kind, sides in contradicting(evidence)[:MOST_DISAGREEMENTS]
    )


def contradicting(evidence: Evidence) -> list[tuple[Kind, list[Statement]]]:
    """Statements in the order of their passages, together where they contradict each other in the same way."""
    groups: list[tuple[Kind, list[Statement]]] = []
    for found in islice(contradictions(evidence), _MOST_FOUND):
        sides = {found.first, found.second}
        for group in [one for one in groups if one[0] == found.kind and sides.intersection(one[1])]:
            groups.remove(group)
            sides.update(group[1])
        groups.append((found.kind, sorted(sides, key=lambda side: (side.number, side.span.start))))
    return groups


def contradictions(evidence: Evidence) -> Iterator[Contradiction]:
    """Between statements of different passages, in the order of the passages."""
    for index, first in enumerate(evidence.statements):
        if not _is_plain(first):
            continue
        shared = Counter(
            other
            for word in first.wording.words
            if len(evidence.having[word]) <= _COMMON
            for other in evidence.having[word]
            if other > index and evidence.statements[other].number != first.number
        )
        for other, _ in sorted(shared.most_common(_MOST_COMPARED)):
            second = evidence.statements[other]
            if _is_plain(second) and (kind := kind_of(first, second)):
                yield Contradiction(kind, first, second)


def kind_of(first: Statement, second: Statement) -> Kind | None:
    """In what the two contradict each other; None when they may both be true."""
    one, other = first.wording, second.wording
    if len(one.words & other.words) < min(2, len(one.words), len(other.words)):
        return None
    if one.denies(other):
        return "negation" if _is_the_same_denied(one, other) else None
    apart = _numbers_apart(one, other)
    if apart:
        return "number" if len(apart) == 1 and _measures_the_same(one, other, apart[0]) else None
    return "value" if _names_another(first, second) else None


def _is_plain(statement: Statement) -> bool:
    """Whether a statement says by itself what it is about."""
    text = statement.text
    if len(text) > LONGEST_DISPUTED or len(statement.wording.quantities) > MOST_NUMBERS:
        return False
    return not text.endswith("?") and not _UNRESOLVED.match(text)


def _is_the_same_denied(one: Wording, other: Wording) -> bool:
    shared, apart = one.words & other.words, one.words ^ other.words
    if len(shared) < 2 or apart & QUALIFIERS or apart & (one.names | other.names):
        return False
    return len(shared) >= _SAME_BUT_DENIED * len(one.words | other.words) and not _numbers_apart(one, other)


def _numbers_apart(one: Wording, other: Wording) -> list[Quantity]:
    """The numbers of the first that contradict one of the second, once for each; what both have is no difference."""
    mine, theirs = _left_over(one.quantities, other.quantities), _left_over(other.quantities, one.quantities)
    return [first for first in mine for second in theirs if contradict(first, second)]


def _left_over(some: Sequence[Quantity], others: Sequence[Quantity]) -> list[Quantity]:
    return [one for one in some if not any(are_comparable(one, other) and are_near(one, other) for other in others)]


def _measures_the_same(one: Wording, other: Wording, number: Quantity) -> bool:
    shared, left, right = one.words & other.words, one.words - other.words, other.words - one.words
    if (left and right) or (left | right) & QUALIFIERS:
        return False
    if (left | right) & (one.names | other.names) and not shared & (one.names | other.names):
        return False
    if number.unit == YEAR and not shared & ONCE_ONLY:
        return False
    if not (left or right):
        return bool(shared)
    return len(shared) >= 2 and len(shared) >= _SAME_SUBJECT * min(len(one.words), len(other.words))


def _names_another(first: Statement, second: Statement) -> bool:
    """Whether both have one name each in the same place, where only one thing can stand."""
    one, other = first.wording, second.wording
    shared = one.words & other.words
    if len(shared) < 2 or shared & MANY_VALUED or not _has_one_value(one, other):
        return False
    mine, theirs = _names_alone(one, shared), _names_alone(other, shared)
    if len(mine) != 1 or len(theirs) != 1 or not _is_one_place(one, mine[0], other, theirs[0]):
        return False
    left = {one.tokens[index].stem for index in mine[0]}
    right = {other.tokens[index].stem for index in theirs[0]}
    if ((one.words ^ other.words) - left - right) & QUALIFIERS or _may_be_one(left, right):
        return False
    return not (_INDEFINITE.search(first.text) or _INDEFINITE.search(second.text))


def _names_alone(said: Wording, shared: frozenset[str]) -> list[range]:
    """Where there are words, written as names, that the other statement has not; neighbours are one name."""
    found: list[range] = []
    is_next = False
    for index, token in enumerate(said.tokens):
        is_alone = token.stem not in shared
        # The first word of a statement is always written like a name.
        if is_alone and (token.is_name or token.place == 0):
            found[-1:] = [range(found[-1].start, index + 1)] if is_next else [*found[-1:], range(index, index + 1)]
            is_next = True
        is_next = is_next and is_alone
    return found


def _is_one_place(one: Wording, mine: range, other: Wording, theirs: range) -> bool:
    """Whether the word before, or the one behind, is the same on both sides, and none of them is part of the name."""
    sides = [_neighbours(one, mine), _neighbours(other, theirs)]
    if any(token is not None and token.is_name and is_close for side in sides for token, is_close in side):
        return False
    return any(
        left is not None and right is not None and left.stem == right.stem
        for (left, _), (right, _) in zip(*sides, strict=True)
    )


def _neighbours(said: Wording, name: range) -> list[tuple[Token | None, bool]]:
    """The words before and behind a name, and whether nothing else is between."""
    tokens = said.tokens
    before = tokens[name.start - 1] if name.start else None
    behind = tokens[name.stop] if name.stop < len(tokens) else None
    return [
        (before, before is not None and tokens[name.start].place - before.place == 1),
        (behind, behind is not None and behind.place - tokens[name.stop - 1].place == 1),
    ]


def _has_one_value(one: Wording, other: Wording) -> bool:
    """Whether what both say has one value at a time: a director, a capital; the winner of a year."""
    shared = one.words & other.words
    if "open" in one.denied & other.denied:
        return True
    if "win" in shared:
        return any(quantity.unit in (YEAR, DATE) for quantity in one.quantities)
    return bool(shared & SINGLE_VALUED)


def _may_be_one(left: set[str], right: set[str]) -> bool:
    """Whether two names may stand for one thing: spelt alike, abbreviated, or one within the other."""
    if (left <= REGIONS) != (right <= REGIONS):
        return True
    is_alike = any(one[:4] == other[:4] for one in left for other in right)
    return is_alike or _abbreviates(left, right) or _abbreviates(right, left)


def _abbreviates(short: set[str], long: set[str]) -> bool:
    return len(short) == 1 and sorted(next(iter(short))) == sorted(word[0] for word in long)
