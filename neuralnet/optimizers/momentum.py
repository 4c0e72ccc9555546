"""Gradient descent with momentum: the heavy ball method (Polyak, 1964) and Nesterov's (1983)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, set_checked
from .first_order import FirstOrder
from .gradient_descent import descend
from .protocol import Differentiable
from .proximal import soft_threshold

Vector = NDArray[np.float64]


def accelerate(velocity: Vector, gradient: Vector, rate: float, momentum: float) -> Vector:
    """The new velocity; the compiled engine applies it to each parameter."""
    return momentum * velocity - rate * gradient


@dataclass(frozen=True, slots=True)
class MomentumState:
    """The state between two steps with momentum.

    Attributes
    ----------
    velocity : (P,) array
        The latest change of theta; for Nesterov's method, of the point without the lookahead.
    """

    velocity: Vector


@dataclass(frozen=True, slots=True)
class MomentumMethod(FirstOrder):
    """The options and the initial state that both methods with momentum share.

    Parameters
    ----------
    learn_rate : float
    momentum : float
        The share of the velocity that each step keeps, below 1. With a constant gradient the
        effective rate is ``learn_rate / (1 - momentum)``, by default ten times learn_rate.
    """

    follows_gradient: ClassVar[bool] = True

    learn_rate: float = 0.001
    momentum: float = 0.9

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            momentum=check_number("momentum", self.momentum, most=1.0, below=True),
        )

    def init(self, theta: Vector) -> MomentumState:
        """Make the state before the first step: zero velocity."""
        return MomentumState(np.zeros(theta.size))


@dataclass(frozen=True, slots=True)
class Momentum(MomentumMethod):
    """Gradient descent with momentum, the heavy ball method.

    ``velocity = momentum * velocity - learn_rate * gradient``; ``theta + velocity``.

    The options are those of `MomentumMethod`.

    Notes
    -----
    Source: Polyak (1964); in this form Sutskever et al. (2013), On the importance of
    initialization and momentum in deep learning, formulas 1 and 2.
    """

    def step(
        self, objective: Differentiable, theta: Vector, state: MomentumState
    ) -> tuple[Vector, MomentumState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        velocity = accelerate(state.velocity, gradient, self.learn_rate, self.momentum)
        unpenalized = theta + velocity
        moved = soft_threshold(objective, unpenalized, self.learn_rate)
        # The velocity is the actual change of theta, after soft thresholding.
        return moved, MomentumState(velocity + (moved - unpenalized)), value


@dataclass(frozen=True, slots=True)
class Nesterov(MomentumMethod):
    """Nesterov's accelerated gradient: momentum with the gradient at the lookahead point.

    ``velocity = momentum * velocity - learn_rate * gradient``;
    ``theta + momentum * velocity - learn_rate * gradient``. Here theta *is* the lookahead point,
    so that loss and gradient belong to the same weights.

    The options are those of `MomentumMethod`.

    Notes
    -----
    Source: Nesterov (1983); in this form Bengio, Boulanger-Lewandowski and Pascanu (2013),
    Advances in optimizing recurrent networks, formula 7.
    """

    def step(
        self, objective: Differentiable, theta: Vector, state: MomentumState
    ) -> tuple[Vector, MomentumState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        rate, momentum = self.learn_rate, self.momentum
        unpenalized = descend(theta, gradient, rate)
        # The change by soft thresholding is part of the velocity.
        thresholding = soft_threshold(objective, unpenalized, rate) - unpenalized
        velocity = accelerate(state.velocity, gradient, rate, momentum) + thresholding
        moved = theta + accelerate(velocity, gradient, rate, momentum) + thresholding
        return moved, MomentumState(velocity), value
