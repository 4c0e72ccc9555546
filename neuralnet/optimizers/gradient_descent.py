"""First-order optimizers as frozen records, and the table of all that can be asked for by name.

The loss is a sum over rows, so rates that do well are smaller than for a mean. Nothing here
knows a network: theta is one flat array, sorted below in order of what the method remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, set_checked, unwarned
from .protocol import Differentiable, Stop
from .proximal import shrink

Vector = NDArray[np.float64]


# Each of these is for all parameters at once here, and for one after the other in `compiled`.


def descend(theta: Vector, gradient: Vector, rate: float) -> Vector:
    """One step of gradient descent."""
    return theta - rate * gradient


def accelerate(velocity: Vector, gradient: Vector, rate: float, momentum: float) -> Vector:
    """The velocity after one more gradient (Polyak, 1964)."""
    return momentum * velocity - rate * gradient


def average(before: Vector, new: Vector, kept: float) -> Vector:
    """An exponential moving average, with weight ``kept`` on the past."""
    return kept * before + (1.0 - kept) * new


class FirstOrder:
    """What first-order optimizers have in common: only gradients, and no end of their own.

    Attributes
    ----------
    class_tolerance : float or None
        The tolerance that ``"default"`` means for a response of classes, where it means one.
    """

    __slots__ = ()
    needs_curvature: ClassVar[bool] = False
    takes_batches: ClassVar[bool] = True
    takes_absolute: ClassVar[bool] = True
    follows_gradient: ClassVar[bool] = False
    class_tolerance: ClassVar[float | None] = None

    def verdict(self, state: object, value: float) -> Stop | None:
        """Never stop."""
        return None


@dataclass(frozen=True, slots=True)
class GradientDescentState:
    """Gradient descent remembers nothing."""


@dataclass(frozen=True, slots=True)
class GradientDescent(FirstOrder):
    """Straight down: ``theta - learn_rate * gradient``.

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
    # Of the articles this package starts from.
    class_tolerance: ClassVar[float | None] = 0.01

    learn_rate: float = 0.01

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(self, learn_rate=check_number("learn_rate", self.learn_rate, above=True))

    def init(self, theta: Vector) -> GradientDescentState:
        """Make the state before the first step."""
        return GradientDescentState()

    @unwarned
    def step(
        self, objective: Differentiable, theta: Vector, state: GradientDescentState
    ) -> tuple[Vector, GradientDescentState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        moved = descend(theta, gradient, self.learn_rate)
        return shrink(objective, moved, self.learn_rate), state, value


@dataclass(frozen=True, slots=True)
class MomentumState:
    """What a step with momentum leaves to the next.

    Attributes
    ----------
    velocity : (P,) array
        The latest change of theta; for Nesterov's method, of the point that it looks back to.
    """

    velocity: Vector


@dataclass(frozen=True, slots=True)
class Inertia(FirstOrder):
    """What the two methods with inertia have in common.

    Parameters
    ----------
    learn_rate : float
    momentum : float
        The share of the velocity that is kept, below 1. A long run downhill adds up to a rate
        of ``learn_rate / (1 - momentum)``, here ten times learn_rate.
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
        """Make the state before the first step: at rest."""
        return MomentumState(np.zeros(theta.size))


@dataclass(frozen=True, slots=True)
class Momentum(Inertia):
    """Gradient descent with inertia (the heavy ball).

    ``velocity = momentum * velocity - learn_rate * gradient``; ``theta + velocity``.

    The options are those of Inertia.

    Notes
    -----
    Source: Polyak (1964); in this form Sutskever et al. (2013), On the importance of
    initialization and momentum in deep learning, formulas 1 and 2.
    """

    @unwarned
    def step(
        self, objective: Differentiable, theta: Vector, state: MomentumState
    ) -> tuple[Vector, MomentumState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        velocity = accelerate(state.velocity, gradient, self.learn_rate, self.momentum)
        straight = theta + velocity
        moved = shrink(objective, straight, self.learn_rate)
        # What the penalty held back is no motion to go on with.
        return moved, MomentumState(velocity + (moved - straight)), value


@dataclass(frozen=True, slots=True)
class Nesterov(Inertia):
    """Momentum with the gradient taken ahead, where inertia is about to carry theta.

    ``velocity = momentum * velocity - learn_rate * gradient``;
    ``theta + momentum * velocity - learn_rate * gradient``. Here theta *is* the point ahead, so
    that loss and gradient belong to the same weights.

    The options are those of Inertia.

    Notes
    -----
    Source: Nesterov (1983); in this form Bengio, Boulanger-Lewandowski and Pascanu (2013),
    Advances in optimizing recurrent networks, formula 7.
    """

    @unwarned
    def step(
        self, objective: Differentiable, theta: Vector, state: MomentumState
    ) -> tuple[Vector, MomentumState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        rate, momentum = self.learn_rate, self.momentum
        straight = descend(theta, gradient, rate)
        # What an L1 penalty holds back is no motion to go on with.
        held = shrink(objective, straight, rate) - straight
        velocity = accelerate(state.velocity, gradient, rate, momentum) + held
        moved = theta + accelerate(velocity, gradient, rate, momentum) + held
        return moved, MomentumState(velocity), value
