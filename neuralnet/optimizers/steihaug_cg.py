"""The trust-region subproblem by truncated conjugate gradients (Steihaug, 1983).

Source: Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithm 7.2.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class SteihaugCG:
    """The quadratic model given by Hessian-vector products, minimized approximately.

    Parameters
    ----------
    multiply : callable
        ``v -> H @ v``.
    gradient : (P,) array
    scale : float
        The size of the loss. The smaller the gradient is relative to it, the more accurate is the
        solution.
    """

    def __init__(
        self, multiply: Callable[[Vector], Vector], gradient: Vector, scale: float
    ) -> None:
        self.multiply = multiply
        self.gradient = gradient
        self.scale = scale
        self.multiplier_norm: float = 0.0

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Return a step of at most the radius, and its predicted decrease.

        The conjugate gradient iteration ends at the boundary of the region if it would leave the
        region or finds a direction of negative curvature.
        """
        step, slopes = np.zeros_like(self.gradient), self.gradient
        direction, square = -slopes, float(slopes @ slopes)
        if square == 0.0:
            return step, 0.0
        target = min(0.5, sqrt(sqrt(square) / self.scale)) * sqrt(square)
        for _ in range(step.size):
            product = self.multiply(direction)
            curvature = float(direction @ product)
            length = square / curvature if curvature > 0.0 else np.inf
            to_boundary = _find_boundary(step, direction, radius)
            step = step + min(length, to_boundary) * direction
            slopes = slopes + min(length, to_boundary) * product
            before, square = square, float(slopes @ slopes)
            # Not "square <= target": a nan has to end the iteration too.
            if to_boundary <= length or not sqrt(square) > target:
                break
            direction = (square / before) * direction - slopes
        # slopes are gradient + H @ step.
        return step, -0.5 * float(step @ (self.gradient + slopes))

    def predict_decrease(
        self, gradient: Vector, radius: float, threshold: float
    ) -> tuple[float, bool]:
        """Predict the remaining decrease; see `Subproblem`.

        Conjugate gradients cannot detect curvatures that are lost in rounding.
        """
        subproblem = SteihaugCG(self.multiply, gradient, self.scale)
        return subproblem.minimize(radius)[1], True


def _find_boundary(step: Vector, direction: Vector, radius: float) -> float:
    """Return the multiple of the direction that, added to the step, has the length of the radius.

    This is the positive root of a quadratic equation, in the form without cancellation.
    """
    a, b = float(direction @ direction), float(step @ direction)
    room = radius * radius - float(step @ step)
    return room / (b + sqrt(b * b + a * room)) if room > 0.0 else 0.0
