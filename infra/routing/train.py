"""Trains the embedded model's head on the catalogue, tunes its policy on the dev set, and writes `head.npz`.

    python -m infra.routing.train

Deterministic: the same inputs give the same file on the same processor.
"""

import hashlib
import inspect
import json
from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from infra.routing import catalogue as catalogue_module
from infra.routing import regression, tuning
from infra.routing.catalogue import Catalogue, TrainingRow, read_catalogue
from infra.routing.questions import DEV, read_questions
from infra.routing.regression import fitted
from oqtopus.adapters.embedded import classifier as classifier_module
from oqtopus.adapters.embedded import policy as policy_module
from oqtopus.adapters.embedded import tfidf as tfidf_module
from oqtopus.adapters.embedded.classifier import Classifier
from oqtopus.adapters.embedded.encoder import MODEL_SHA256, Encoder, minilm
from oqtopus.adapters.embedded.head import (
    COMMITTED,
    TERMS_SHARE,
    VECTOR_SHARE,
    Head,
    Regression,
    load,
    save,
)
from oqtopus.adapters.embedded.policy import Policy
from oqtopus.adapters.embedded.tfidf import Tfidf, Weights

Array = NDArray[np.float64]

# Vectors have length 1; scaled up, the same penalty leaves room for sharper boundaries.
VECTOR_SCALE = 8.0
VECTOR_PENALTY, VECTOR_STEPS = 5e-4, 150
TERMS_PENALTY, TERMS_STEPS = 2e-5, 80
UNTUNED = Policy(none_shift=0.0, margin=0.4, clause_floor=-0.1)


def fingerprint() -> str:
    """Changes with whatever the head depends on: catalogue, dev set, model, and the code of the recipe."""
    modules: tuple[ModuleType, ...] = (
        catalogue_module,
        regression,
        tuning,
        tfidf_module,
        policy_module,
        classifier_module,
    )
    settings = [VECTOR_SCALE, VECTOR_PENALTY, VECTOR_STEPS, TERMS_PENALTY, TERMS_STEPS, VECTOR_SHARE, TERMS_SHARE]
    parts = [read_catalogue().sha256, MODEL_SHA256, json.dumps(settings), DEV.read_text(encoding="utf-8")]
    parts += [inspect.getsource(module) for module in modules]
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()


def trained(catalogue: Catalogue, encoder: Encoder) -> Head:
    """Both regressions, with a policy still to be tuned."""
    rows = catalogue.rows
    targets = _targets(catalogue.classes, rows)
    row_weights = np.array([row.weight for row in rows])
    vectors = np.array([encoder.vector(row.text) for row in rows], dtype=np.float64)
    tfidf = tfidf_module.fitted([row.text for row in rows], fewest=1)
    columns = {term: column for column, term in enumerate(tfidf.rarity)}
    weights, bias = fitted(VECTOR_SCALE * vectors, targets, row_weights, VECTOR_PENALTY, VECTOR_STEPS)
    return Head(
        classes=catalogue.classes,
        tfidf=tfidf,
        columns=columns,
        vector_regression=Regression((VECTOR_SCALE * weights).astype(np.float32), bias.astype(np.float32)),
        terms_regression=_terms_regression(tfidf, columns, rows, targets, row_weights),
        policy=UNTUNED,
        terms_policy=UNTUNED,
        fingerprint=fingerprint(),
    )


def _terms_regression(
    tfidf: Tfidf, columns: dict[str, int], rows: Sequence[TrainingRow], targets: Array, row_weights: Array
) -> Regression:
    """The same regression with few rows and very many inputs.

    The rows' mutual cosines have the Cholesky factor L; fitting on L and mapping back with ``X^T L^-T`` gives the
    weights that fitting on the inputs X would give (the representer theorem), with 2,000 inputs in place of 29,000.
    """
    weighed = [tfidf.weights(row.text) for row in rows]
    factor = np.linalg.cholesky(_cosines(weighed) + 1e-6 * np.eye(len(rows))).astype(np.float64)
    inner, bias = fitted(factor, targets, row_weights, TERMS_PENALTY, TERMS_STEPS)
    per_row = np.linalg.solve(factor.T, inner)
    weights = np.zeros((len(columns), targets.shape[1]))
    for own, share in zip(weighed, per_row, strict=True):
        at = [columns[term] for term in own]
        weights[at] += np.outer(list(own.values()), share)
    return Regression(weights.astype(np.float32), bias.astype(np.float32))


def _cosines(weighed: Sequence[Weights]) -> Array:
    holders: dict[str, tuple[list[int], list[float]]] = {}
    for row, own in enumerate(weighed):
        for term, weight in own.items():
            rows, weights = holders.setdefault(term, ([], []))
            rows.append(row)
            weights.append(weight)
    cosines = np.zeros((len(weighed), len(weighed)))
    for rows, weights in holders.values():
        cosines[np.ix_(rows, rows)] += np.outer(weights, weights)
    return cosines


def _targets(classes: Sequence[str], rows: Sequence[TrainingRow]) -> Array:
    targets = np.zeros((len(rows), len(classes)))
    for number, row in enumerate(rows):
        for name in row.classes:
            targets[number, classes.index(name)] += 1.0 / len(row.classes)
    return targets


def tuned_on_dev(head: Head, encoder: Encoder | None) -> Policy:
    classifier = Classifier(head, encoder)
    reads = [(question, classifier.reading(question.query)) for question in read_questions(DEV)]
    return tuning.Tuner(head.classes, reads).policy(range(len(reads)))


def main() -> None:
    encoder = minilm()
    save(trained(read_catalogue(), encoder), COMMITTED)
    head = load()
    head = replace(head, policy=tuned_on_dev(head, encoder), terms_policy=tuned_on_dev(head, None))
    save(head, COMMITTED)
    print(f"{COMMITTED}: {COMMITTED.stat().st_size:,} bytes, {len(head.columns):,} terms")
    print(f"with MiniLM     {head.policy}")
    print(f"without MiniLM  {head.terms_policy}")


if __name__ == "__main__":
    main()
