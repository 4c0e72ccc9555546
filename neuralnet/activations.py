"""What a hidden unit does to its weighted sum: h = value(z), with the slope and curvature of it.

Each activation is a frozen record of three functions. They know nothing of layers, weights or
losses. One without ``curvature`` trains with every first-order optimizer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["ACTIVATIONS", "Activation", "Sigmoid", "Tanh"]

Floats = NDArray[np.float64]


@runtime_checkable
class Activation(Protocol):
    """An elementwise function with its slope; ``z`` and ``h`` have any shape.

    ``slope(z, h)`` and ``curvature(z, h)`` are the first and second derivative at ``z``, where
    ``h = value(z)``: each may use the argument from which it is cheaper. ``curvature`` may be
    left out; then optimizers that need the Hessian refuse the activation by name.
    """

    def value(self, z: Floats) -> Floats:
        """What goes out, h."""
        ...

    def slope(self, z: Floats, h: Floats) -> Floats:
        """The derivative of h by z."""
        ...


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """The logistic function ``1 / (1 + exp(-z))``, written with tanh: that cannot overflow."""

    name: str = "sigmoid"

    def value(self, z: Floats) -> Floats:
        h = np.tanh(0.5 * z)
        h += 1.0
        h *= 0.5
        return h

    def slope(self, z: Floats, h: Floats) -> Floats:
        return h * (1.0 - h)

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return h * (1.0 - h) * (1.0 - 2.0 * h)


@dataclass(frozen=True, slots=True)
class Tanh:
    """The hyperbolic tangent."""

    name: str = "tanh"

    def value(self, z: Floats) -> Floats:
        return np.tanh(z)

    def slope(self, z: Floats, h: Floats) -> Floats:
        return 1.0 - h * h

    def curvature(self, z: Floats, h: Floats) -> Floats:
        return -2.0 * h * (1.0 - h * h)


ACTIVATIONS: dict[str, Activation] = {a.name: a for a in (Sigmoid(), Tanh())}
