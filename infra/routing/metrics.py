"""How good verdicts are, against labelled questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.routing.questions import Question
from oqtopus.adapters.embedded.policy import Verdict

Array = NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, what was decided, and the three categories with most probability whatever was decided."""

    question: Question
    verdict: Verdict
    best_three: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """The best category is wanted, or none was given and none was wanted."""
        chosen, wanted = self.verdict.categories, self.question.labels
        return chosen[0] in wanted if chosen else not wanted


@dataclass(frozen=True, slots=True)
class Scores:
    """Shares from 0 to 1; `ece` and `brier` are errors of the confidence (0 is best).

    F1 counts categories over all questions (micro); lenient does not punish near-synonyms.
    top-1 and recall at 3 are over questions that want a category, before any is rejected.
    False reject: questions that want a category and got none.
    """

    strict_f1: float
    lenient_f1: float
    top_1: float
    recall_at_3: float
    multi_label_recall: float
    out_of_scope_recall: float
    false_reject: float
    ece: float
    brier: float


def scores(judged: Sequence[Judged]) -> Scores:
    inside = [one for one in judged if one.question.labels]
    outside = [one for one in judged if not one.question.labels]
    several = [one for one in inside if len(one.question.labels) > 1]
    confidence = np.array([one.verdict.confidence for one in judged])
    right = np.array([one.is_right for one in judged], dtype=np.float64)
    return Scores(
        strict_f1=_f1(judged, is_lenient=False),
        lenient_f1=_f1(judged, is_lenient=True),
        top_1=_mean([one.best_three[0] in one.question.labels for one in inside]),
        recall_at_3=_recall([(one.best_three, one.question.labels) for one in inside]),
        multi_label_recall=_recall([(one.verdict.categories, one.question.labels) for one in several]),
        out_of_scope_recall=_mean([not one.verdict.categories for one in outside]),
        false_reject=_mean([not one.verdict.categories for one in inside]),
        ece=calibration_error(confidence, right),
        brier=float(((confidence - right) ** 2).mean()),
    )


def calibration_error(confidence: Array, right: Array) -> float:
    """Expected calibration error: in equally filled bins, how far mean confidence is from the share that was right."""
    bins = np.array_split(np.argsort(confidence, kind="stable"), min(BINS, len(confidence)))
    gaps = [len(bin_) * abs(float(confidence[bin_].mean() - right[bin_].mean())) for bin_ in bins]
    return sum(gaps) / len(confidence)


def _f1(judged: Sequence[Judged], *, is_lenient: bool) -> float:
    hits = misses = extras = 0
    for one in judged:
        chosen, wanted = set(one.verdict.categories), one.question.labels
        hits += len(chosen & wanted)
        misses += len(wanted - chosen)
        extras += len(chosen - wanted - (one.question.accept if is_lenient else frozenset()))
    total = 2 * hits + misses + extras
    return 2 * hits / total if total else 1.0


def _recall(pairs: Sequence[tuple[tuple[str, ...], frozenset[str]]]) -> float:
    """The share of wanted categories that were found, averaged over questions."""
    return _mean([len(wanted & set(found)) / len(wanted) for found, wanted in pairs])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
