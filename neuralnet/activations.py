"""What a hidden unit does to its weighted sum: h = value(z), with the slope and curvature of it.

Each activation is a frozen record of three functions, which know nothing of layers, weights or
losses. Bare names (``exp``, not ``np.exp``) let `compiled` make machine code of the same lines.
There is no GELU: it needs the error function, which NumPy has not; ``silu`` has nearly its shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy import (
    exp,
    expm1,
    heaviside,
    log1p,
    maximum,
    minimum,
    ones_like,
    positive,
    tanh,
    where,
    zeros_like,
)
from numpy.typing import NDArray

from .errors import check_number, find_record, settle, unwarned

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Elu",
    "Identity",
    "LeakyRelu",
    "Relu",
    "Sigmoid",
    "Silu",
    "Softplus",
    "Tanh",
]

Floats = NDArray[np.float64]


@runtime_checkable
class Activation(Protocol):
    """An elementwise function with its slope; ``z`` and ``h`` have any shape.

    ``slope(z, h)`` and ``curvature(z, h)`` are the first and second derivative at ``z``, where
    ``h = value(z)``: each may use the argument from which it is cheaper. ``curvature`` may be
    left out; then optimizers that need the Hessian refuse the activation by name. One whose slope
    jumps says so by ``kinked = True``; automatic training then does without the Hessian.
    """

    def value(self, z: Floats) -> Floats:
        """What goes out, h."""
        ...

    def slope(self, z: Floats, h: Floats) -> Floats:
        """The derivative of h by z."""
        ...


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """The logistic function ``1 / (1 + exp(-z))``."""

    name: str = "sigmoid"

    # Far below 0 the exponential is infinite, and the value 0 as it should be.
    @unwarned
    def value(self, z: Floats) -> Floats:
        h = exp(-z)
        h += 1.0
        return 1.0 / h

    def slope(self, z: Floats, h: Floats) -> Floats:
        slope = 1.0 - h
        slope *= h
        return slope

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return h * (1.0 - h) * (1.0 - 2.0 * h)


@dataclass(frozen=True, slots=True)
class Tanh:
    """The hyperbolic tangent."""

    name: str = "tanh"

    def value(self, z: Floats) -> Floats:
        return tanh(z)

    def slope(self, z: Floats, h: Floats) -> Floats:
        return 1.0 - h * h

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return -2.0 * h * (1.0 - h * h)


@dataclass(frozen=True, slots=True)
class Relu:
    """The rectified linear unit, ``max(z, 0)``.

    Notes
    -----
    At its kink, z = 0, the slope is taken as 0, and everywhere the curvature as 0, which is what
    it is beside the kink. So the Hessian is that of the piece on which the weights stand.

    Source: Glorot, Bordes and Bengio (2011), Deep sparse rectifier neural networks.
    """

    kinked: ClassVar[bool] = True
    name: str = "relu"

    def value(self, z: Floats) -> Floats:
        return maximum(z, 0.0)

    def slope(self, z: Floats, h: Floats) -> Floats:
        return heaviside(z, 0.0)

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return zeros_like(z)


@dataclass(frozen=True, slots=True)
class LeakyRelu:
    """A rectified linear unit that never quite closes: z where it is positive, else ``leak * z``.

    Parameters
    ----------
    leak : float
        The slope below 0; from 0, which makes it ``Relu``, to 1, which makes it ``Identity``.

    Notes
    -----
    At its kink, z = 0, the slope is taken as ``leak``; the curvature is 0 as for ``Relu``.

    Source: Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic
    models.
    """

    kinked: ClassVar[bool] = True
    leak: float = 0.01
    name: str = "leaky_relu"

    def __post_init__(self) -> None:
        leak = check_number("leak", self.leak)
        if leak > 1.0:
            raise ValueError(f"leak must be a number from 0 to 1, not {self.leak!r}")
        settle(self, leak=leak)

    def value(self, z: Floats) -> Floats:
        return maximum(z, self.leak * z)

    def slope(self, z: Floats, h: Floats) -> Floats:
        return where(z > 0.0, 1.0, self.leak)

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return zeros_like(z)


@dataclass(frozen=True, slots=True)
class Elu:
    """The exponential linear unit: z where it is positive, else ``alpha * (exp(z) - 1)``.

    Parameters
    ----------
    alpha : float
        The depth that it levels off at, and the slope just below 0.

    Notes
    -----
    At z = 0, slope and curvature are taken as ``alpha``, those of the lower side. The curvature
    jumps there to 0 whatever alpha is; the slope jumps to 1 unless alpha is 1.

    Source: Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by
    exponential linear units.
    """

    alpha: float = 1.0
    name: str = "elu"

    def __post_init__(self) -> None:
        settle(self, alpha=check_number("alpha", self.alpha))

    def value(self, z: Floats) -> Floats:
        return where(z > 0.0, z, self.alpha * expm1(minimum(z, 0.0)))

    def slope(self, z: Floats, h: Floats) -> Floats:
        # Not h + alpha, of which nothing is left far below 0.
        return where(z > 0.0, 1.0, self.alpha * exp(minimum(z, 0.0)))

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return where(z > 0.0, 0.0, self.alpha * exp(minimum(z, 0.0)))


@dataclass(frozen=True, slots=True)
class Softplus:
    """A rectified linear unit without the kink: ``log(1 + exp(z))``.

    Its slope is the logistic function.

    Notes
    -----
    Source: Dugas et al. (2001), Incorporating second-order functional knowledge for better option
    pricing.
    """

    name: str = "softplus"

    def value(self, z: Floats) -> Floats:
        return maximum(z, 0.0) + log1p(exp(-abs(z)))

    def slope(self, z: Floats, h: Floats) -> Floats:
        # exp(-h) is 1 minus the logistic function, and h is never negative: no overflow.
        return -expm1(-h)

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return -expm1(-h) * exp(-h)


@dataclass(frozen=True, slots=True)
class Silu:
    """The sigmoid-weighted linear unit, or swish: ``z / (1 + exp(-z))``.

    It follows z above 0 and returns to 0 far below, by way of -0.278 at z = -1.278.

    Notes
    -----
    Source: Elfwing, Uchibe and Doya (2018), Sigmoid-weighted linear units for neural network
    function approximation in reinforcement learning.
    """

    name: str = "silu"

    def value(self, z: Floats) -> Floats:
        return z * _gates(z)[0]

    def slope(self, z: Floats, h: Floats) -> Floats:
        gate, rest = _gates(z)
        return gate + h * rest

    def curvature(self, z: Floats, h: Floats) -> Floats:
        gate, rest = _gates(z)
        return gate * rest * (2.0 - z * tanh(0.5 * z))


@dataclass(frozen=True, slots=True)
class Identity:
    """Nothing at all, ``h = z``: a layer of fewer units than the next narrows what passes.

    Without other activations the network stays linear in X.
    """

    name: str = "identity"

    def value(self, z: Floats) -> Floats:
        # A copy, so that z and h are two arrays as for every other activation.
        return positive(z)

    def slope(self, z: Floats, h: Floats) -> Floats:
        return ones_like(z)

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return zeros_like(z)


def _gates(z: Floats) -> tuple[Floats, Floats]:
    """The logistic function and 1 minus it, each accurate down to the smallest numbers."""
    tail = exp(-abs(z))
    larger, smaller = 1.0 / (1.0 + tail), tail / (1.0 + tail)
    above = z > 0.0
    return where(above, larger, smaller), where(above, smaller, larger)


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "relu": Relu(),
    "leaky_relu": LeakyRelu(),
    "elu": Elu(),
    "softplus": Softplus(),
    "silu": Silu(),
    "identity": Identity(),
}
# The records that a network's file may hold.
RECORDS = tuple(map(type, ACTIVATIONS.values()))


def find_activations(activation: Any, layers: int) -> tuple[Activation, ...]:
    """One activation for each hidden layer, from one for all or from a list."""
    if not isinstance(activation, list | tuple):
        # Checked also where there is no hidden layer to use it.
        return (find_record("activation", activation, ACTIVATIONS, ("value", "slope")),) * layers
    given = list(activation)
    if len(given) != layers:
        raise ValueError(
            f"activation names {len(given)} layers, but hidden has {layers}: give one for all, or "
            "one for each hidden layer"
        )
    return tuple(find_record("activation", one, ACTIVATIONS, ("value", "slope")) for one in given)
