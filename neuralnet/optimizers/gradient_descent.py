"""First-order optimizers as frozen records, and the table of all that can be asked for by name.

The loss is a sum over rows, so rates that do well are smaller than for a mean. Nothing here
knows a network: theta is one flat array, sorted below in order of what the method remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy import sqrt
from numpy.typing import NDArray

from ..errors.arguments import check_number
from .lbfgs import LBFGS
from .newton import Newton
from .protocol import Differentiable, Optimizer, Stop, settle, shrink, slide, stop_at_zero, unwarned

__all__ = [
    "OPTIMIZERS",
    "Adam",
    "AdamState",
    "GradientDescent",
    "GradientDescentState",
    "Momentum",
    "MomentumState",
    "Nesterov",
    "Rprop",
    "RpropState",
]

Vector = NDArray[np.float64]


# Each of these is for all parameters at once here, and for one after the other in `compiled`.


def _fall(theta: Vector, gradient: Vector, rate: float) -> Vector:
    """Straight down."""
    return theta - rate * gradient


def _speed_up(velocity: Vector, gradient: Vector, rate: float, momentum: float) -> Vector:
    """The velocity after another push downhill."""
    return momentum * velocity - rate * gradient


def _average(before: Vector, new: Vector, kept: float) -> Vector:
    """A moving average."""
    return kept * before + (1.0 - kept) * new


def _check_share(name: str, value: float) -> float:
    share = check_number(name, value)
    if share >= 1.0:
        raise ValueError(f"{name} must be a number of at least 0 and below 1, not {value!r}")
    return share


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
        settle(self, learn_rate=check_number("learn_rate", self.learn_rate, above=True))

    def init(self, theta: Vector) -> GradientDescentState:
        """Make the state before the first step."""
        return GradientDescentState()

    @unwarned
    def step(
        self, objective: Differentiable, theta: Vector, state: GradientDescentState
    ) -> tuple[Vector, GradientDescentState, float]:
        """Take one step; the value is that at the old theta."""
        value, gradient = objective(theta)
        moved = _fall(theta, gradient, self.learn_rate)
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
        settle(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            momentum=_check_share("momentum", self.momentum),
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
        velocity = _speed_up(state.velocity, gradient, self.learn_rate, self.momentum)
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
        straight = _fall(theta, gradient, rate)
        # What an L1 penalty holds back is no motion to go on with.
        held = shrink(objective, straight, rate) - straight
        velocity = _speed_up(state.velocity, gradient, rate, momentum) + held
        moved = theta + _speed_up(velocity, gradient, rate, momentum) + held
        return moved, MomentumState(velocity), value


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
        settle(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            beta1=_check_share("beta1", self.beta1),
            beta2=_check_share("beta2", self.beta2),
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
        mean = _average(state.mean, gradient, self.beta1)
        square = _average(state.square, gradient * gradient, self.beta2)
        size = sqrt(square / (1.0 - self.beta2**steps)) + self.epsilon
        move = mean / (1.0 - self.beta1**steps) / size
        if self.decay:
            move = move + self.decay * theta
        moved = shrink(objective, theta - self.learn_rate * move, self.learn_rate / size)
        return moved, AdamState(mean, square, steps), value


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
        settle(
            self,
            least=check_number("least", self.least, above=True),
            first=check_number("first", self.first, least=self.least),
            most=check_number("most", self.most, least=self.first),
            shrink=_check_share("shrink", check_number("shrink", self.shrink, above=True)),
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


OPTIMIZERS: dict[str, Optimizer] = {
    "gradient_descent": GradientDescent(),
    "momentum": Momentum(),
    "nesterov": Nesterov(),
    "adam": Adam(),
    "rprop": Rprop(),
    "lbfgs": LBFGS(),
    "newton": Newton(),
}
