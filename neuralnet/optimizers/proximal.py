"""L1 penalties for first-order optimizers: soft thresholding and the minimum-norm subgradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .protocol import Differentiable

Vector = NDArray[np.float64]


def shrink(objective: Differentiable, theta: Vector, rate: float | Vector) -> Vector:
    """The proximal step of an L1 penalty, if there is one.

    Draws each parameter towards 0 by ``rate * absolute``, and stops there:
    ``sign(theta) * max(abs(theta) - rate * absolute, 0)``.
    """
    absolute = _find_absolute(objective)
    return theta if absolute is None else _draw_to_zero(theta, rate * absolute)


def slide(objective: Differentiable, theta: Vector, gradient: Vector) -> Vector:
    """The gradient with that of an L1 penalty, if there is one.

    Where a parameter is 0, the slope of the way down that is steeper; 0 where both go up.
    """
    absolute = _find_absolute(objective)
    if absolute is None:
        return gradient
    at_zero = _draw_to_zero(gradient, absolute)
    return np.where(theta == 0.0, at_zero, gradient + absolute * np.sign(theta))


def stop_at_zero(objective: Differentiable, theta: Vector, moved: Vector) -> Vector:
    """What ``slide`` said of the way from theta ends at 0, if there is an L1 penalty."""
    if _find_absolute(objective) is None:
        return moved
    return np.where(np.sign(moved) * np.sign(theta) < 0.0, 0.0, moved)


def _find_absolute(objective: Differentiable) -> float | Vector | None:
    absolute: float | Vector = getattr(objective, "absolute", 0.0)
    return None if isinstance(absolute, float) and absolute == 0.0 else absolute


def _draw_to_zero(values: Vector, by: float | Vector) -> Vector:
    drawn: Vector = np.sign(values) * np.maximum(np.abs(values) - by, 0.0)
    return drawn
