"""Whether passages prove a sentence.

They do when they have all its numbers and names, deny nothing of it, and say most of it: in the same words, or in
words of like meaning. Names and numbers are looked for in statements about the sentence's own subject, not anywhere
in a passage. infra/citations/README.md has the figures behind the constants.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from oqtopus.domain.evidence import Statement
from oqtopus.domain.quantities import Quantity, contradict, proves
from oqtopus.domain.vocabulary import OWN_WORDS
from oqtopus.domain.wording import Wording, wording

# How alike two texts are in meaning, at most 1.
Alike = Callable[[str, str], float]

# The share of a sentence's words from which the words alone are proof.
SAME_WORDS: Final = 0.75
# What that share and the likeness of meaning must come to on average where the words alone are none.
SAME_MEANING: Final = 0.62
# The same, where the statement opens with a word that the sentence has not, so that they may have two subjects.
SAME_SUBJECT: Final = 0.68
# The share of a clause's words from which anything is said of it.
_LEAST_OF_A_CLAUSE: Final = 0.34
_MOST_JOINED: Final = 4
_MOST_COMPARED: Final = 2
_MOST_CLAUSES: Final = 6

_CLAUSE = re.compile(r";|,? (?:and|but|while|because)\b|, (?:which|who|where)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one passage, or several together, have of a sentence: the statements it may rest on, the closest first.

    `share` is that of its words; `is_proven` when words alone prove it, `is_open` when likeness of meaning may:
    when it and the share are `needed` on average.
    """

    used: tuple[Statement, ...]
    share: float
    is_proven: bool
    is_open: bool
    needed: float

    @property
    def best(self) -> Statement:
        return self.used[0]

    def is_alike(self, text: str, alike: Alike) -> bool:
        """Whether the sentence, whose words leave it open, says the same in other words."""
        if not self.is_open:
            return False
        likeness = max(alike(text, statement.text) for statement in self.used[:_MOST_COMPARED])
        return (self.share + likeness) / 2 >= self.needed


def judged(text: str, said: Wording, closest: Sequence[Statement]) -> Judgement:
    """Of one passage's statements, of which there must be one."""
    base, *others = sorted(closest, key=lambda statement: _rank(said, statement))
    return _judgement(text, said, (base, *_joined(said, base, others)))


def judged_together(text: str, said: Wording, parts: Sequence[Judgement]) -> Judgement | None:
    """Of several passages that prove a sentence only together: by its words, and with none of them to spare."""
    if len(parts) < 2:
        return None
    whole = _judgement(text, said, tuple(statement for part in parts for statement in part.used))
    if not whole.is_proven:
        return None
    for left_out in parts:
        rest = tuple(statement for part in parts if part is not left_out for statement in part.used)
        if _judgement(text, said, rest).is_proven:
            return None
    return whole


def _judgement(text: str, said: Wording, used: tuple[Statement, ...]) -> Judgement:
    words = frozenset[str]().union(*(statement.wording.evidence for statement in used))
    share = _share(said.words - OWN_WORDS, words)
    is_refuted = (
        bool(said.denies(used[0].wording))
        or not _has_facts(said, used, words)
        or any(_share(clause, words) < _LEAST_OF_A_CLAUSE for clause in _clauses(text))
    )
    is_proven = share >= SAME_WORDS and (said.opening is None or said.opening in words | OWN_WORDS)
    needed = SAME_SUBJECT if _is_about_another(said, used[0]) else SAME_MEANING
    is_open = not is_proven and (share + 1) / 2 >= needed
    return Judgement(used, share, is_proven and not is_refuted, is_open and not is_refuted, needed)


def _rank(said: Wording, statement: Statement) -> tuple[float, int]:
    """The most words first, a number counting half a word."""
    proven = len(said.quantities) - len(_unproven(said.quantities, [statement]))
    return -len(said.words & statement.wording.words) - 0.5 * proven, statement.span.start


def _is_about_another(said: Wording, statement: Statement) -> bool:
    return statement.wording.opening is not None and statement.wording.opening not in said.words


def _joined(said: Wording, base: Statement, others: Sequence[Statement]) -> Iterator[Statement]:
    """Further statements with something that is missing yet, as long as all are about the sentence's own subject."""
    if _is_about_another(said, base):
        return
    words, left = said.words - base.wording.words, _unproven(said.quantities, [base])
    taken = 0
    for other in others:
        if taken == _MOST_JOINED or not (words or left):
            return
        still_left = _unproven(left, [other])
        has_more = bool(words & other.wording.words) or len(still_left) < len(left)
        if has_more and not _is_about_another(said, other):
            yield other
            taken, words, left = taken + 1, words - other.wording.words, still_left


def _has_facts(said: Wording, used: Sequence[Statement], words: frozenset[str]) -> bool:
    """Whether all names and numbers are there, and no number that the closest statement has otherwise."""
    if not said.names <= words | OWN_WORDS or _unproven(said.quantities, used):
        return False
    missing = _unproven(said.quantities, used[:1])
    free = [one for one in used[0].wording.quantities if not any(proves(one, claim) for claim in said.quantities)]
    return not any(contradict(one, claim) for claim in missing for one in free)


def _unproven(claims: Sequence[Quantity], used: Sequence[Statement]) -> list[Quantity]:
    if not claims:
        return []
    known = [one for statement in used for one in statement.wording.quantities]
    return [claim for claim in claims if not any(proves(one, claim) for one in known)]


def _share(words: frozenset[str], others: frozenset[str]) -> float:
    return len(words & others) / len(words) if words else 1.0


def _clauses(text: str) -> Iterator[frozenset[str]]:
    """The words of each clause of two content words or more, where there are several clauses; the last may be more."""
    parts = _CLAUSE.split(text, maxsplit=_MOST_CLAUSES - 1)
    if len(parts) > 1:
        yield from (words for part in parts if len(words := wording(part).words - OWN_WORDS) > 1)
