"""The protocol of activations: a function of each hidden unit, with its derivatives."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

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
