import time
from collections.abc import Sequence

import pytest

from oqtopus.adapters.embedded import extraction
from oqtopus.adapters.embedded.encoder import MiniLM
from oqtopus.adapters.embedded.extraction import Sentence
from oqtopus.adapters.embedded.head import Head
from oqtopus.adapters.embedded.likeness import Likeness
from oqtopus.domain.model import Passage
from tests.unit.domain.counted import calls_of


def passage(text: str, number: int = 1) -> Passage:
    return Passage(number, f"agent {number}", text)


def texts(sentences: Sequence[Sentence]) -> list[str]:
    return [sentence.text for sentence in sentences]


@pytest.fixture(scope="module")
def likeness(trained_head: Head, encoder: MiniLM) -> Likeness:
    return Likeness(trained_head.tfidf, encoder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One thing. Another thing!  A third?", ["One thing.", "Another thing!", "A third?"]),
        ("- first item\n* second item\n3. third item", ["first item", "second item", "third item"]),
        ("Ask Dr. Lee at St. Mary's. Bring money.", ["Ask Dr. Lee at St. Mary's.", "Bring money."]),
        ("Entry costs 3.50 euros. Cheap.", ["Entry costs 3.50 euros."]),
        (
            "Memento is from 2000. It runs 113 minutes. See it.",
            ["Memento is from 2000. It runs 113 minutes.", "See it."],
        ),
        ("Yes.", ["Yes."]),
        ("...\n\n", []),
        ("", []),
    ],
)
def test_a_passage_falls_into_sentences(text: str, expected: list[str]) -> None:
    assert texts(extraction.sentences_of(passage(text))) == expected


@pytest.mark.parametrize("unit", [" ", "\t \n", "a. ", "[", ".)", "- ", "Dr. "])
def test_hostile_text_takes_no_time(unit: str) -> None:
    started = time.process_time()

    extraction.sentences_of(passage(unit * 50_000))

    assert time.process_time() - started < 1.0


def test_a_long_sentence_is_cut_between_words() -> None:
    (sentence,) = extraction.sentences_of(passage("word " * 200))

    assert len(sentence.text) <= extraction.LONGEST_SENTENCE + 2
    assert sentence.text.endswith("word …")


def test_the_sentences_that_answer_are_chosen_without_filler_or_repeats(likeness: Likeness) -> None:
    passages = [
        passage("Thank you for asking. The museum opens at 10 in the morning.", 1),
        passage("The museum opens its doors at 10 am. Tickets for the museum cost 12 euros.", 2),
        passage("We sell tyres of all brands.", 3),
    ]
    sentences = [sentence for one in passages for sentence in extraction.sentences_of(one)]

    chosen = texts(extraction.chosen("When does the museum open and what are tickets?", sentences, likeness))

    assert "Tickets for the museum cost 12 euros." in chosen
    assert sum("opens" in text for text in chosen) == 1
    assert "We sell tyres of all brands." not in chosen
    assert "Thank you for asking." not in chosen


@pytest.mark.parametrize(
    "crowd",
    [
        "When does the museum open? Does the museum open? The opening of the museum? Museum, when? Is the museum open?",
        "The museum never opens at 10. When does the museum open? The museum opens at 3.",
    ],
)
def test_no_source_can_silence_another(crowd: str, likeness: Likeness) -> None:
    passages = [passage(crowd, 1), passage("The museum opens at 10.", 2)]
    sentences = [sentence for one in passages for sentence in extraction.sentences_of(one)]

    chosen = extraction.chosen("When does the museum open?", sentences, likeness)

    assert "The museum opens at 10." in [sentence.text for sentence in chosen if sentence.number == 2]


def test_something_is_chosen_even_when_nothing_fits(likeness: Likeness) -> None:
    sentences = extraction.sentences_of(passage("Bananas are yellow."))

    assert texts(extraction.chosen("who won the chess match?", sentences, likeness)) == ["Bananas are yellow."]


def test_each_sentence_is_cited_and_sources_have_a_paragraph_each() -> None:
    picked = [Sentence(2, 3, "Later."), Sentence(1, 0, "Other."), Sentence(2, 0, "Earlier.")]

    assert "".join(extraction.pieces(picked)) == "Earlier. [2] Later. [2]\n\nOther. [1]"


def test_a_shortlist_keeps_what_shares_words_with_the_question(likeness: Likeness) -> None:
    filler = [f"Something else number {number}." for number in range(30)]
    sentences = extraction.sentences_of(passage(" ".join([*filler, "Parking is free after eight."])))

    kept = extraction.shortlist("is parking free", sentences, likeness, share=3)

    assert "Parking is free after eight." in texts(kept)
    assert len(kept) == 3


def test_lists_of_numbers_are_disputed_at_no_cost() -> None:
    numbers = " ".join(map(str, range(100, 180)))
    said = [Sentence(at % 8 + 1, at, f"Museum film opened in {at} {numbers}.") for at in range(extraction.MOST_READ)]

    assert calls_of(lambda: extraction.disputed(said, said)) < 60_000
    assert extraction.disputed(said, said) == []
