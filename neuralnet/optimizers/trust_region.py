"""Trust regions: the subproblem's protocol, and the step that updates the radius.

Source: Conn, Gould and Toint (2000), Trust-Region Methods, algorithm 6.1.1.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .convergence import find_rounding, try_point
from .diagonal_subproblem import EPSILON
from .protocol import Differentiable

Vector = NDArray[np.float64]


class Subproblem(Protocol):
    """A quadratic model of the objective around theta, to be minimized within a radius.

    Attributes
    ----------
    multiplier_norm : float
        The norm of the gradient of the model at the end of the latest step.
    """

    multiplier_norm: float

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Return a step of at most the radius, and its predicted decrease."""
        ...

    def predict_decrease(
        self, gradient: Vector, radius: float, threshold: float
    ) -> tuple[float, bool]:
        """Predict the decrease of a step to the minimum of the model with another gradient.

        Parameters
        ----------
        gradient : (P,) array
        radius : float
            The length of the step in directions without a minimum.
        threshold : float
            The computation may end once the decrease exceeds this number.

        Returns
        -------
        decrease : float
        resolved : bool
            False if some curvature is lost in rounding, so that the minimum is unknown.
        """
        ...


class AcceptedStep(NamedTuple):
    """A step that lowers the objective about as the model predicted.

    Attributes
    ----------
    theta, value, gradient : array, float, array
        The new point.
    radius : float
        Of the next trust region.
    predicted_decrease : float
    """

    theta: Vector
    value: float
    gradient: Vector
    radius: float
    predicted_decrease: float


def find_step(
    objective: Differentiable,
    subproblem: Subproblem,
    theta: Vector,
    value: float,
    radius: float,
    negligible: float,
) -> tuple[AcceptedStep | None, int]:
    """Shrink the trust region until a step lowers the objective as the model predicts.

    Parameters
    ----------
    objective : callable
        ``theta -> (value, gradient)``.
    subproblem : Subproblem
        The model at theta.
    theta, value : array, float
        The current point.
    radius : float
        Of the first trust region.
    negligible : float
        A decrease that does not count.

    Returns
    -------
    step : AcceptedStep or None
        None if no radius gives an acceptable step.
    trials : int
        The number of evaluations.

    Notes
    -----
    A step is accepted if the actual decrease is more than 1e-4 of the predicted one. Where the
    predicted decrease is negligible, or smaller than the rounding error of the value, a step is
    accepted after which the model predicts a smaller decrease. The length of the gradient would
    not do: in an ill-conditioned problem its rounding errors along steep directions hide what the
    step gains along flat ones.
    """
    trials = 0
    rounding = find_rounding(objective) * abs(value)
    shortest = EPSILON * max(1.0, sqrt(theta @ theta))
    while radius > shortest:
        step, predicted = subproblem.minimize(radius)
        if not (isfinite(predicted) and predicted > 0.0):
            break
        new_value, new_gradient = try_point(objective, theta + step)
        trials += 1
        length = sqrt(step @ step)
        ratio = (value - new_value) / predicted if predicted > rounding else 0.0
        good = ratio > 1e-4
        if predicted <= max(rounding, negligible):
            # The values no longer differ by more than rounding, but the gradients do.
            level = new_value <= value + max(rounding, negligible)
            remaining, _ = subproblem.predict_decrease(new_gradient, radius, predicted)
            good = good or (level and remaining < predicted)
            radius = radius if good else 0.0
        elif ratio < 0.25:
            radius = 0.25 * length
        elif ratio > 0.75 and length > 0.9 * radius:
            radius = 2.0 * radius
        if good:
            return AcceptedStep(theta + step, new_value, new_gradient, radius, predicted), trials
    return None, trials
