"""Gaussian: numbers by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import unwarned
from .family import Family, mean_rows, scale_rows, spread, sum_losses

Array = NDArray[Any]
Floats = NDArray[np.float64]


class Numbers:
    """What families of numeric responses have in common: no classes, and one offset for all."""

    __slots__ = ()

    def wants_classes(self, numbers: Floats | None) -> bool:
        return False

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        return spread(offset, K)

    def classify(self, eta: Floats) -> None:
        return None

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Gaussian(Numbers):
    """Least squares: ``mu = eta``, and the loss is half the weighted sum of squares.

    R's nnet takes the whole sum of squares, so that its ``decay`` weighs half as much as here.
    """

    name: str = "gaussian"

    def for_classes(self, classes: Sequence[Any]) -> Family:
        return self

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        return list(responses)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float).reshape(len(response), -1)

    def mean(self, eta: Floats) -> Floats:
        return eta

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses, one for each score, and means."""
        away = eta - y
        return 0.5 * away * away, eta

    @unwarned
    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        losses, mu = self.unit_loss_and_mean(eta, Y)
        return sum_losses(losses, w), scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return v

    def observed_means(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return mean_rows(Y, w)

    def link(self, mu: Floats) -> Floats:
        return mu

    def scalable_response(self, Y: Array) -> Floats | None:
        return Y
