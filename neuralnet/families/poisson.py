"""The Poisson family: counts with a log-linear mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy import exp, expm1, log, maximum, where
from numpy.typing import NDArray

from .family import Contrast, check_rows, list_contrasts, log_factorial
from .gaussian import Gaussian
from .normal_scores import check_counts, draw_normal_scores, find_poisson_tails

Array = NDArray[Any]
Floats = NDArray[np.float64]

# Ten standard deviations above it a count still has 64 bits.
_LARGEST_MEAN = 9e18


@dataclass(frozen=True, slots=True)
class Poisson(Gaussian):
    """Poisson family with the log link: ``mu = exp(eta)``.

    The loss is half the deviance, ``y log(y / mu) - (y - mu)`` in each row (McCullagh and Nelder,
    1989, Generalized linear models, section 2.3).

    Examples
    --------
    >>> eta, Y = np.log([[2.0], [3.0]]), np.array([[2.0], [0.0]])
    >>> loss, delta = Poisson().loss_and_delta(eta, Y, None)
    >>> round(loss, 12), delta.round(12).ravel().tolist()
    (3.0, [0.0, 3.0])
    """

    name: str = "poisson"
    has_dispersion: ClassVar[bool] = False

    def encode(self, response: Array, index: Any = None) -> Array:
        Y = Gaussian.encode(self, response)
        wanted = "family 'poisson' needs counts of 0 or more"
        least: Floats = Y.min(axis=1)
        check_rows(least < 0, index, wanted, least)
        return Y

    def find_fractions(self, response: Array, w: Floats | None) -> tuple[NDArray[np.bool_], str]:
        """Return the mask of numbers that are not whole, by the tolerance of R's dpois."""
        fractions = abs(response - np.rint(response)) > 1e-7 * maximum(1.0, abs(response))
        return fractions, (
            "is no whole number {where}. Family 'poisson' is for counts: of fractions it gives "
            "means, by quasi-likelihood, but no likelihood. For rates, make the count the "
            "response, with offset(log(exposure))"
        )

    # A mean may overflow to infinity, which the caller sees in the result.
    def mean(self, eta: Floats) -> Floats:
        mu: Floats = exp(eta)
        return mu

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the loss and the mean of each score."""
        # With d = log(mu / y) the loss is y (exp(d) - 1 - d), which rounding cannot make negative.
        base, mu = where(y > 0.0, y, 1.0), exp(eta)
        d = eta - log(base)
        return where(y > 0.0, base * (expm1(d) - d), mu), mu

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return mu * v

    def mean_product(self, mu: Floats, v: Floats) -> Floats:
        """Return the derivative of the means along v (..., n, K)."""
        return mu * v

    def log_likelihood(self, loss: float, Y: Array, w: Floats) -> float:
        """Return the log-likelihood, with the constants of the counts."""
        base = where(Y > 0.0, Y, 1.0)
        saturated = where(Y > 0.0, Y * log(base), 0.0) - Y - log_factorial(Y)
        return float(w @ saturated.sum(axis=1)) - loss

    def link(self, mu: Floats) -> Floats:
        return log(maximum(mu, np.finfo(float).tiny))

    def scalable_response(self, Y: Array) -> None:
        return None

    def measure_spread(self, mu: Floats, Y: Array, w: Floats | None, n_parameters: int) -> None:
        """Return None: the variance is the mean."""
        return None

    def quantile_residuals(
        self, mu: Floats, Y: Array, dispersion: float, generator: np.random.Generator
    ) -> Floats:
        """Return quantile residuals (n, K), at random between the limits of each count.

        Raises
        ------
        ValueError
            If a response is no whole number.
        """
        check_counts(Y)
        return draw_normal_scores(*find_poisson_tails(np.rint(Y), mu), generator)

    def draw(
        self,
        mu: Floats,
        response: Array,
        w: Floats | None,
        spread: None,
        generator: np.random.Generator,
    ) -> Array:
        """Draw counts (n, K).

        Raises
        ------
        ValueError
            If a mean is too large for a count of 64 bits.
        """
        if (mu > _LARGEST_MEAN).any():
            raise ValueError(f"counts of a mean of {mu.max():g} are too large to be drawn")
        return generator.poisson(mu)

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        return list_contrasts(mu, Y, where(Y == 0.0, -1.0, 0.0))
