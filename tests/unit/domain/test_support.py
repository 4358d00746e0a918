"""Rules of what proves a sentence; tests/unit/embedded/test_citation_figures.py measures precision and recall."""

import pytest

from oqtopus.domain.effort import Effort
from oqtopus.domain.evidence import evidence_of
from oqtopus.domain.model import Passage
from oqtopus.domain.support import Judgement, judged, judged_together
from oqtopus.domain.wording import wording

MUSEUM = (
    "The Marlow Museum opens daily at 10 am. Adult tickets cost 12 euros. Dogs are not allowed. "
    "The Marlow Museum was founded in 1884 by Clara Whitmore."
)
FILMS = (
    "Heat was directed by Michael Mann. Heat runs 170 minutes. "
    "Alien was directed by Ridley Scott. Alien runs 117 minutes."
)


def parts(sentence: str, *texts: str) -> list[Judgement]:
    said = wording(sentence)
    evidence = evidence_of([Passage(number, "agent", text) for number, text in enumerate(texts, 1)])
    return [judged(sentence, said, found) for _, found in sorted(evidence.closest(said, Effort()).items())]


def is_proven(sentence: str, text: str) -> bool:
    return any(part.is_proven for part in parts(sentence, text))


@pytest.mark.parametrize(
    "sentence",
    [
        "Adult tickets cost 12 euros.",
        "An adult pays 12 euros for a ticket.",
        "The Marlow Museum, founded in 1884, opens at 10 am.",
        "Dogs are forbidden.",
    ],
)
def test_the_words_of_a_passage_are_proof(sentence: str) -> None:
    assert is_proven(sentence, MUSEUM)


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("Adult tickets cost 15 euros.", id="another number"),
        pytest.param("Adult tickets cost 10 euros.", id="a number of something else"),
        pytest.param("The Marlow Museum was founded in 1884 by Martha Whitmore.", id="another name"),
        pytest.param("Dogs are allowed.", id="the opposite"),
        pytest.param("The Marlow Museum opens at 10 am and has free parking for visitors.", id="something more"),
        pytest.param("The Marlow Museum sells books and posters.", id="something else"),
    ],
)
def test_what_a_passage_does_not_say_is_not_proven_however_alike(sentence: str) -> None:
    (part,) = parts(sentence, MUSEUM)

    assert not part.is_proven
    assert not part.is_alike(sentence, lambda first, second: 0.6)


def test_a_clause_of_which_a_passage_says_nothing_is_not_proven_by_the_rest() -> None:
    sentence = "The Marlow Museum opens at 10 am and serves warm meals."
    (part,) = parts(sentence, MUSEUM)

    assert not part.is_alike(sentence, lambda first, second: 0.8)


@pytest.mark.parametrize("sentence", ["Heat runs 117 minutes.", "Alien was directed by Michael Mann."])
def test_what_a_passage_says_of_another_subject_is_no_proof(sentence: str) -> None:
    assert not is_proven(sentence, FILMS)


def test_like_meaning_proves_where_words_leave_it_open() -> None:
    sentence = "Grown-ups pay an entrance fee of 12 euros."
    (part,) = parts(sentence, MUSEUM)

    assert not part.is_proven
    assert part.is_alike(sentence, lambda first, second: 0.9)
    assert not part.is_alike(sentence, lambda first, second: 0.3)


def test_two_passages_prove_together_what_neither_proves_alone() -> None:
    sentence = "The museum opens at 10 am, and tickets cost 12 euros."
    both = parts(sentence, "The museum opens at 10 am.", "Tickets cost 12 euros.")

    assert not any(part.is_proven for part in both)
    assert judged_together(sentence, wording(sentence), both) is not None


def test_a_passage_that_proves_alone_needs_no_other_one() -> None:
    sentence = "Tickets cost 12 euros."
    both = parts(sentence, "Tickets cost 12 euros.", "Tickets cost 12 euros here.")

    assert judged_together(sentence, wording(sentence), both) is None
