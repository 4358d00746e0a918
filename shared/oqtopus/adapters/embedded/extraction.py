"""One answer out of several, made of their own sentences: nothing is invented, everything is cited.

Greedy choice after maximal marginal relevance (Carbonell and Goldstein 1998):
``0.8 * (cosine to the question + 0.1 / (1 + position)) - 0.2 * cosine to the nearest chosen sentence``,
less 0.05 when the source was used already. The figures were measured on 14 scenarios. Every source that has something
to say is heard, so that none can silence another.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from oqtopus.adapters.embedded.likeness import Likeness, Rows
from oqtopus.domain.disagreement import contradicting
from oqtopus.domain.evidence import Statement, evidence_in
from oqtopus.domain.marks import cited
from oqtopus.domain.model import Passage
from oqtopus.domain.sentences import statements
from oqtopus.domain.spans import Span
from oqtopus.domain.wording import wording

MOST_SENTENCES = 4
MOST_DISPUTES = 2
SENTENCES_PER_PASSAGE = 40
# How many sentences of all passages MiniLM reads; each takes it some milliseconds.
MOST_READ = 48
LONGEST_SENTENCE = 400
LONGEST_PASSAGE = 2_000
# Characters of a passage that are looked at; agents' answers have 8,000 at most.
LONGEST_READ = 20_000
SAME_MEANING = 0.70
# A further sentence less alike to the question than this is filler.
LEAST_RELEVANCE = 0.20

_WORD = re.compile(r"\w[\w'’]*")
_NUMBER_OR_DENIAL = re.compile(r"\w*\d[\w'’]*|no|not|nor|none|never|nobody|nothing|\w+n['’]t", re.IGNORECASE)
DISAGREEMENT = "The agents disagree."
ONE, ANOTHER = "One says:", "Another says:"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of passage `number`, at `position` in it."""

    number: int
    position: int
    text: str


def sentences_of(passage: Passage) -> list[Sentence]:
    """The first sentences of a passage, without bullets."""
    text = passage.text[:LONGEST_READ]
    spoken = [_shortened(" ".join(span.of(text).split())) for span in statements(text)]
    telling = [text for text in spoken if len(text.split()) > 1] or spoken
    return [Sentence(passage.number, position, text) for position, text in enumerate(telling[:SENTENCES_PER_PASSAGE])]


def says_something(passage: Passage) -> bool:
    return any(character.isalnum() for character in passage.text)


def _shortened(text: str, limit: int = LONGEST_SENTENCE) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + " …"


def shortlist(question: str, sentences: list[Sentence], likeness: Likeness, share: int) -> list[Sentence]:
    """At most `share` sentences of a passage: those that have most words in common with the question."""
    if len(sentences) <= share:
        return sentences
    rows = likeness.word_rows([question, *(sentence.text for sentence in sentences)])
    scores = rows[1:] @ rows[0] + 0.1 / (1 + np.arange(len(sentences)))
    kept = sorted(np.argsort(-scores, kind="stable")[:share].tolist())
    return [sentences[index] for index in kept]


def chosen(question: str, sentences: Sequence[Sentence], likeness: Likeness) -> list[Sentence]:
    """The sentences that answer together, the best one first."""
    if not sentences:
        return []
    rows = likeness.rows([question, *(sentence.text for sentence in sentences)])
    relevance = rows[1:] @ rows[0]
    picks: list[int] = []
    while len(picks) < MOST_SENTENCES:
        best = _next_pick(sentences, rows[1:], relevance, picks)
        if best is None:
            break
        picks.append(best)
    return [sentences[pick] for pick in [*picks, *_unheard(sentences, rows[1:], relevance, picks)]]


def _unheard(sentences: Sequence[Sentence], rows: Rows, relevance: Rows, picks: Sequence[int]) -> list[int]:
    """The best sentence of each source that has no pick, unless a pick tells the same.

    Without them, one agent that repeats the question or denies what others say would silence all others.
    """
    heard = {sentences[pick].number for pick in picks}
    told = {pick: _told(sentences[pick].text) for pick in picks}
    unheard: list[int] = []
    for index in np.argsort(-relevance, kind="stable").tolist():
        sentence = sentences[index]
        if sentence.number in heard or relevance[index] < LEAST_RELEVANCE:
            continue
        heard.add(sentence.number)
        alike = [pick for pick in picks if rows[pick] @ rows[index] >= SAME_MEANING]
        if not any(told[pick] == _told(sentence.text) for pick in alike):
            unheard.append(index)
    return unheard


def _told(text: str) -> frozenset[str]:
    """What makes sentences of one meaning differ in what they say: numbers, names, and a denial."""
    words = _WORD.findall(text)
    names = [word for word in words[1:] if word[0].isupper()]
    others = [word for word in words if _NUMBER_OR_DENIAL.fullmatch(word)]
    return frozenset(word.lower() for word in [*names, *others])


def disputed(sentences: Sequence[Sentence], picked: Sequence[Sentence]) -> list[list[Sentence]]:
    """The sentences that contradict a picked one, each group with that one, in the order of their passages."""
    said = [Statement(one.number, Span(0, len(one.text)), one.text, wording(one.text)) for one in sentences]
    places = {id(statement): sentence for statement, sentence in zip(said, sentences, strict=True)}
    groups = [[places[id(side)] for side in group] for _, group in contradicting(evidence_in(said))]
    return [group for group in groups if any(sentence in picked for sentence in group)][:MOST_DISPUTES]


def _next_pick(sentences: Sequence[Sentence], rows: Rows, relevance: Rows, picks: list[int]) -> int | None:
    positions = np.array([sentence.position for sentence in sentences])
    scores = 0.8 * (relevance + 0.1 / (1 + positions))
    if picks:
        repeats = (rows @ rows[picks].T).max(axis=1)
        used = {sentences[pick].number for pick in picks}
        scores -= 0.2 * repeats + 0.05 * np.array([sentence.number in used for sentence in sentences])
        scores[(repeats >= SAME_MEANING) | (relevance < LEAST_RELEVANCE)] = -np.inf
        scores[picks] = -np.inf
    best = int(scores.argmax())
    return best if np.isfinite(scores[best]) else None


def pieces(picked: Sequence[Sentence], disputed: Sequence[Sequence[Sentence]] = ()) -> Iterator[str]:
    """The text, sentence by sentence, each cited: what is disputed, then a paragraph for each source as picked."""
    for place, sides in enumerate(disputed):
        yield ("\n\n" if place else "") + DISAGREEMENT
        said = dict.fromkeys(side.text for side in sides)
        for rank, text in enumerate(said):
            numbers = [side.number for side in sides if side.text == text]
            yield f" {ANOTHER if rank else ONE} {cited(text, *numbers)}"
    sources = list(dict.fromkeys(sentence.number for sentence in picked))
    for place, number in enumerate(sources):
        own = sorted((one for one in picked if one.number == number), key=lambda one: one.position)
        for rank, sentence in enumerate(own):
            gap = " " if rank else "\n\n" if place or disputed else ""
            yield f"{gap}{cited(sentence.text, number)}"


def whole(passage: Passage) -> str:
    """The only answer there is, in full up to a limit, each sentence cited."""
    return cited(_shortened(passage.text.strip(), LONGEST_PASSAGE), passage.number)
