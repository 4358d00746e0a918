import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oqtopus.adapters.embedded.tfidf import fitted, piece_terms, similarity, word_terms

TFIDF = fitted(["a leaking pipe", "a leaking roof", "a birthday cake"], fewest=1)


@settings(deadline=None)
@given(st.text())
def test_squared_weights_add_up_to_one_or_there_are_none(text: str) -> None:
    weights = TFIDF.weights(text)

    assert not weights or math.fsum(weight**2 for weight in weights.values()) == pytest.approx(1.0)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    weights = TFIDF.weights("leaking cake")

    assert weights["cake"] > weights["leaking"]


def test_similarity_is_one_to_itself_and_none_without_common_terms() -> None:
    pipe = TFIDF.weights("leaking pipe")

    assert similarity(pipe, pipe) == pytest.approx(1.0)
    assert similarity(pipe, TFIDF.weights("zoo")) == 0.0


def test_words_come_single_and_in_pairs() -> None:
    assert list(word_terms("fix a roof now")) == ["fix", "roof", "now", "fix roof", "roof now"]


def test_pieces_stay_inside_their_word() -> None:
    assert set(piece_terms("to go")) == {"# to", "#to ", "# to ", "# go", "#go ", "# go "}
