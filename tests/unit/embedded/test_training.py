import numpy as np
import pytest

from infra.routing.regression import fitted, minimum
from infra.routing.train import fingerprint
from oqtopus.adapters.embedded.head import COMMITTED, Head, log_softmax


def test_the_committed_head_was_trained_on_the_committed_catalogue(trained_head: Head) -> None:
    assert trained_head.fingerprint == fingerprint(), "run `python -m infra.routing.train`"


def test_the_committed_head_is_small() -> None:
    assert COMMITTED.stat().st_size < 3_000_000


def test_the_minimum_of_a_bowl_is_found() -> None:
    scales = np.array([1.0, 10.0, 100.0])

    found = minimum(lambda x: (float(scales @ (x - 3.0) ** 2), 2 * scales * (x - 3.0)), np.zeros(3), 100)

    assert found == pytest.approx(np.full(3, 3.0), abs=1e-4)


def test_a_fitted_regression_tells_separate_classes_apart() -> None:
    random = np.random.default_rng(0)
    centres = np.eye(3)
    labels = np.arange(60) % 3
    inputs = centres[labels] + 0.1 * random.standard_normal((60, 3))

    weights, bias = fitted(inputs, np.eye(3)[labels], np.ones(60), penalty=1e-3, steps=100)

    assert (log_softmax(inputs @ weights + bias).argmax(axis=1) == labels).all()
