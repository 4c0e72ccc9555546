"""The starting point of L-BFGS and Newton's method: lower a loss that is far too large first.

Weights drawn without regard to the units of columns and response can give scores a thousand times
too large. Steps in all weights then saturate hidden units before the scores decrease. So the
weights of the last layer, in which the loss is convex, are halved, and then trained alone.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, isnan, nan
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .convergence import DescentState, find_reference, try_point
from .protocol import Differentiable, Optimizer

Vector = NDArray[np.float64]
S = TypeVar("S", bound=DescentState)

# A start is far off if its loss is more than this multiple of the loss of an intercept alone.
FAR = 2.0
# Enough halvings to scale the largest float down to 0.
MOST_HALVINGS, MOST_STEPS = 1100, 100


class StartingPoint(NamedTuple):
    """The point from which an optimizer takes its first step.

    Attributes
    ----------
    given_value : float
        The value at the theta that was given.
    theta, value, gradient : array, float, array
        The point.
    evaluations : int
        The number of evaluations used to find it.
    reference : float
        The loss relative to which a decrease is judged.
    """

    given_value: float
    theta: Vector
    value: float
    gradient: Vector
    evaluations: int
    reference: float

    @property
    def reported_value(self) -> float:
        """The value at the given theta; if it is not finite, the value at the point."""
        return self.given_value if isfinite(self.given_value) else self.value

    def put_into(self, state: S) -> S:
        """Return the state of an optimizer at the point."""
        return replace(
            state,
            evaluations=state.evaluations + self.evaluations,
            value=self.value,
            gradient=self.gradient,
            reference=self.reference,
        )


def start_or_continue(
    objective: Differentiable, theta: Vector, state: S, optimizer: Optimizer
) -> tuple[Vector, S, float]:
    """Find the starting point if ``state`` is that before the first step.

    Returns
    -------
    theta : (P,) array
    state : DescentState
        With a reference of nan where the starting point has no finite value.
    value : float
        The value to report for the given theta.
    """
    if not isnan(state.reference):
        return theta, state, state.value
    start = find_starting_point(objective, theta, optimizer)
    if not isfinite(start.value):
        return theta, state, start.given_value
    return start.theta, start.put_into(state), start.reported_value


def find_starting_point(
    objective: Differentiable, theta: Vector, optimizer: Optimizer
) -> StartingPoint:
    """Evaluate theta, and lower its value by the last layer's weights if it is far off.

    ``optimizer`` trains these weights; it must not need second derivatives.
    """
    value, gradient = objective(theta)
    reference = find_reference(objective, value)
    start = StartingPoint(float(value), theta, float(value), gradient, 1, reference)
    outputs: slice | None = getattr(objective, "outputs", None)
    if outputs is None or value <= FAR * reference:
        return start
    start = _halve(objective, start, outputs)
    trainable = getattr(objective, "hidden", True) and isfinite(start.value)
    return _train(objective, start, outputs, optimizer) if trainable else start


def _halve(objective: Differentiable, start: StartingPoint, outputs: slice) -> StartingPoint:
    """Halve some parameters while the value is far off and decreases."""
    for _ in range(MOST_HALVINGS):
        if start.value <= FAR * start.reference:
            break
        theta = start.theta.copy()
        theta[outputs] *= 0.5
        value, gradient = try_point(objective, theta)
        start = start._replace(evaluations=start.evaluations + 1)
        if isfinite(start.value) and not value < start.value:
            break
        start = start._replace(theta=theta, value=value, gradient=gradient)
    return start


def _train(
    objective: Differentiable, start: StartingPoint, outputs: slice, optimizer: Optimizer
) -> StartingPoint:
    """Train some parameters alone while the value is far off."""
    theta = start.theta.copy()

    def evaluate_outputs(weights: Vector) -> tuple[float, Vector]:
        theta[outputs] = weights
        value, gradient = objective(theta)
        return value, gradient[outputs]

    restricted: Any = evaluate_outputs
    weights = start.theta[outputs]
    fresh = start._replace(gradient=start.gradient[outputs], evaluations=0)
    state = fresh.put_into(optimizer.init(weights))
    for _ in range(MOST_STEPS):
        if state.value <= FAR * start.reference or optimizer.check_convergence(state, nan):
            break
        weights, state, _ = optimizer.step(restricted, weights, state)
    if not state.evaluations:
        return start
    theta[outputs] = weights
    value, gradient = objective(theta)
    evaluations = start.evaluations + state.evaluations + 1
    return start._replace(
        theta=theta, value=float(value), gradient=gradient, evaluations=evaluations
    )
