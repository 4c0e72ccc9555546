"""The softplus activation."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import exp, expm1, log1p, maximum

from .activation import Floats


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
