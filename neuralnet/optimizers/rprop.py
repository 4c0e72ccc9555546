"""Rprop: a step size for each parameter, from the signs of its gradients alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, set_checked, unwarned
from .gradient_descent import FirstOrder
from .protocol import Differentiable
from .proximal import slide, stop_at_zero

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RpropState:
    """What a step of Rprop leaves to the next.

    Attributes
    ----------
    lengths : (P,) array
        The step length of each parameter.
    gradient : (P,) array
        The latest gradient, with 0 where it changed its sign.
    move : (P,) array
        The latest change of theta.
    """

    lengths: Vector
    gradient: Vector
    move: Vector


@dataclass(frozen=True, slots=True)
class Rprop(FirstOrder):
    """Resilient propagation with backtracking (Rprop+), the method of R's neuralnet.

    Every parameter has a step length of its own and looks at the sign of its gradient alone: a
    sign that stays makes the step longer, one that changes takes the last move back and makes
    the next one shorter. There is no rate to choose, and the scale of the loss does not matter.

    Parameters
    ----------
    first : float
        Step length of every parameter at the start.
    least, most : float
        Bounds of the step lengths.
    shrink, grow : float
        What a step length is multiplied by after a change of sign, and after none.

    Notes
    -----
    R's neuralnet takes the same steps, but none above 0.1: ``Rprop(most=0.1)`` does that. A weight
    then moves by no more than 100 in 1,000 iterations, which is too little where the response is
    in large units: on home values in dollars 1,500 iterations end far above those of the bound
    here, and with standardized columns neither bound is better. A lower bound of 1e-6, as
    published, is too much for the weights of columns in small units, and keeps the loss above its
    minimum (``tests/benchmarks/rprop.md``).

    Source: Riedmiller and Braun (1993), A direct adaptive method for faster backpropagation
    learning; Igel and Hüsken (2000), Improving the Rprop learning algorithm, section 2.
    """

    takes_batches: ClassVar[bool] = False

    first: float = 0.1
    least: float = 1e-10
    most: float = 50.0
    shrink: float = 0.5
    grow: float = 1.2

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(
            self,
            least=check_number("least", self.least, above=True),
            first=check_number("first", self.first, least=self.least),
            most=check_number("most", self.most, least=self.first),
            shrink=check_number("shrink", self.shrink, most=1.0, above=True, below=True),
            grow=check_number("grow", self.grow, least=1.0, above=True),
        )

    def init(self, theta: Vector) -> RpropState:
        """Make the state before the first step."""
        return RpropState(
            np.full(theta.size, self.first), np.zeros(theta.size), np.zeros(theta.size)
        )

    @unwarned
    def step(
        self, objective: Differentiable, theta: Vector, state: RpropState
    ) -> tuple[Vector, RpropState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        gradient = slide(objective, theta, gradient)
        agreement = np.sign(gradient) * np.sign(state.gradient)
        turned = agreement < 0.0
        factors = np.where(turned, self.shrink, np.where(agreement > 0.0, self.grow, 1.0))
        lengths = np.clip(factors * state.lengths, self.least, self.most)
        move = np.where(turned, -state.move, -np.sign(gradient) * lengths)
        # A gradient that turned is forgotten: the next step neither grows nor shrinks.
        kept = np.where(turned, 0.0, gradient)
        moved = stop_at_zero(objective, theta, theta + move)
        return moved, RpropState(lengths, kept, moved - theta), value
