"""The trained head: from MiniLM's vector and TF-IDF's weights to a log-probability of every category.

Two multinomial logistic regressions, mixed by adding their log-probabilities (a product of experts):
``log p = 0.7 log p_vector + 0.4 log p_terms - log Z``. The last class, `NONE`, stands for "no category fits".
`infra/routing/train.py` writes the weights; nothing here is learnt at run time.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from oqtopus.adapters.embedded.encoder import Vector
from oqtopus.adapters.embedded.policy import LogProbabilities, Policy
from oqtopus.adapters.embedded.tfidf import Tfidf, Weights

NONE = "(none)"
VECTOR_SHARE, TERMS_SHARE = 0.7, 0.4
COMMITTED = Path(__file__).with_name("head.npz")

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Regression:
    """Multinomial logistic regression; `weights` is (inputs, classes) and `bias` is (classes,)."""

    weights: Array
    bias: Array

    def of_vector(self, vector: Vector) -> LogProbabilities:
        return log_softmax(vector @ self.weights + self.bias)

    def of_terms(self, rows: NDArray[np.intp], values: Array) -> LogProbabilities:
        """For an input that is 0 except for `values` at `rows`."""
        return log_softmax(values @ self.weights[rows] + self.bias)


@dataclass(frozen=True, slots=True)
class Head:
    """Everything that training leaves behind.

    `policy` decides when both regressions speak, `terms_policy` when MiniLM is missing.
    `fingerprint` tells what the head was trained on.
    """

    classes: tuple[str, ...]
    tfidf: Tfidf
    columns: Mapping[str, int]
    vector_regression: Regression
    terms_regression: Regression
    policy: Policy
    terms_policy: Policy
    fingerprint: str

    def log_probabilities(self, vector: Vector | None, weights: Weights) -> LogProbabilities:
        """Of all classes, in the order of `classes`; the probabilities add up to 1."""
        known = [(self.columns[term], weight) for term, weight in weights.items() if term in self.columns]
        rows = np.array([row for row, _ in known], dtype=np.intp)
        values = np.array([value for _, value in known], dtype=np.float32)
        by_terms = self.terms_regression.of_terms(rows, values)
        if vector is None:
            return by_terms
        by_vector = self.vector_regression.of_vector(vector)
        return log_softmax(VECTOR_SHARE * by_vector + TERMS_SHARE * by_terms)


def log_softmax(scores: NDArray[np.floating]) -> LogProbabilities:
    """Scores made log-probabilities along the last axis, without overflow."""
    shifted = scores.astype(np.float64) - scores.max(axis=-1, keepdims=True)
    result: LogProbabilities = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def load(path: Path = COMMITTED) -> Head:
    with np.load(path, allow_pickle=False) as archive:
        settings = json.loads(bytes(archive["settings"]))
        terms = bytes(archive["terms"]).decode("utf-8").split("\n")
        rarity = dict(zip(terms, archive["rarity"].tolist(), strict=True))
        return Head(
            classes=tuple(settings["classes"]),
            tfidf=Tfidf(rarity, settings["unseen"]),
            columns={term: column for column, term in enumerate(terms)},
            vector_regression=_regression(archive["vector_weights"], archive["vector_bias"]),
            terms_regression=_regression(archive["terms_weights"], archive["terms_bias"]),
            policy=Policy(**settings["policy"]),
            terms_policy=Policy(**settings["terms_policy"]),
            fingerprint=settings["fingerprint"],
        )


def _regression(weights: NDArray[np.float16], bias: Array) -> Regression:
    return Regression(weights.astype(np.float32), bias)


def save(head: Head, path: Path) -> None:
    """Weights are kept in half precision: the file is half as large and no decision changes."""
    settings = {
        "classes": head.classes,
        "unseen": head.tfidf.unseen,
        "policy": asdict(head.policy),
        "terms_policy": asdict(head.terms_policy),
        "fingerprint": head.fingerprint,
    }
    np.savez_compressed(
        path,
        settings=_bytes(json.dumps(settings, indent=1)),
        terms=_bytes("\n".join(head.columns)),
        rarity=np.array(list(head.tfidf.rarity.values()), dtype=np.float32),
        vector_weights=head.vector_regression.weights.astype(np.float16),
        vector_bias=head.vector_regression.bias,
        terms_weights=head.terms_regression.weights.astype(np.float16),
        terms_bias=head.terms_regression.bias,
    )


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
