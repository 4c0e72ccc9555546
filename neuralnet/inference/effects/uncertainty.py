"""Three ways to the uncertainty of an effect: the delta method, an ensemble, and resamples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .estimands import Effects, Fit

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


class Estimand(Protocol):
    """Numbers that the weights determine, with the gradients that the delta method needs."""

    def measure(self, theta: Vector) -> Effects: ...
    def propagate(self, fit: Fit) -> Floats: ...


class Uncertainty(Protocol):
    """A source of the uncertainty of the weights.

    Attributes
    ----------
    df : float
        Degrees of freedom of t statistics; infinite for normal ones.
    """

    @property
    def df(self) -> float: ...
    def estimate(self, estimand: Estimand) -> Effects: ...


class DeltaMethod(NamedTuple):
    """The delta method at one fit; of several fits the mixture with equal weights."""

    fits: Sequence[Fit]
    df: float

    def estimate(self, estimand: Estimand) -> Effects:
        """Estimate by each fit; of several the variance between them is added."""
        found = []
        for fit in self.fits:
            values, variances = estimand.measure(fit.theta)
            found.append(Effects(values, variances + estimand.propagate(fit)))
        return mix(found)


def mix(effects: Sequence[Effects]) -> Effects:
    """Mean and variance of the mixture of several fits with equal weights.

    The variance is that within fits plus that between them.
    """
    values = np.array([each.values for each in effects])
    within = np.mean([each.variances for each in effects], axis=0)
    return Effects(values.mean(axis=0), within + values.var(axis=0))


@dataclass(frozen=True, eq=False)
class Draws:
    """Weights of resamples around those of a fit.

    Attributes
    ----------
    fit : Fit
        With a covariance of 0: only its undetermined directions count.
    thetas : (n, P) array
    """

    fit: Fit
    thetas: Floats
    df: ClassVar[float] = inf

    def estimate(self, estimand: Estimand) -> Effects:
        """Estimate by the fit; the variance is that of the resamples."""
        values, variances = estimand.measure(self.fit.theta)
        total, squares, n = np.zeros_like(values), np.zeros_like(values), len(self.thetas)
        for theta in self.thetas:
            # From the fit, which is near their mean: so the difference of sums loses no digits.
            change = estimand.measure(theta).values - values
            total += change
            squares += change**2
        variances = variances + np.maximum(squares - total**2 / n, 0.0) / (n - 1)
        if self.fit.undetermined.size:
            # nan where the weights do not determine the effect, else 0.
            variances = variances + estimand.propagate(self.fit)
        return Effects(values, variances)
