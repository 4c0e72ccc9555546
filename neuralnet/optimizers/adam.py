"""Adam (Kingma and Ba, 2015): steps scaled by moving averages of the gradient and its square."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import sqrt
from numpy.typing import NDArray

from ..errors import check_number, set_checked
from .first_order import FirstOrder
from .protocol import Differentiable
from .proximal import soft_threshold

Vector = NDArray[np.float64]


def average(before: Vector, new: Vector, kept: float) -> Vector:
    """The exponential moving average, with weight ``kept`` on the past.

    The compiled engine applies it to each parameter.
    """
    return kept * before + (1.0 - kept) * new


@dataclass(frozen=True, slots=True)
class AdamState:
    """The state between two steps of Adam.

    Attributes
    ----------
    mean, square : (P,) arrays
        Moving averages of the gradient and of its square, both starting from 0.
    steps : int
        The number of steps so far.
    """

    mean: Vector
    square: Vector
    steps: int


@dataclass(frozen=True, slots=True)
class Adam(FirstOrder):
    """Adam, with optional decoupled weight decay: steps of about learn_rate in each parameter.

    ``mean = beta1 * mean + (1 - beta1) * gradient``, ``square`` likewise with beta2 from the
    squared gradient; both are divided by ``1 - beta**t``, as they start from 0; then
    ``theta - learn_rate * (mean / (sqrt(square) + epsilon) + decay * theta)``.

    Parameters
    ----------
    learn_rate : float
    beta1, beta2 : float
        The weight of the past in the moving averages, below 1.
    epsilon : float
        Avoids a division by 0 where a gradient is 0.
    decay : float
        Decoupled weight decay: it reduces theta in each step and is in no reported loss.

    Notes
    -----
    Source: Kingma and Ba (2015), Adam, algorithm 1; the decay is that of Loshchilov and Hutter
    (2019), Decoupled weight decay regularization, algorithm 2, in units of learn_rate.
    """

    learn_rate: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    decay: float = 0.0

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            beta1=check_number("beta1", self.beta1, most=1.0, below=True),
            beta2=check_number("beta2", self.beta2, most=1.0, below=True),
            epsilon=check_number("epsilon", self.epsilon, above=True),
            decay=check_number("decay", self.decay),
        )

    def init(self, theta: Vector) -> AdamState:
        """Make the state before the first step."""
        return AdamState(np.zeros(theta.size), np.zeros(theta.size), 0)

    def step(
        self, objective: Differentiable, theta: Vector, state: AdamState
    ) -> tuple[Vector, AdamState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        steps = state.steps + 1
        mean = average(state.mean, gradient, self.beta1)
        square = average(state.square, gradient * gradient, self.beta2)
        size = sqrt(square / (1.0 - self.beta2**steps)) + self.epsilon
        move = mean / (1.0 - self.beta1**steps) / size
        if self.decay:
            move = move + self.decay * theta
        moved = soft_threshold(objective, theta - self.learn_rate * move, self.learn_rate / size)
        return moved, AdamState(mean, square, steps), value
