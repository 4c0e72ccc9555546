"""A learning rate that the table allows: the loss is a sum over rows, so many rows call for less.

Knows no optimizer by name; changes nothing.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from .batch import Batch
from .blocks import choose_block_rows, split_rows
from .perceptron import Perceptron

# Steps of the power method; a rate need not be known to many digits.
_POWER_ITERATIONS = 30


# Where floats end, the rate that fits is still a number above 0, if a very small one.
_LARGEST = 1e307


def estimate_lipschitz(
    perceptron: Perceptron,
    center: NDArray[np.float64],
    spread: NDArray[np.float64],
    batch: Batch,
) -> float:
    """About the largest curvature of the loss where training starts, from the scores' variance V.

    Weights from the inputs to the outputs have V times the largest eigenvalue of Z'Z, rows by
    their weight and Z the columns ``(x - center) / spread``: for a numeric response the Lipschitz
    constant of the gradient of least squares. Weights from H hidden units have V times the sum
    of ``1 + h**2`` over all rows and units, where h is about 1/2.
    """
    family = perceptron.family
    n, K = len(batch.X), perceptron.sizes[-1]
    w = np.ones(n) if batch.w is None else batch.w
    mu, most = family.mean_response(batch.Y, batch.w, K), np.empty(n)
    for rows in split_rows(n, choose_block_rows(perceptron.sizes)):
        shape = len(most[rows]), K
        each = (
            family.variance_product(
                np.broadcast_to(mu, shape), np.broadcast_to(unit, shape), batch.Y[rows]
            )[:, k]
            for k, unit in enumerate(np.eye(K))
        )
        most[rows] = reduce(np.maximum, each)
    w = w * most
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
    """The largest eigenvalue of Z'WZ, by the power method: v comes to lie along its axis."""
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
