"""The exponential linear unit."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import exp, expm1, minimum, where

from ..errors import check_number, set_checked
from .activation import Floats


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
