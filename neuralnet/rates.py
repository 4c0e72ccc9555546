"""A learning rate that the table allows: the loss is a sum over rows, so many rows call for less.

For gradient steps in standardized coordinates. Knows no network; changes nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .batches import Batch
from .coordinates import Standardized
from .families import Family
from .protocols import Optimizer

__all__ = ["bound_rate", "measure_steepness"]

# Steps of the power method; a rate need not be known to many digits.
STEPS = 30


def bound_rate(optimizer: Optimizer, steepness: float, last: int) -> float | None:
    """The optimizer's own rate, or less where so steep a loss calls for it.

    At most ``1 / (2 L)`` without hidden layers, L the steepness; ``last`` units in the last
    hidden layer add up to the outputs, which divides it by ``1 + last / 4``; with momentum that
    times ``1 - momentum``, as past gradients add up. None where the optimizer's steps are not as
    long as the gradient.

    Parameters
    ----------
    optimizer : Optimizer
    steepness : float
        As `measure_steepness` gives it.
    last : int
        Units of the last hidden layer; 0 for none.
    """
    if not getattr(optimizer, "follows_gradient", False):
        return None
    own: float = getattr(optimizer, "learn_rate", np.inf)
    kept: float = getattr(optimizer, "momentum", 0.0)
    return min(own, (1.0 - kept) / (2.0 * (1.0 + last / 4.0) * steepness))


def measure_steepness(family: Family, coordinates: Standardized, batch: Batch) -> float:
    """The largest curvature of a model without hidden layers at its intercepts.

    It is the variance of the response times the largest eigenvalue of Z'Z, rows by their weight;
    Z are the standardized columns of X. For a numeric response it is the Lipschitz constant of
    the gradient of least squares.
    """
    reading, shape = coordinates.readings[0], (len(batch.X), coordinates.shapes[-1][1])
    w = np.ones(shape[0]) if batch.w is None else batch.w
    mu = np.broadcast_to(family.mean_response(batch.Y, batch.w, shape[1]), shape)
    each = [
        family.variance_product(mu, np.broadcast_to(unit, shape), batch.Y)[:, k]
        for k, unit in enumerate(np.eye(shape[1]))
    ]
    w = coordinates.y_spread**2 / coordinates.unit * w * np.max(each, axis=0)
    return _find_longest(batch.X, w, reading.center, reading.spread) or 1.0


def _find_longest(
    X: NDArray[np.float64],
    w: NDArray[np.float64],
    center: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> float:
    """The largest eigenvalue of Z'WZ, by the power method: v comes to lie along its axis."""
    v, length = np.random.default_rng(0).normal(size=len(spread)), 0.0
    for _ in range(STEPS):
        u = v / spread
        r = w * (X @ u - center @ u)
        v = (X.T @ r - center * r.sum()) / spread
        length = float(np.linalg.norm(v))
        if length == 0.0:
            break
        v /= length
    return length
