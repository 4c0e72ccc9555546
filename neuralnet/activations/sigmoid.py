"""The logistic activation."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import exp

from .activation import Floats


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
