"""What a sentence says, in terms that can be compared: content words, names, quantities, and what it denies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from oqtopus.domain.numerals import quantities, readable
from oqtopus.domain.quantities import DATE, Quantity
from oqtopus.domain.vocabulary import (
    MONTHS,
    NEGATIONS,
    OPENERS,
    OPPOSITES,
    PHRASES,
    PREPOSITIONS,
    STOP_WORDS,
    WEAKENING,
    stem,
)

# How many content words behind a `not` are denied by it.
_REACH = 3

_TOKEN = re.compile(r"[^\W\d_](?:[\w.]*\w)?(?:['’]\w+)?|\d(?:[\w.]*\w)?|[.,;:!?()\"“”]")
_IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3])")
_PHRASE = re.compile(rf"\b(?:{'|'.join(PHRASES)})\b", re.IGNORECASE)
_ENDS = frozenset('.:!?"“”')


@dataclass(frozen=True, slots=True)
class Token:
    """A content word by its stem; `place` counts all words before it, so that neighbours can be told."""

    stem: str
    place: int
    is_name: bool
    is_denied: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """`words` are the stems of the content words, names among them, without quantities and their units.

    `is_cut` where the text has more numbers than are read: what comes behind these is in none of its parts.
    """

    tokens: tuple[Token, ...]
    words: frozenset[str]
    names: frozenset[str]
    denied: frozenset[str]
    affirmed: frozenset[str]
    months: frozenset[str]
    quantities: tuple[Quantity, ...]
    is_cut: bool

    @property
    def evidence(self) -> frozenset[str]:
        """The words that it proves: a date proves its month too."""
        return self.words | self.months

    @property
    def opening(self) -> str | None:
        """The word that it opens with, where that may be what it is about: a content word, or a name behind `The`."""
        first = self.tokens[0] if self.tokens else None
        is_subject = first is not None and (first.place == 0 or (first.place == 1 and first.is_name))
        return first.stem if first is not None and is_subject else None

    def denies(self, other: "Wording") -> frozenset[str]:
        """The words that one of the two denies and the other one affirms, each of them throughout."""
        mine = (self.denied - self.affirmed) & (other.affirmed - other.denied)
        theirs = (other.denied - other.affirmed) & (self.affirmed - self.denied)
        return mine | theirs


@lru_cache(maxsize=1_024)
def wording(text: str) -> Wording:
    """Remembered for a while: an answer quotes what its agents said, which is read more than once."""
    read, _ = readable(text)
    said = quantities(read)
    tokens = tuple(_tokens(_spelt(read, said)))
    return Wording(
        tokens,
        frozenset(token.stem for token in tokens),
        frozenset(token.stem for token in tokens if token.is_name),
        frozenset(token.stem for token in tokens if token.is_denied),
        frozenset(token.stem for token in tokens if not token.is_denied),
        frozenset(stem(MONTHS[int(one.low) // 100 - 1]) for one in said if one.unit == DATE),
        said,
        is_cut=len(read) < len(text),
    )


def _spelt(text: str, said: tuple[Quantity, ...]) -> str:
    """The text without its quantities, with one word for each phrase that stands for one."""
    for quantity in said:
        start, end = quantity.span.start, quantity.span.end
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    folded = text.lower()
    # Looking for each phrase is many times quicker than one pattern of all, and mostly there is none.
    if any(phrase in folded for phrase in PHRASES):
        text = _PHRASE.sub(lambda found: PHRASES[found[0].lower()], text)
    return text if text.isascii() else _IDEOGRAPH.sub(r" \1 ", text)


def _tokens(text: str) -> Iterator[Token]:
    found = _TOKEN.findall(text)
    is_first, reach = True, 0
    for place, word in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else ""
        if not word[0].isalnum():
            is_first, reach = is_first or word in _ENDS, 0
            continue
        bare, folded = _bare(word), word.lower()
        if folded in NEGATIONS or folded.endswith(("n't", "n’t")):
            reach = 0 if following.lower() in WEAKENING else _REACH
        elif folded in PREPOSITIONS:
            reach = reach if reach == _REACH else 0
        elif (bare_folded := bare.lower()) not in STOP_WORDS:
            opposite = OPPOSITES.get(bare_folded)
            is_name = _is_name(bare, is_first, following)
            is_code = not bare.isalpha() or bare[1:] != bare[1:].lower()
            base = bare_folded if is_code else stem(opposite or bare)
            is_denied = (reach > 0 and not is_name) != (opposite is not None)
            yield Token(base, place, is_name, is_denied)
            reach = max(0, reach - 1)
        is_first = False


def _bare(word: str) -> str:
    return word[:-2] if word[-2:] in ("'s", "’s") else word


def _is_name(word: str, is_first: bool, following: str) -> bool:
    """Capitals tell names, but for the first word of a sentence, which has one anyway."""
    if not word[0].isupper():
        return word != word.lower() or not word.isalpha()
    if word[1:] != word[1:].lower() or not word.isalpha():
        return True
    if is_first:
        return following.istitle() and word.lower() not in OPENERS and following.lower() not in STOP_WORDS
    return True
