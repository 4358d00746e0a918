"""Multinomial logistic regression, fitted with L-BFGS in plain numpy: deterministic, no training library needed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from oqtopus.adapters.embedded.head import log_softmax

Array = NDArray[np.float64]
Objective = Callable[[Array], tuple[float, Array]]

MEMORY = 10
SUFFICIENT_DECREASE = 1e-4


def fitted(inputs: Array, targets: Array, row_weights: Array, penalty: float, steps: int) -> tuple[Array, Array]:
    """Weights (inputs, classes) and bias (classes,) of least weighted mean cross-entropy plus L2 penalty.

    `targets` is (rows, classes), each row adding up to 1; the bias is not penalised.
    """
    width, classes = inputs.shape[1], targets.shape[1]
    shares = (row_weights / row_weights.sum())[:, None]

    def objective(flat: Array) -> tuple[float, Array]:
        weights, bias = flat[: width * classes].reshape(width, classes), flat[width * classes :]
        logs = log_softmax(inputs @ weights + bias)
        loss = -float((shares * targets * logs).sum()) + 0.5 * penalty * float((weights * weights).sum())
        errors = shares * (np.exp(logs) - targets)
        return loss, np.concatenate([(inputs.T @ errors + penalty * weights).ravel(), errors.sum(axis=0)])

    best = minimum(objective, np.zeros(width * classes + classes), steps)
    return best[: width * classes].reshape(width, classes), best[width * classes :]


def minimum(objective: Objective, start: Array, steps: int) -> Array:
    """L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with backtracking."""
    point, (value, slope) = start, objective(start)
    history: list[tuple[Array, Array]] = []
    for _ in range(steps):
        direction = -_two_loops(slope, history)
        length = 1.0 if history else 1.0 / max(1.0, float(np.linalg.norm(slope)))
        decrease = SUFFICIENT_DECREASE * float(slope @ direction)
        while True:
            candidate = point + length * direction
            new_value, new_slope = objective(candidate)
            if new_value <= value + length * decrease:
                break
            length *= 0.5
            if length < 1e-10:
                return point
        history = _remembered(history, candidate - point, new_slope - slope)
        point, value, slope = candidate, new_value, new_slope
    return point


def _remembered(history: list[tuple[Array, Array]], move: Array, turn: Array) -> list[tuple[Array, Array]]:
    """The last moves and how the slope turned; a move without curvature is left out."""
    if float(move @ turn) <= 1e-12:
        return history
    return [*history, (move, turn)][-MEMORY:]


def _two_loops(slope: Array, history: list[tuple[Array, Array]]) -> Array:
    """The slope times the approximate inverse Hessian."""
    result = slope.copy()
    factors: list[float] = []
    for move, turn in reversed(history):
        factor = float(move @ result) / float(move @ turn)
        factors.append(factor)
        result -= factor * turn
    if history:
        move, turn = history[-1]
        result *= float(move @ turn) / float(turn @ turn)
    for (move, turn), factor in zip(history, reversed(factors), strict=True):
        result += (factor - float(turn @ result) / float(move @ turn)) * move
    return result
