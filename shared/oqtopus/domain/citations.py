"""What of an answer comes from whom: each sentence is checked against the passages, and its marks put right.

- A sentence keeps those of its marks whose passages prove it, alone or together. The others go.
- Without one of these it gets the marks of the passages that do prove it, three at most, behind its full stop.
- A sentence that nothing proves keeps its marks, proves nothing itself, and is listed as unsupported.
- A mark that names no passage goes.
- What claims nothing is neither marked nor listed: a question, a heading or a lead-in that ends with a colon, a
  greeting, and what is said of the agents themselves ("No agent mentions a price.").
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from oqtopus.domain.clean_text import clean
from oqtopus.domain.disagreement import disagreements
from oqtopus.domain.effort import PER_NUMBER, Effort
from oqtopus.domain.evidence import LONGEST_READ, Evidence, evidence_of
from oqtopus.domain.marks import Run, keeping, marked, runs, runs_within
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, Passage
from oqtopus.domain.numerals import readable
from oqtopus.domain.reviews import Claim, Disagreement, Review, whole
from oqtopus.domain.sentences import each_sentence
from oqtopus.domain.spans import Span
from oqtopus.domain.support import Alike, Judgement, judged, judged_together
from oqtopus.domain.vocabulary import COURTESIES, OWN_WORDS
from oqtopus.domain.wording import Wording, wording

MOST_SENTENCES: Final = 200
MOST_CLAIMS: Final = 600
MOST_MARKS: Final = 3
MOST_COMPARISONS: Final = 8
# Of all pairs together: reading takes a model time by the character.
MOST_COMPARED: Final = 1_000
MOST_OPEN: Final = 2
_LONGEST_HEADING: Final = 6

_SOMEBODY = r"(?:the |an? )?(?:agents?|sources?)(?: [0-9]{1,2})?|one(?: agent)?|(?:an|the )?other(?: agent)?"
_SAYS = r"(?:says?|said|states?|reports?|adds?|writes?|claims?|notes?|mentions?|lists?)"

_GREETING = re.compile(
    r"(?:hello|hi|hey|thanks|thank you|sure|of course|certainly|sorry|i hope|hope this|let me know|feel free|have a|"
    r"happy to help|good (?:morning|day|evening)|you['’]re welcome|enjoy)\b",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:no|none|neither|not|nothing)\b|n['’]t\b", re.IGNORECASE)
_OURSELVES = re.compile(r"\b(?:agents?|sources?|answers|no answer)\b", re.IGNORECASE)
_CLOSED = re.compile(r"[.!?…。！？][\"'”’»)\]」』）*_]*$")


def review(text: str, passages: Sequence[Passage], alike: Alike) -> Review:
    """Of at most 200 sentences and 600 claims; what comes after these is listed as one that nothing proves.

    `alike` is asked about at most 8 pairs of sentences, of 1,000 characters together; after these, words decide alone.
    Once `MOST_EFFORT` is spent, quotations alone are proven. An answer that its marks would make unclean is left
    unchecked, because spans point into what is sent, and that is clean.
    """
    found = _checked(clean(text), passages, alike)
    cleaned = clean(found.text)
    return found if cleaned == found.text else unchecked(cleaned, passages, found.disagreements)


def unchecked(text: str, passages: Sequence[Passage], disagreements: tuple[Disagreement, ...] = ()) -> Review:
    """The answer as it is but for marks that name no passage, clean, as one claim that nothing proves."""
    cleaned = clean(keeping(text, runs(text), {passage.number for passage in passages}))
    return Review(cleaned, unsupported=whole(cleaned), disagreements=disagreements)


def _checked(text: str, passages: Sequence[Passage], alike: Alike) -> Review:
    evidence = evidence_of(passages)
    checks = _Checks(
        evidence,
        frozenset(passage.number for passage in passages),
        _reporting(passages),
        "\n".join(passage.text for passage in passages),
        _Sparing(alike),
    )
    text = keeping(text, runs(text, checks.code), checks.numbers)
    found = runs(text, checks.code)
    draft = _Draft(room=max(0, MAX_ANSWER_CHARACTERS - len(text)))
    end = 0
    for span in each_sentence(text):
        if draft.is_full:
            break
        draft.write(text[end : span.start])
        sentence = span.of(text)
        checked = checks.of(sentence, runs_within(found, span), is_heading=_is_heading(text, span))
        draft.add(checked, sentence)
        end = span.end
        if checked.text != sentence and text[end : end + 1].strip():
            # Its marks were all that kept it apart from what follows.
            draft.write(" ")
    if draft.is_full:
        draft.leave(text[end:])
    else:
        draft.write(text[end:])
    return draft.review(disagreements(evidence))


@dataclass(frozen=True, slots=True)
class _Checked:
    """A sentence as it is to be, and what it rests on by passage."""

    text: str
    support: Mapping[int, Span]
    is_unsupported: bool


@dataclass(slots=True)
class _Draft:
    """The answer as far as it is checked; marks may add `room` characters to it."""

    room: int
    parts: list[str] = field(default_factory=list)
    length: int = 0
    sentences: int = 0
    claims: dict[int, list[Claim]] = field(default_factory=dict)
    unsupported: list[Span] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return self.sentences >= MOST_SENTENCES or sum(map(len, self.claims.values())) >= MOST_CLAIMS

    def write(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def add(self, checked: _Checked, sentence: str) -> None:
        """One sentence; where there is no room for its marks it stays without them, as if nothing proved it."""
        growth = len(checked.text) - len(sentence)
        if growth > 0 and growth >= self.room:
            self.leave(sentence)
            return
        self.room -= growth
        span = Span(self.length, self.length + len(checked.text))
        self.write(checked.text)
        self.sentences += 1
        for number, quote in checked.support.items():
            self.claims.setdefault(number, []).append(Claim(span, quote))
        if checked.is_unsupported and checked.text:
            self.unsupported.append(span)

    def leave(self, text: str) -> None:
        """Text that is not checked."""
        start = self.length + len(text) - len(text.lstrip())
        end = self.length + len(text.rstrip())
        if start < end:
            self.unsupported.append(Span(start, end))
        self.write(text)

    def review(self, disagreements: tuple[Disagreement, ...]) -> Review:
        claims = {number: tuple(claims) for number, claims in self.claims.items()}
        return Review("".join(self.parts), claims, tuple(self.unsupported), disagreements)


@dataclass(slots=True)
class _Sparing:
    """Asks `alike` for so many pairs and characters and no more; what was not asked for is not alike."""

    alike: Alike
    left: int = MOST_COMPARISONS
    characters: int = MOST_COMPARED

    def __call__(self, first: str, second: str) -> float:
        length = len(first) + len(second)
        if not self.left or length > self.characters:
            return 0.0
        self.left -= 1
        self.characters -= length
        return self.alike(first, second)


@dataclass(frozen=True, slots=True)
class _Checks:
    """Checks one sentence at a time; `reporting` finds who says it, `code` is where `argv[1]` is no mark."""

    evidence: Evidence
    numbers: frozenset[int]
    reporting: re.Pattern[str]
    code: str
    alike: Alike
    effort: Effort = field(default_factory=Effort)

    def of(self, sentence: str, found: Sequence[Run], *, is_heading: bool) -> _Checked:
        if is_heading:
            return _Checked(sentence, {}, is_unsupported=False)
        bare = keeping(sentence, found, ()).strip()
        marks = tuple(dict.fromkeys(number for run in found for number in run.numbers))
        support = self._support(bare, marks)
        if support is None:
            return _Checked(sentence, {}, is_unsupported=False)
        if not support:
            return _Checked(sentence, {}, is_unsupported=True)
        if support.keys() <= set(marks):
            return _Checked(keeping(sentence, found, support.keys()).strip(), support, is_unsupported=False)
        return _Checked(marked(bare, sorted(support)), support, is_unsupported=False)

    def _support(self, sentence: str, marks: Sequence[int]) -> Mapping[int, Span] | None:
        """What it rests on; None where it claims nothing. Once no effort is left it is looked up, and not read."""
        if self.effort.is_spent:
            quotes = self.evidence.quoted(sentence)
            own = {number: quotes[number] for number in marks if number in quotes}
            return own or dict(list(quotes.items())[:MOST_MARKS])
        claim = self.reporting.sub(" ", sentence[:LONGEST_READ])
        self.effort.spend(PER_NUMBER * readable(claim)[1])
        said = wording(claim)
        if _claims_nothing(claim, said):
            return None
        return self._own(sentence, claim, said, marks) or self._others(sentence, claim, said)

    def _own(self, sentence: str, claim: str, said: Wording, marks: Sequence[int]) -> dict[int, Span]:
        """By the passages that its marks name: each alone, or else all of them together."""
        quotes = self.evidence.quoted(sentence)
        support = {number: quotes[number] for number in marks if number in quotes}
        if len(support) == len(marks) or len(sentence) > LONGEST_READ or said.is_cut:
            return support
        parts = self._parts(claim, said)
        own = {number: parts[number] for number in marks if number not in support and number in parts}
        support |= {
            number: part.best.span for number, part in own.items() if part.is_proven or part.is_alike(claim, self.alike)
        }
        return support or _spans(_together(claim, said, [list(own.values())]))

    def _others(self, sentence: str, claim: str, said: Wording) -> dict[int, Span]:
        """By any passages: three at most that have it in these words or prove it, or two that do so together."""
        if quotes := self.evidence.quoted(sentence):
            return dict(list(quotes.items())[:MOST_MARKS])
        if len(sentence) > LONGEST_READ or said.is_cut:
            return {}
        parts = sorted(self._parts(claim, said).values(), key=lambda part: -part.share)
        found = [part for part in parts if part.is_proven][:MOST_MARKS]
        found = found or [part for part in parts[:MOST_OPEN] if part.is_alike(claim, self.alike)]
        return _spans(found or _together(claim, said, ([parts[0], other] for other in parts[1:])))

    def _parts(self, claim: str, said: Wording) -> dict[int, Judgement]:
        closest = self.evidence.closest(said, self.effort)
        return {number: judged(claim, said, found) for number, found in closest.items()}


def _spans(parts: Iterable[Judgement]) -> dict[int, Span]:
    return {part.best.number: part.best.span for part in parts}


def _together(text: str, said: Wording, groups: Iterable[list[Judgement]]) -> list[Judgement]:
    """The first group of passages that prove a sentence only together."""
    return next((group for group in groups if judged_together(text, said, group)), [])


def _reporting(passages: Sequence[Passage]) -> re.Pattern[str]:
    """Finds `according to Film guide` and `Film guide says that`, in which the name is no part of the claim."""
    names = sorted({passage.source.strip() for passage in passages} - {""}, key=len, reverse=True)
    who = "|".join([*map(re.escape, names), _SOMEBODY])
    saying = rf"according to (?:{who})|(?:{who}) {_SAYS}(?: that)?"
    return re.compile(rf"(?<!\w)(?<!no )(?<!neither )(?<!of )(?<!of the )(?:{saying})(?!\w)[,:]?", re.IGNORECASE)


def _claims_nothing(text: str, said: Wording) -> bool:
    bare = text.strip()
    if bare.rstrip("\"'”’»)*_ ").endswith(("?", ":", "？", "：")):
        return True
    if _DENIAL.search(bare) and _OURSELVES.search(bare):
        return True
    if said.quantities:
        return False
    left = said.words - OWN_WORDS
    return not left or (left <= COURTESIES and _GREETING.match(bare) is not None)


def _is_heading(text: str, span: Span) -> bool:
    """A short line by itself, without closing punctuation or a number, with more text below it."""
    said = span.of(text)
    if said.startswith("#"):
        return True
    is_open = _CLOSED.search(said) is None and not any(character.isdigit() for character in said)
    starts_line = text[: span.start].rpartition("\n")[2].strip("*_ ") == ""
    ends_line = text[span.end :].lstrip(" \t*_")[:1] == "\n" and text[span.end :].strip() != ""
    return is_open and starts_line and ends_line and len(said.split()) <= _LONGEST_HEADING
