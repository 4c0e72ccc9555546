"""Lipschitz constant of the gradient, which bounds the learning rate of gradient descent.

The loss is a sum over rows, so that it grows with their number. Knows no optimizer.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from .batch import Batch
from .blocks import choose_block_rows, split_rows
from .perceptron import Perceptron

# Iterations of the power method; a learning rate needs few digits.
_POWER_ITERATIONS = 30
# Cap of the estimate, so that 1/L stays a positive float.
_LARGEST = 1e307


def estimate_lipschitz(
    perceptron: Perceptron,
    center: NDArray[np.float64],
    spread: NDArray[np.float64],
    batch: Batch,
) -> float:
    """Estimate the Lipschitz constant of the gradient near the initial weights.

    Parameters
    ----------
    perceptron : Perceptron
    center, spread : (D,) arrays
        The weights are those of columns ``(x - center) / spread``.
    batch : Batch
        All rows to train on.

    Notes
    -----
    Let V be the variance of each row at the mean response, times its weight, and Z the scaled
    columns. The curvature by weights from the inputs to the outputs is at most the largest
    eigenvalue of Z'VZ; for a numeric response it is the Lipschitz constant of least squares. The
    curvature by weights from H hidden units is at most the sum of ``V (1 + h**2)`` over all rows
    and units, with h about 1/2.
    """
    family = perceptron.family
    n, K = len(batch.X), perceptron.sizes[-1]
    w = np.ones(n) if batch.w is None else batch.w
    mu, variance = family.mean_response(batch.Y, batch.w, K), np.empty(n)
    for rows in split_rows(n, choose_block_rows(perceptron.sizes)):
        shape = len(variance[rows]), K
        by_output = (
            family.variance_product(
                np.broadcast_to(mu, shape), np.broadcast_to(direction, shape), batch.Y[rows]
            )[:, k]
            for k, direction in enumerate(np.eye(K))
        )
        variance[rows] = reduce(np.maximum, by_output)
    w = w * variance
    inputs = _find_largest_eigenvalue(batch.X, w, center, spread)
    if not perceptron.activations:
        return inputs or 1.0
    hidden = float(w.sum()) * (1.0 + perceptron.sizes[-2] / 4.0)
    return (inputs + hidden if perceptron.skip else max(inputs, hidden)) or 1.0


def _find_largest_eigenvalue(
    X: NDArray[np.float64],
    w: NDArray[np.float64],
    center: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> float:
    """Largest eigenvalue of Z'WZ by the power method, Z being ``(X - center) / spread``."""
    v, length = np.random.default_rng(0).normal(size=len(spread)), 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(_POWER_ITERATIONS):
            u = v / spread
            r = w * (X @ u - center @ u)
            v = (X.T @ r - center * r.sum()) / spread
            length = float(np.linalg.norm(v))
            if not length < _LARGEST:
                return _LARGEST
            if length == 0.0:
                break
            v /= length
    return length
