"""The gaussian family: a numeric response by least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log, pi
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .family import Family, NumericResponse, scale_rows, sum_losses, weighted_mean

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gaussian(NumericResponse):
    """Gaussian family, least squares: ``mu = eta``.

    The loss is half the weighted sum of squares, ``(y - mu)**2 / 2`` in each row. R's nnet
    minimizes the whole sum of squares, so its ``decay`` has half the effect of the same number
    here.

    Examples
    --------
    >>> eta, Y = np.array([[1.0], [2.0]]), np.array([[1.5], [2.0]])
    >>> Gaussian().loss_and_delta(eta, Y, None)
    (0.125, array([[-0.5],
           [ 0. ]]))
    """

    name: str = "gaussian"
    has_dispersion: ClassVar[bool] = True

    def for_classes(self, classes: Sequence[Any]) -> Family:
        return self

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        return list(responses)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float).reshape(len(response), -1)

    def mean(self, eta: Floats) -> Floats:
        return eta

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the loss and the mean of each score."""
        residual = eta - y
        return 0.5 * residual * residual, eta

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        losses, mu = self.unit_loss_and_mean(eta, Y)
        return sum_losses(losses, w), scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return v

    def mean_product(self, mu: Floats, v: Floats) -> Floats:
        """Return the derivative of the means along v (..., n, K)."""
        return np.broadcast_to(v, np.broadcast_shapes(mu.shape, v.shape))

    def log_likelihood(self, loss: float, Y: Array, w: Floats) -> float:
        """Return the log-likelihood at the variance of the highest likelihood, ``2 loss / n``."""
        n = float(w.sum())
        return -0.5 * n * (log(2.0 * pi * 2.0 * loss / n) + 1.0) if loss > 0.0 else inf

    def observed_means(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return weighted_mean(Y, w)

    def link(self, mu: Floats) -> Floats:
        return mu

    def scalable_response(self, Y: Array) -> Floats | None:
        return Y

    def for_spreads(self, spreads: Sequence[float]) -> Gaussian | None:
        """Return the family whose loss counts each response in units of its standard deviation.

        None where a subclass has another loss.
        """
        if type(self) not in (Gaussian, ScaledGaussian):
            return None
        return ScaledGaussian(spreads=tuple(float(each) or 1.0 for each in spreads))

    def measure_spread(
        self, mu: Floats, Y: Array, w: Floats | None, n_parameters: int
    ) -> Floats | None:
        """Return the residual standard deviation of each output (K,), at weight 1.

        ``sqrt(sum(w * (Y - mu)**2) / (n - n_parameters))``, with n rows of a weight above 0, as
        R's ``sigma`` of a linear model.

        Raises
        ------
        ValueError
            If no degree of freedom is left.
        """
        n = len(Y) if w is None else int(np.count_nonzero(w))
        if n <= n_parameters:
            raise ValueError(
                f"the residual variance is not known: {n} rows leave no degree of freedom to "
                f"{n_parameters} parameters"
            )
        squares = (Y - mu) ** 2 if w is None else w[:, None] * (Y - mu) ** 2
        return np.asarray(np.sqrt(squares.sum(axis=0) / (n - n_parameters)))

    def quantile_residuals(
        self, mu: Floats, Y: Array, dispersion: float, generator: np.random.Generator
    ) -> Floats:
        """Return residuals over their standard deviation, which the distribution makes normal."""
        return np.asarray((Y - mu) / np.sqrt(dispersion))

    def draw(
        self,
        mu: Floats,
        response: Array,
        w: Floats | None,
        spread: Any,
        generator: np.random.Generator,
    ) -> Floats:
        """Draw numbers (n, K) of variance ``spread**2 / w``; nan at weight 0."""
        errors = spread * generator.standard_normal(mu.shape)
        if w is None:
            return np.asarray(mu + errors)
        return np.asarray(mu + errors / np.sqrt(np.where(w > 0, w, np.nan))[:, None])


@dataclass(frozen=True, slots=True)
class ScaledGaussian(Gaussian):
    """Gaussian family of several responses, each in units of its own standard deviation s.

    The loss is ``((y - mu) / s)**2 / 2`` summed over the responses: that of least squares on
    responses divided by s. Means and scores stay in the units of the responses.

    Parameters
    ----------
    spreads : tuple of float
        The standard deviation of each response; 1 for one that does not vary.

    Examples
    --------
    >>> eta, Y = np.array([[1.0, 1000.0]]), np.array([[3.0, 3000.0]])
    >>> ScaledGaussian(spreads=(1.0, 1000.0)).loss_and_delta(eta, Y, None)
    (4.0, array([[-2.   , -0.002]]))
    """

    spreads: tuple[float, ...] = ()

    @property
    def for_scaled_response(self) -> Family:
        """The family of the responses divided by their spreads."""
        return Gaussian()

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        s = np.array(self.spreads, eta.dtype)
        # Twice divided by s, whose square may be beyond what single precision holds.
        residual = (eta - Y) / s
        return sum_losses(0.5 * residual * residual, w), scale_rows(residual / s, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        s = np.array(self.spreads)
        return np.asarray(v / s / s)
