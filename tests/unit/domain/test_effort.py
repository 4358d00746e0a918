"""What a hostile agent can make a review cost, counted in steps: the same on every machine."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from oqtopus.domain.citations import review
from oqtopus.domain.effort import Effort
from oqtopus.domain.evidence import (
    MOST_NUMBERS_READ,
    MOST_STATEMENTS,
    SENTENCES_PER_PASSAGE,
    STATEMENTS_PER_PASSAGE,
    evidence_of,
)
from oqtopus.domain.model import MAX_ANSWER_CHARACTERS, Passage
from oqtopus.domain.numerals import MOST_NUMBERS
from oqtopus.domain.wording import wording
from tests.unit.domain.counted import calls_of

LONGEST_REPLY = 8_000
# Under 100 ms of processor time; without bounds, numbers alone take a hundred times as much.
MOST_CALLS = 700_000

_WORDS = ("museum", "film", "ticket", "opens", "closed", "adult", "child", "daily", "price", "pool", "dog", "river")


def _numbers(count: int) -> Iterator[str]:
    for place in cycle(range(9_000)):
        said = " ".join(str((place * 79 + step * 37) % 9_000 + 1) for step in range(count))
        yield f"Museum film opened in {said}. "


def _words(count: int, join: str = " ", *, are_names: bool = False) -> Iterator[str]:
    for place in cycle(range(9_000)):
        said = [_WORDS[(place * 5 + step * step) % 12] + _WORDS[(place + step) % 12] for step in range(count)]
        yield join.join(word.title() if are_names else word for word in said) + ". "


def _measures() -> Iterator[str]:
    for place in cycle(range(9_000)):
        yield f"Film tickets cost {place * 3} euros, {place + 2} dollars, {place} km, {place} hours and {place} days. "


HOSTILE: dict[str, Callable[[], Iterator[str]]] = {
    "20 numbers a sentence": lambda: _numbers(20),
    "120 numbers a sentence": lambda: _numbers(120),
    "16 numbers a sentence": lambda: _numbers(16),
    "4 numbers a sentence": lambda: _numbers(4),
    "units": _measures,
    "names": lambda: _words(8, are_names=True),
    "words": lambda: _words(10),
    "clauses": lambda: _words(8, "; "),
    "tiny sentences": lambda: _words(1),
    "denials": lambda: cycle(["The museum is not open and no dog was never allowed nor not. "]),
    "huge words": lambda: cycle(["film" * 250 + ". "]),
    "marks": lambda: cycle(["film opens [1][2]. "]),
    "punctuation": lambda: cycle([". ! "]),
    "one sentence": lambda: cycle(["1 film and "]),
}


def _filled(units: Iterator[str], length: int) -> str:
    text = ""
    while len(text) < length:
        text += next(units)
    return text[:length]


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_review_costs_is_bounded(name: str) -> None:
    units = HOSTILE[name]()
    passages = [Passage(number, f"agent {number}", _filled(units, LONGEST_REPLY)) for number in range(1, 9)]
    text = _filled(units, MAX_ANSWER_CHARACTERS)
    wording.cache_clear()

    assert calls_of(lambda: review(text, passages, lambda first, second: 0.9)) < MOST_CALLS


def test_once_the_effort_is_spent_nothing_is_close() -> None:
    evidence = evidence_of([Passage(1, "agent", "Adult tickets cost 12 euros.")])
    said, effort = wording("Tickets cost 12 euros."), Effort(left=1)

    assert list(evidence.closest(said, effort)) == [1]
    assert effort.is_spent
    assert evidence.closest(said, effort) == {}


def test_quotations_are_proven_whatever_was_spent_before_them() -> None:
    units = _numbers(12)
    hostile = [Passage(number, f"agent {number}", _filled(units, LONGEST_REPLY)) for number in range(2, 9)]
    text = _filled(units, 14_000)
    passages = [Passage(1, "good", "Bananas are yellow."), *hostile]

    found = review(f"{text}\nBananas are yellow. Yellow are bananas.", passages, lambda first, second: 0.0)

    assert [claim.span.of(found.text) for claim in found.claims[1]] == ["Bananas are yellow. [1]"]


@pytest.mark.parametrize("count", [MOST_NUMBERS, MOST_NUMBERS + 1])
def test_a_sentence_with_more_numbers_than_are_read_is_proven_by_quotation_alone(count: int) -> None:
    said = f"Museum tickets were sold for {', '.join(str(100 + number) for number in range(count))} euros"
    passage = Passage(1, "agent", f"{said}.")

    quoted = review(f"{said}.", [passage], lambda first, second: 1.0)
    changed = review(f"{said} daily.", [passage], lambda first, second: 1.0)

    assert quoted.claims
    assert bool(changed.claims) is (count == MOST_NUMBERS)


@pytest.mark.parametrize(("count", "most"), [(1, STATEMENTS_PER_PASSAGE), (8, MOST_STATEMENTS // 8), (20, 20)])
def test_each_passage_may_have_as_many_statements_as_any_other(count: int, most: int) -> None:
    text = "Bananas are yellow. " * 100

    found = evidence_of([Passage(number, "agent", text) for number in range(1, count + 1)])

    assert {sum(one.number == number for one in found.statements) for number in range(1, count + 1)} == {most}


def test_no_passage_has_another_ones_share_of_numbers() -> None:
    hostile, good = Passage(1, "agent", _filled(_numbers(16), LONGEST_REPLY)), Passage(2, "agent", "It costs 12 euros.")

    found = evidence_of([hostile, good])

    assert sum(len(one.wording.quantities) for one in found.statements if one.number == 1) <= MOST_NUMBERS_READ // 2
    assert [one.text for one in found.statements if one.number == 2] == ["It costs 12 euros."]


def test_of_a_passage_so_many_sentences_can_be_quoted() -> None:
    text = " ".join(f"banana{number} is yellow." for number in range(SENTENCES_PER_PASSAGE + 1))

    found = evidence_of([Passage(1, "agent", text)])

    assert found.quoted(f"banana{SENTENCES_PER_PASSAGE - 1} is yellow.")
    assert not found.quoted(f"banana{SENTENCES_PER_PASSAGE} is yellow.")
