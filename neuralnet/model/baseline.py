"""The null model: the loss of an intercept alone, which other losses are compared with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..optimizers import Newton, minimize
from ..perceptron import Batch, NumpyEngine, Objective, Perceptron

Matrix = NDArray[np.float64]

# A loss below this share of the loss at scores of 0 is rounding error.
_ROUNDING = 1e-24
_MOST_STEPS = 100


def fit_intercept(perceptron: Perceptron, batch: Batch) -> Matrix:
    """Fit the scores (K,) of an intercept alone, by the rows' weights."""
    family, K = perceptron.family, perceptron.sizes[-1]
    eta: Matrix = family.link(family.mean_response(batch.Y, batch.w, K))
    return eta if batch.offset is None else _fit_beside_offset(perceptron, batch, eta)


def evaluate_intercept(perceptron: Perceptron, batch: Batch, eta: Matrix) -> float:
    """Compute the loss of constant scores (K,), beside an offset if there is one."""
    alone, ones = _reduce(perceptron, batch)
    return NumpyEngine(alone).evaluate(eta, ones).loss


def measure_baseline(perceptron: Perceptron, batch: Batch, eta: Matrix) -> float:
    """Compute the loss of the best intercept; 0 where it is rounding error.

    That is the case where the response does not vary.
    """
    loss, at_zero = (evaluate_intercept(perceptron, batch, each) for each in (eta, 0.0 * eta))
    return loss if loss > _ROUNDING * at_zero else 0.0


def _reduce(perceptron: Perceptron, batch: Batch) -> tuple[Perceptron, Batch]:
    """Return a network with one bias for each output and no inputs, and rows for it."""
    ones = batch._replace(X=np.ones((len(batch.X), 1)))
    return Perceptron((1, perceptron.sizes[-1]), (), perceptron.family), ones


def _fit_beside_offset(perceptron: Perceptron, batch: Batch, eta: Matrix) -> Matrix:
    """Fit K intercepts beside an offset by Newton's method, as there is no closed form.

    ``eta`` are the best intercepts without the offset.
    """
    alone, ones = _reduce(perceptron, batch)
    objective = Objective(alone, (ones,))
    theta: Matrix = eta - np.average(np.asarray(batch.offset), axis=0, weights=batch.w)
    return minimize(objective, theta, Newton(), _MOST_STEPS)[0]
