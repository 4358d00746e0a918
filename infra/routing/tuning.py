"""Chooses the policy (thresholds and calibration) from labelled questions that the head was not trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from infra.routing.questions import Question
from infra.routing.regression import minimum
from oqtopus.adapters.embedded.classifier import Reading
from oqtopus.adapters.embedded.policy import Policy, Verdict, evidence, verdict

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Read = tuple[Question, Reading]

NONE_SHIFTS = tuple(np.arange(-4.5, 1.01, 0.25).tolist())
MARGINS = (0.2, 0.4, 0.6, 0.8)
CLAUSE_FLOORS = (-0.05, -0.1, -0.2, -0.35)
# A question sent to nobody is lost, one sent to a wrong agent is only slow: a false reject costs more.
OUT_OF_SCOPE_WORTH, FALSE_REJECT_COST = 0.3, 0.6
CALIBRATION_PENALTY = 0.01
FOLDS = 5


class Tuner:
    """Chooses policies for parts of one set of questions, after deciding each question by every candidate once."""

    def __init__(self, classes: Sequence[str], reads: Sequence[Read]) -> None:
        self._classes = classes
        self._reads = reads
        self._inside = np.array([bool(question.labels) for question, _ in reads])
        self._candidates = [Policy(*settings) for settings in product(NONE_SHIFTS, MARGINS, CLAUSE_FLOORS)]
        self._outcomes = np.array([[self._outcome(one, read) for read in reads] for one in self._candidates])

    def policy(self, members: Sequence[int]) -> Policy:
        """The one that serves these questions best, calibrated on them."""
        worths = [self._worth(outcomes, self._inside[members]) for outcomes in self._outcomes[:, members]]
        best = self._candidates[int(_smoothed(np.array(worths)).argmax())]
        return calibrated(self._classes, best, [self._reads[member] for member in members])

    def _outcome(self, policy: Policy, read: Read) -> tuple[int, int, bool]:
        """Categories found, categories wrong or missed, and whether there was none."""
        question, reading = read
        chosen = set(verdict(policy, self._classes, reading.whole, reading.clauses).categories)
        return len(chosen & question.labels), len(chosen ^ question.labels), not chosen

    def _worth(self, outcomes: Counts, inside: Flags) -> float:
        """Strict micro-F1, plus what out-of-scope recall is worth, less what false rejects cost."""
        hits, wrong = outcomes[:, 0].sum(), outcomes[:, 1].sum()
        found_outside = outcomes[~inside, 2].mean() if (~inside).any() else 0.0
        rejected = outcomes[inside, 2].mean() if inside.any() else 0.0
        f1 = 2 * hits / max(1, 2 * hits + wrong)
        return float(f1 + OUT_OF_SCOPE_WORTH * found_outside - FALSE_REJECT_COST * rejected)


def _smoothed(worths: Array) -> Array:
    """Averaged with the neighbouring shifts: a narrow peak on few questions is luck."""
    grid = worths.reshape(len(NONE_SHIFTS), -1)
    padded = np.pad(grid, ((1, 1), (0, 0)), mode="edge")
    smooth: Array = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return smooth.ravel()


def calibrated(classes: Sequence[str], policy: Policy, reads: Sequence[Read]) -> Policy:
    """Platt scaling (Platt 1999) of the evidence, with an offset of its own for "no category fits"."""
    plain = [verdict(policy, classes, reading.whole, reading.clauses) for _, reading in reads]
    inputs = np.array(
        [
            (evidence(policy, classes, reading.whole), 1.0, float(not decided.categories))
            for (_, reading), decided in zip(reads, plain, strict=True)
        ]
    )
    right = np.array([_is_right(question, one) for (question, _), one in zip(reads, plain, strict=True)])

    def objective(factors: Array) -> tuple[float, Array]:
        scores = inputs @ factors
        loss = float(np.logaddexp(0.0, np.where(right, -scores, scores)).mean())
        slope = inputs.T @ (1.0 / (1.0 + np.exp(-scores)) - right) / len(right)
        pull = factors - np.array([1.0, 0.0, 0.0])
        return loss + 0.5 * CALIBRATION_PENALTY * float(pull @ pull), slope + CALIBRATION_PENALTY * pull

    slope, offset, none_offset = minimum(objective, np.array([1.0, 0.0, 0.0]), 100).tolist()
    return replace(policy, slope=slope, offset=offset, none_offset=none_offset)


def _is_right(question: Question, decided: Verdict) -> bool:
    return decided.categories[0] in question.labels if decided.categories else not question.labels


def folds(questions: Sequence[Question], seed: int) -> Iterator[tuple[list[int], list[int]]]:
    """Pairs of indices to tune on and to judge; each fold has its share of questions for nobody."""
    random = np.random.default_rng(seed)
    fold_of = np.empty(len(questions), dtype=np.intp)
    for is_inside in (True, False):
        members = [index for index, question in enumerate(questions) if bool(question.labels) is is_inside]
        fold_of[random.permutation(members)] = np.arange(len(members)) % FOLDS
    for fold in range(FOLDS):
        yield np.flatnonzero(fold_of != fold).tolist(), np.flatnonzero(fold_of == fold).tolist()
