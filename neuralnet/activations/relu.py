"""The rectified linear unit, and the leaky one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy import heaviside, maximum, where, zeros_like

from ..errors import check_number, set_checked
from .activation import Floats


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
