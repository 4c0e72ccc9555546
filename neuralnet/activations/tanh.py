"""The hyperbolic tangent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy import tanh

from .activation import Floats


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
