"""Poisson: counts by a log-linear mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import exp, expm1, log, maximum, where
from numpy.typing import NDArray

from ..errors import unwarned
from .family import Contrast, list_sides, refuse_rows
from .gaussian import Gaussian

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Poisson(Gaussian):
    """Counts: ``mu = exp(eta)``, and the loss is ``y log(y / mu) - (y - mu)`` in each row."""

    name: str = "poisson"

    def encode(self, response: Array, index: Any = None) -> Array:
        Y = Gaussian.encode(self, response)
        wanted = "family 'poisson' needs counts of 0 or more"
        least: Floats = Y.min(axis=1)
        refuse_rows(least < 0, index, wanted, least)
        return Y

    # A mean may be infinite: whoever asked sees it, and NumPy need not warn.
    @unwarned
    def mean(self, eta: Floats) -> Floats:
        mu: Floats = exp(eta)
        return mu

    @unwarned
    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses, one for each score, and means."""
        # With d = log(mu / y) this is y (exp(d) - 1 - d), which never falls below 0 by rounding.
        base, mu = where(y > 0.0, y, 1.0), exp(eta)
        d = eta - log(base)
        return where(y > 0.0, base * (expm1(d) - d), mu), mu

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return mu * v

    def link(self, mu: Floats) -> Floats:
        return log(maximum(mu, np.finfo(float).tiny))

    def scalable_response(self, Y: Array) -> None:
        return None

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        return list_sides(mu, Y, where(Y == 0.0, -1.0, 0.0))
