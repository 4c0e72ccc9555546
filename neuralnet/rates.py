"""A learning rate that the table allows: the loss is a sum over rows, so many rows call for less.

For gradient steps in standardized coordinates. Looks at a model, and changes nothing.
"""

from __future__ import annotations

import numpy as np

from .coordinates import Standardized
from .model import Model
from .protocols import Optimizer

__all__ = ["bound_rate", "measure_steepness"]

# Steps of the power method; a rate need not be known to many digits.
STEPS = 30


def bound_rate(model: Model, optimizer: Optimizer) -> float | None:
    """The optimizer's own rate, or less where so steep a loss calls for it.

    At most ``1 / (2 L)``, L the largest curvature of the model without hidden layers at its
    intercepts, and the half because hidden units may steepen it; with momentum that times
    ``1 - momentum``, as past gradients add up. None where columns are not standardized or the
    optimizer's steps are not as long as the gradient.
    """
    scaled = isinstance(model.objective.coordinates, Standardized)
    if not (scaled and getattr(optimizer, "follows_gradient", False)):
        return None
    own: float = getattr(optimizer, "learn_rate")  # noqa: B009
    kept: float = getattr(optimizer, "momentum", 0.0)
    return min(own, 0.5 * (1.0 - kept) / measure_steepness(model))


def measure_steepness(model: Model) -> float:
    """L: the variance of the response times the largest eigenvalue of Z'Z, rows by their weight.

    Z are the standardized columns of X. For a numeric response it is the Lipschitz constant of
    the gradient of least squares.
    """
    coordinates = model.objective.coordinates
    assert isinstance(coordinates, Standardized)
    batch, family = model.weigh(model.batch), model.perceptron.family
    reading, K = coordinates.readings[0], model.perceptron.sizes[-1]
    w = np.ones(len(batch.X)) if batch.w is None else batch.w
    shape = len(w), K
    mu = np.broadcast_to(family.mean_response(batch.Y, batch.w, K), shape)
    each = [
        family.variance_product(mu, np.broadcast_to(unit, shape), batch.Y)[:, k]
        for k, unit in enumerate(np.eye(K))
    ]
    spread = coordinates.y_spread**2 / coordinates.unit
    w = spread * w * np.max(each, axis=0)
    # The power method: v comes to lie along the longest axis of Z'WZ, wherever it starts from.
    v, length = np.random.default_rng(0).normal(size=len(reading.spread)), 0.0
    for _ in range(STEPS):
        u = v / reading.spread
        r = w * (batch.X @ u - reading.center @ u)
        v = (batch.X.T @ r - reading.center * r.sum()) / reading.spread
        length = float(np.linalg.norm(v))
        if length == 0.0:
            break
        v /= length
    return length or 1.0
