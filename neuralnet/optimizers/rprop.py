"""Rprop (Riedmiller and Braun, 1993): a step length for each parameter, from gradient signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, set_checked
from .first_order import FirstOrder
from .protocol import Differentiable
from .proximal import clip_at_zero, l1_subgradient

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RpropState:
    """The state between two steps of Rprop.

    Attributes
    ----------
    lengths : (P,) array
        The step length of each parameter.
    gradient : (P,) array
        The latest gradient, replaced by 0 where its sign changed.
    move : (P,) array
        The latest change of theta.
    """

    lengths: Vector
    gradient: Vector
    move: Vector


@dataclass(frozen=True, slots=True)
class Rprop(FirstOrder):
    """Resilient propagation with backtracking (Rprop+), the method of R's neuralnet.

    Each parameter has its own step length and uses only the sign of its gradient: if the sign is
    unchanged, the step becomes longer; if it changes, the last move is undone and the next one is
    shorter. There is no learning rate, and the scale of the loss does not matter.

    Parameters
    ----------
    first : float
        The initial step length of every parameter.
    least, most : float
        Bounds of the step lengths.
    shrink, grow : float
        The factors of a step length after a change of sign, and after none.

    Notes
    -----
    R's neuralnet takes the same steps with an upper bound of 0.1, as ``Rprop(most=0.1)`` does. A
    weight then changes by at most 100 in 1,000 iterations, which is not enough if the response is
    in large units: for home values in dollars, 1,500 iterations end at a much higher loss than
    with the default bound; with standardized columns the two bounds are equally good. The
    published lower bound of 1e-6 is too large for the weights of columns in small units, and keeps
    the loss above its minimum (``tests/benchmarks/rprop.md``).

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

    def step(
        self, objective: Differentiable, theta: Vector, state: RpropState
    ) -> tuple[Vector, RpropState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        gradient = l1_subgradient(objective, theta, gradient)
        agreement = np.sign(gradient) * np.sign(state.gradient)
        changed = agreement < 0.0
        factors = np.where(changed, self.shrink, np.where(agreement > 0.0, self.grow, 1.0))
        lengths = np.clip(factors * state.lengths, self.least, self.most)
        move = np.where(changed, -state.move, -np.sign(gradient) * lengths)
        # A gradient of 0 leaves the step length unchanged in the next step.
        last = np.where(changed, 0.0, gradient)
        moved = clip_at_zero(objective, theta, theta + move)
        return moved, RpropState(lengths, last, moved - theta), value
