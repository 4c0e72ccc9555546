"""Activation functions of hidden units, ``h = value(z)``, with first and second derivatives.

Each activation is a frozen record of three elementwise functions. It knows no layers, weights or
losses. Bare names (``exp``, not ``np.exp``) allow the compiled engine to use the same source lines.
There is no GELU, which needs the error function that NumPy lacks; ``silu`` has nearly its shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

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

from ..errors import check_number, find_record, pluralize, set_checked

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


def __dir__() -> list[str]:
    return __all__


Floats = NDArray[np.float64]


@runtime_checkable
class Activation(Protocol):
    """An activation function with its derivatives; ``z`` and ``h`` have any shape.

    ``slope(z, h)`` and ``curvature(z, h)`` are the first and second derivative at ``z``, where
    ``h = value(z)``: each may use the argument from which it is cheaper. ``curvature`` is optional;
    without it, optimizers that need the Hessian refuse the activation. An optional attribute
    ``kinked = True`` declares a slope with jumps; then automatic training does not use the Hessian.
    ``is_odd = True`` declares that ``value(-z) = -value(z)``: a unit whose weights all change their
    signs is then the same. ``is_linear = True`` declares a constant slope.
    """

    def value(self, z: Floats) -> Floats:
        """Return h, the output of the unit."""
        ...

    def slope(self, z: Floats, h: Floats) -> Floats:
        """Return the derivative of h with respect to z."""
        ...


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """The logistic function ``1 / (1 + exp(-z))``."""

    name: str = "sigmoid"

    # Far below 0 the exponential overflows to infinity, and the value is correctly 0. The caller
    # turns NumPy's warning off, once for all passes: here it would cost a tenth of a small pass.
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
    """The hyperbolic tangent, ``tanh(z)``."""

    name: str = "tanh"
    is_odd: ClassVar[bool] = True

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
    At the kink, z = 0, the slope is defined as 0. The curvature is 0 everywhere, as it is on both
    sides of the kink, so the Hessian is that of the linear piece at the current weights.

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
    """The leaky rectified linear unit: z where it is positive, else ``leak * z``.

    Parameters
    ----------
    leak : float
        The slope below 0, from 0 (which gives `Relu`) to 1 (which gives `Identity`).

    Notes
    -----
    At the kink, z = 0, the slope is defined as ``leak``; the curvature is 0, as for `Relu`.

    Source: Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic
    models.
    """

    kinked: ClassVar[bool] = True
    leak: float = 0.01
    name: str = "leaky_relu"

    def __post_init__(self) -> None:
        set_checked(self, leak=check_number("leak", self.leak, most=1.0))

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
        Minus the limit far below 0, and the slope just below 0.

    Notes
    -----
    At z = 0, slope and curvature are defined as ``alpha``, their limits from below. There the
    curvature jumps to 0 for any alpha; the slope jumps to 1 unless alpha is 1.

    Source: Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by
    exponential linear units.
    """

    alpha: float = 1.0
    name: str = "elu"

    def __post_init__(self) -> None:
        set_checked(self, alpha=check_number("alpha", self.alpha))

    def value(self, z: Floats) -> Floats:
        return where(z > 0.0, z, self.alpha * expm1(minimum(z, 0.0)))

    def slope(self, z: Floats, h: Floats) -> Floats:
        # Not h + alpha, which loses all digits far below 0.
        return where(z > 0.0, 1.0, self.alpha * exp(minimum(z, 0.0)))

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return where(z > 0.0, 0.0, self.alpha * exp(minimum(z, 0.0)))


@dataclass(frozen=True, slots=True)
class Softplus:
    """The softplus function ``log(1 + exp(z))``, a smooth rectified linear unit.

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

    It approaches z far above 0 and 0 far below; its minimum is -0.278 at z = -1.278.

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
    """The identity, ``h = z``.

    A layer of fewer units than its neighbors is then a low-rank factorization. With only this
    activation the network is linear in X.
    """

    name: str = "identity"
    is_odd: ClassVar[bool] = True
    is_linear: ClassVar[bool] = True

    def value(self, z: Floats) -> Floats:
        # A copy, so that z and h are two arrays as for every other activation.
        return positive(z)

    def slope(self, z: Floats, h: Floats) -> Floats:
        return ones_like(z)

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return zeros_like(z)


def _gates(z: Floats) -> tuple[Floats, Floats]:
    """Return the logistic function and its complement, both with full relative accuracy."""
    tail = exp(-abs(z))
    larger, smaller = 1.0 / (1.0 + tail), tail / (1.0 + tail)
    above = z > 0.0
    return where(above, larger, smaller), where(above, smaller, larger)


ActivationName = Literal[
    "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "identity"
]

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
"""The activations by the names that the argument ``activation`` takes."""

# The records that a network's file may hold.
RECORDS = tuple(map(type, ACTIVATIONS.values()))


def find_activations(activation: Any, layers: int) -> tuple[Activation, ...]:
    """Return the activation of each hidden layer, from one for all layers or from a list.

    Raises
    ------
    TypeError, ValueError
        For an unknown activation, or a list of another length.
    """
    if not isinstance(activation, list | tuple):
        # It is checked even if there is no hidden layer.
        return (_find_activation(activation),) * layers
    given = len(activation)
    if given != layers:
        raise ValueError(
            f"activation names {pluralize(given, 'layer')}, but hidden has {layers}: give one for "
            "all, or one for each hidden layer"
        )
    return tuple(map(_find_activation, activation))


def _find_activation(activation: Any) -> Activation:
    required = ("value", "slope")
    found: Activation = find_record("activation", activation, ACTIVATIONS, required, Activation)
    return found
