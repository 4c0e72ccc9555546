"""The sigmoid-weighted linear unit, or swish."""

from __future__ import annotations

from dataclasses import dataclass

from numpy import exp, tanh, where

from .activation import Floats


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


def _gates(z: Floats) -> tuple[Floats, Floats]:
    """Return the logistic function and its complement, both with full relative accuracy."""
    tail = exp(-abs(z))
    larger, smaller = 1.0 / (1.0 + tail), tail / (1.0 + tail)
    above = z > 0.0
    return where(above, larger, smaller), where(above, smaller, larger)
