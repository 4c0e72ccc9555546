"""Gradient descent with a constant learning rate (Cauchy, 1847).

The loss is a sum over rows, so suitable learning rates are smaller than for a mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, set_checked
from .first_order import FirstOrder
from .protocol import Differentiable
from .proximal import soft_threshold

Vector = NDArray[np.float64]


def descend(theta: Vector, gradient: Vector, rate: float) -> Vector:
    """One step of gradient descent; the compiled engine applies it to each parameter."""
    return theta - rate * gradient


@dataclass(frozen=True, slots=True)
class GradientDescentState:
    """The state of gradient descent, which is empty."""


@dataclass(frozen=True, slots=True)
class GradientDescent(FirstOrder):
    """Gradient descent: ``theta - learn_rate * gradient``.

    Parameters
    ----------
    learn_rate : float

    Examples
    --------
    >>> def bowl(theta):
    ...     return float((theta**2).sum()), 2 * theta
    >>> optimizer, theta = GradientDescent(learn_rate=0.25), np.array([3.0, -4.0])
    >>> optimizer.step(bowl, theta, optimizer.init(theta))
    (array([ 1.5, -2. ]), GradientDescentState(), 25.0)
    """

    follows_gradient: ClassVar[bool] = True
    # The tolerance in the articles on which this package is based.
    class_tolerance: ClassVar[float | None] = 0.01

    learn_rate: float = 0.01

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(self, learn_rate=check_number("learn_rate", self.learn_rate, above=True))

    def init(self, theta: Vector) -> GradientDescentState:
        """Make the state before the first step."""
        return GradientDescentState()

    def step(
        self, objective: Differentiable, theta: Vector, state: GradientDescentState
    ) -> tuple[Vector, GradientDescentState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        moved = descend(theta, gradient, self.learn_rate)
        return soft_threshold(objective, moved, self.learn_rate), state, value
