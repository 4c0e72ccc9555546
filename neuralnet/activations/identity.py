"""The identity as an activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy import ones_like, positive, zeros_like

from .activation import Floats


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
