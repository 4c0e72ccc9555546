"""Where an optimizer begins that goes by curvature: not with scores a thousand times too large.

Knows only an objective, and the parameters in which its value is convex.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .convergence import find_reference, try_point
from .protocol import Differentiable, Optimizer

Vector = NDArray[np.float64]

# A start is far off where its loss is more than so many times that of an intercept alone.
FAR = 2.0
# A loss may be as large as floats go, and beyond.
MOST_HALVINGS, MOST_STEPS = 1100, 100


class Beginning(NamedTuple):
    """Where an optimizer begins.

    Attributes
    ----------
    before : float
        The value at the theta that was given.
    theta, value, gradient : array, float, array
        Where the first step is made from.
    evaluations : int
        Spent to get there.
    reference : float
        The loss beside which a decrease is judged.
    """

    before: float
    theta: Vector
    value: float
    gradient: Vector
    evaluations: int
    reference: float

    @property
    def told(self) -> float:
        """The value of before; of what was made of it where it was no finite number."""
        return self.before if isfinite(self.before) else self.value

    def set_checked(self, state: Any) -> Any:
        """The state of an optimizer there."""
        return replace(
            state,
            evaluations=state.evaluations + self.evaluations,
            value=self.value,
            gradient=self.gradient,
            reference=self.reference,
        )


def begin(objective: Differentiable, theta: Vector, optimizer: Optimizer) -> Beginning:
    """Look at a start; one far above an intercept alone is lowered by the last layer's weights.

    In these the loss is convex: they are halved, and then trained alone by an optimizer, which
    needs no second derivatives. Weights that are drawn without regard to the units of columns and
    response may give scores a thousand times too large, and steps in all weights then drive hidden
    units into saturation before the scores come down.
    """
    value, gradient = objective(theta)
    reference = find_reference(objective, value)
    start = Beginning(float(value), theta, float(value), gradient, 1, reference)
    outputs: slice | None = getattr(objective, "outputs", None)
    if outputs is None or value <= FAR * reference:
        return start
    begun = _halve(objective, start, outputs)
    alone = getattr(objective, "hidden", True) and isfinite(begun.value)
    return _train(objective, begun, outputs, optimizer) if alone else begun


def _halve(objective: Differentiable, begun: Beginning, outputs: slice) -> Beginning:
    """Halve some parameters while that lowers a value that is far off."""
    for _ in range(MOST_HALVINGS):
        if begun.value <= FAR * begun.reference:
            break
        theta = begun.theta.copy()
        theta[outputs] *= 0.5
        value, gradient = try_point(objective, theta)
        begun = begun._replace(evaluations=begun.evaluations + 1)
        if isfinite(begun.value) and not value < begun.value:
            break
        begun = begun._replace(theta=theta, value=value, gradient=gradient)
    return begun


def _train(
    objective: Differentiable, begun: Beginning, outputs: slice, optimizer: Optimizer
) -> Beginning:
    """Train some parameters alone while the value is far off."""
    theta = begun.theta.copy()

    def train_alone(some: Vector) -> tuple[float, Vector]:
        theta[outputs] = some
        value, gradient = objective(theta)
        return value, gradient[outputs]

    restricted: Any = train_alone
    weights = begun.theta[outputs]
    fresh = begun._replace(gradient=begun.gradient[outputs], evaluations=0)
    state = fresh.set_checked(optimizer.init(weights))
    for _ in range(MOST_STEPS):
        if state.value <= FAR * begun.reference or optimizer.verdict(state, nan):
            break
        weights, state, _ = optimizer.step(restricted, weights, state)
    if not state.evaluations:
        return begun
    theta[outputs] = weights
    value, gradient = objective(theta)
    evaluations = begun.evaluations + state.evaluations + 1
    return begun._replace(
        theta=theta, value=float(value), gradient=gradient, evaluations=evaluations
    )
