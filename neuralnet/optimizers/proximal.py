"""Proximal steps for an L1 penalty: soft thresholding and the minimum-norm subgradient.

Without an L1 penalty, ``l1_weight`` absent or 0, each function returns its argument unchanged.
Source: Parikh and Boyd (2014), Proximal algorithms, section 6.5.2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .protocol import Differentiable

Vector = NDArray[np.float64]


def soft_threshold(objective: Differentiable, theta: Vector, rate: float | Vector) -> Vector:
    """Soft thresholding, the proximal step of the L1 penalty of an objective.

    ``sign(theta) * max(abs(theta) - rate * l1_weight, 0)``.
    """
    l1_weight = _find_l1_weight(objective)
    return theta if l1_weight is None else _move_to_zero(theta, rate * l1_weight)


def l1_subgradient(objective: Differentiable, theta: Vector, gradient: Vector) -> Vector:
    """Add the minimum-norm subgradient of the L1 penalty of an objective to its gradient.

    Where a parameter is 0, the result is the element of smallest absolute value of
    ``[gradient - l1_weight, gradient + l1_weight]``.
    """
    l1_weight = _find_l1_weight(objective)
    if l1_weight is None:
        return gradient
    at_zero = _move_to_zero(gradient, l1_weight)
    return np.where(theta == 0.0, at_zero, gradient + l1_weight * np.sign(theta))


def clip_at_zero(objective: Differentiable, theta: Vector, moved: Vector) -> Vector:
    """Clip parameters at 0 that changed their sign, if there is an L1 penalty.

    The subgradient at ``theta`` is valid up to the kink of the penalty at 0.
    """
    if _find_l1_weight(objective) is None:
        return moved
    return np.where(np.sign(moved) * np.sign(theta) < 0.0, 0.0, moved)


def _find_l1_weight(objective: Differentiable) -> float | Vector | None:
    l1_weight: float | Vector = getattr(objective, "l1_weight", 0.0)
    return None if isinstance(l1_weight, float) and l1_weight == 0.0 else l1_weight


def _move_to_zero(values: Vector, distance: float | Vector) -> Vector:
    moved: Vector = np.sign(values) * np.maximum(np.abs(values) - distance, 0.0)
    return moved
