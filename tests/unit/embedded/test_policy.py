import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from oqtopus.adapters.embedded.policy import LogProbabilities, Policy, verdict

CLASSES = ("Hotel", "Bar", "Movie", "Film", "Cafe", "Bakery", "(none)")
POLICY = Policy(none_shift=0.0, margin=0.5, clause_floor=math.log(0.8))


def probabilities(given: Mapping[str, float]) -> LogProbabilities:
    rest = (1.0 - sum(given.values())) / (len(CLASSES) - len(given))
    return np.log([given.get(name, rest) for name in CLASSES])


def test_the_best_category_is_chosen() -> None:
    assert verdict(POLICY, CLASSES, probabilities({"Bar": 0.9}), []).categories == ("Bar",)


def test_no_category_fits_when_none_is_most_likely() -> None:
    assert verdict(POLICY, CLASSES, probabilities({"(none)": 0.6}), []).categories == ()


def test_the_shift_moves_the_border_of_none() -> None:
    unsure = probabilities({"(none)": 0.5, "Bar": 0.4})

    assert verdict(replace(POLICY, none_shift=-1.0), CLASSES, unsure, []).categories == ("Bar",)


def test_categories_within_the_margin_come_along_best_first() -> None:
    close = probabilities({"Cafe": 0.35, "Bakery": 0.45})

    assert verdict(POLICY, CLASSES, close, []).categories == ("Bakery", "Cafe")


@pytest.mark.parametrize("best", ["Movie", "Film"])
def test_movie_and_film_go_together(best: str) -> None:
    assert set(verdict(POLICY, CLASSES, probabilities({best: 0.9}), []).categories) == {"Movie", "Film"}


def test_a_clause_adds_what_it_is_surely_about() -> None:
    whole, sure, unsure = (probabilities(given) for given in ({"Bar": 0.9}, {"Cafe": 0.9}, {"Bakery": 0.6}))

    assert verdict(POLICY, CLASSES, whole, [sure, unsure]).categories == ("Bar", "Cafe")


def test_a_clause_adds_nothing_to_a_question_for_nobody() -> None:
    whole, clause = probabilities({"(none)": 0.9}), probabilities({"Cafe": 0.9})

    assert verdict(POLICY, CLASSES, whole, [clause]).categories == ()


def test_there_are_four_categories_at_most() -> None:
    everything = probabilities(dict.fromkeys(CLASSES[:-1], 0.16))

    assert len(verdict(POLICY, CLASSES, everything, []).categories) == 4


def test_confidence_without_calibration_is_the_probability_of_the_decision() -> None:
    assert verdict(POLICY, CLASSES, probabilities({"Bar": 0.9}), []).confidence == pytest.approx(0.9)
    assert verdict(POLICY, CLASSES, probabilities({"(none)": 0.7}), []).confidence == pytest.approx(0.7)
    assert verdict(POLICY, CLASSES, probabilities({"Movie": 0.4, "Film": 0.4}), []).confidence == pytest.approx(0.8)


def test_confidence_stays_between_zero_and_one_at_certainty() -> None:
    certain = np.array([0.0, *[-math.inf] * (len(CLASSES) - 1)])

    assert 0.0 < verdict(POLICY, CLASSES, certain, []).confidence < 1.0
