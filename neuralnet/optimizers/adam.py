"""Adam (Kingma and Ba, 2015): steps scaled by running moments of the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy import sqrt
from numpy.typing import NDArray

from ..errors import check_number, set_checked, unwarned
from .gradient_descent import FirstOrder, average
from .protocol import Differentiable
from .proximal import shrink

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AdamState:
    """What a step of Adam leaves to the next.

    Attributes
    ----------
    mean, square : (P,) arrays
        Moving averages of the gradient and of its square, both from 0.
    steps : int
        Steps so far.
    """

    mean: Vector
    square: Vector
    steps: int


@dataclass(frozen=True, slots=True)
class Adam(FirstOrder):
    """Steps of about learn_rate in every direction, from averages of the gradient.

    ``mean = beta1 * mean + (1 - beta1) * gradient``, ``square`` likewise with beta2 from the
    squared gradient; both are divided by ``1 - beta**t`` as they begin at 0; then
    ``theta - learn_rate * (mean / (sqrt(square) + epsilon) + decay * theta)``.

    Parameters
    ----------
    learn_rate : float
    beta1, beta2 : float
        How much of the averages is kept, below 1.
    epsilon : float
        Keeps the division safe where a gradient is nil.
    decay : float
        Shrinks theta apart from the loss, and is in no loss that is reported.

    Notes
    -----
    Source: Kingma and Ba (2015), Adam, algorithm 1; the decay is that of Loshchilov and Hutter
    (2019), Decoupled weight decay regularization, algorithm 2, counted in units of learn_rate.
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

    @unwarned
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
        moved = shrink(objective, theta - self.learn_rate * move, self.learn_rate / size)
        return moved, AdamState(mean, square, steps), value
