"""From probabilities to a decision: which categories, if any, and how likely it is that this is right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# (classes,), natural logarithms; the last class means that no category fits.
LogProbabilities = NDArray[np.float64]

MOST_CATEGORIES = 4
# Nobody can tell these two apart from a question; where one goes, the other goes too.
TWINS = ("Movie", "Film")


@dataclass(frozen=True, slots=True)
class Policy:
    """What tuning chose; logarithms are natural.

    none_shift: added to the log-probability of "none" before anything else.
    margin: how far under the best category another one may be.
    clause_floor: the log-probability from which a clause adds its own category.
    slope, offset, none_offset: the calibration, ``logit(confidence) = slope * logit(p) + offset``.
    """

    none_shift: float
    margin: float
    clause_floor: float
    slope: float = 1.0
    offset: float = 0.0
    none_offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Categories, best first; none when no category fits. `confidence` is a probability."""

    categories: tuple[str, ...]
    confidence: float


def verdict(
    policy: Policy, classes: Sequence[str], whole: LogProbabilities, clauses: Sequence[LogProbabilities]
) -> Verdict:
    """The decision on a question from its own probabilities and those of its clauses."""
    shifted = _shifted(whole, policy.none_shift)
    categories = _categories(policy, classes, shifted)
    if categories:
        for clause in clauses:
            categories = _with_clause(policy, classes, categories, clause)
    confidence = _calibrated(policy, evidence(policy, classes, whole), is_none=not categories)
    return Verdict(tuple(categories[:MOST_CATEGORIES]), confidence)


def evidence(policy: Policy, classes: Sequence[str], whole: LogProbabilities) -> float:
    """The logit of the probability of the best class, with twins counted as one."""
    shifted = _shifted(whole, policy.none_shift)
    chosen = _twins_of(classes, int(shifted.argmax()))
    probability = float(np.exp(shifted[chosen]).sum())
    return logit(min(max(probability, 1e-6), 1.0 - 1e-6))


def logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _shifted(whole: LogProbabilities, none_shift: float) -> LogProbabilities:
    """The same probabilities after the odds of "none" were multiplied by ``exp(none_shift)``."""
    result = whole.copy()
    result[-1] += none_shift
    best = result.max()
    normalised: LogProbabilities = result - best - math.log(np.exp(result - best).sum())
    return normalised


def _categories(policy: Policy, classes: Sequence[str], shifted: LogProbabilities) -> list[str]:
    none = len(classes) - 1
    order = np.argsort(-shifted, kind="stable").tolist()
    if order[0] == none:
        return []
    lowest = shifted[order[0]] - policy.margin
    kept = [index for index in order if index != none and shifted[index] >= lowest][:MOST_CATEGORIES]
    return _unique([classes[twin] for index in kept for twin in _twins_of(classes, index)])


def _with_clause(policy: Policy, classes: Sequence[str], categories: list[str], clause: LogProbabilities) -> list[str]:
    """The categories and what a clause is surely about by itself."""
    best = int(clause[:-1].argmax())
    if clause[best] < policy.clause_floor:
        return categories
    return _unique([*categories, *(classes[twin] for twin in _twins_of(classes, best))])


def _twins_of(classes: Sequence[str], index: int) -> list[int]:
    """The class itself, and Film beside Movie or Movie beside Film."""
    if classes[index] not in TWINS:
        return [index]
    other = TWINS[1 - TWINS.index(classes[index])]
    return [index, classes.index(other)]


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _calibrated(policy: Policy, strength: float, *, is_none: bool) -> float:
    score = policy.slope * strength + policy.offset + (policy.none_offset if is_none else 0.0)
    return 1.0 / (1.0 + math.exp(-score))
