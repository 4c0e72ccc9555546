"""Parametric bootstrap: responses drawn from a fit, and the likelihood ratio of two models.

For tests whose statistic has no known distribution: with hidden units the likelihood ratio is not
chi-squared, as weights are not identified where the smaller model holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...perceptron import read_family
from .refits import Refit, Specification

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


class BootstrapTest(NamedTuple):
    """A test whose p-value comes from resamples.

    Attributes
    ----------
    statistic : float
        Twice the difference of the penalized losses; for a gaussian response n times the logarithm
        of their ratio.
    p_value : float
        ``(1 + m) / (1 + n)``, for m of n resamples with at least this statistic.
    n_resamples : int
    """

    statistic: float
    p_value: float
    n_resamples: int


def bootstrap_ratio(
    small: Specification, large: Specification, n: int, starts: int, seed: int
) -> BootstrapTest:
    """Test a smaller model against a larger one by the parametric bootstrap.

    Responses are drawn from the smaller fit, and both models are fitted to each, from fresh random
    starts as to the response itself.

    Source: Davison and Hinkley (1997), Bootstrap methods and their application, section 4.2.
    """
    generator = np.random.default_rng(seed)
    fit = small.fit(starts, generator)
    observed = _compare(small, fit, large.fit(starts, generator))
    spread = sqrt(_estimate_dispersion(small, fit))
    repeated, wide = repeat_rows(small), repeat_rows(large)
    statistics = []
    for Y in draw_responses(repeated, fit.theta, spread, n, generator):
        a, b = repeated.with_response(Y), wide.with_response(Y)
        statistics.append(_compare(a, a.fit(starts, generator), b.fit(starts, generator)))
    return BootstrapTest(observed, find_p_value(observed, statistics), n)


def find_p_value(observed: float, statistics: list[float]) -> float:
    """P-value of a statistic among those of resamples, itself counted among them."""
    return float((1 + sum(each >= observed for each in statistics)) / (1 + len(statistics)))


def draw_responses(
    specification: Specification,
    theta: Vector,
    spread: float,
    n: int,
    generator: np.random.Generator,
) -> Iterator[NDArray[Any]]:
    """Draw n encoded responses from a fit; see `repeat_rows` for case weights."""
    perceptron, batch = specification.perceptron, specification.batch
    family: Any = perceptron.family
    mu = perceptron.mean(theta, batch.X, batch.offset)
    Y: Any = batch.Y
    response = Y
    if hasattr(family, "trials"):
        successes = Y[:, 0] * Y[:, 1]
        counts = np.rint(np.column_stack([successes, Y[:, 1] - successes]))
        response = Y[:, 0] if _has_shares(specification) else counts
    for _ in range(n):
        drawn = family.draw(mu, response, batch.w, spread, generator)
        is_share = response.ndim == 1 and drawn.ndim == 2
        yield family.encode(drawn[:, 0] if is_share else drawn)


def repeat_rows(specification: Specification) -> Specification:
    """Return the same model with a row for each unit of case weight.

    Proportions keep their weights, which are numbers of trials.

    Raises
    ------
    ValueError
        If weights are no whole numbers, or the family draws no responses.
    """
    family, batch = specification.perceptron.family, specification.batch
    if not hasattr(family, "draw"):
        raise ValueError(
            f"family {family.name!r} draws no responses, as a bootstrap needs: give it a method "
            "draw(mu, response, w, spread, generator), as neuralnet.families.Family describes it"
        )
    if batch.w is None:
        return specification
    counts = np.rint(batch.w).astype(np.intp)
    if (counts != batch.w).any():
        raise ValueError(
            "a bootstrap draws a response for each unit of case weight, so that weights must be "
            "whole numbers; these are not"
        )
    if _has_shares(specification):
        return specification
    rows = np.repeat(np.arange(len(counts)), counts)
    return replace(specification, batch=batch.pick(rows)._replace(w=None))


def _has_shares(specification: Specification) -> bool:
    """True for proportions of as many trials as the case weights."""
    batch, family = specification.batch, specification.perceptron.family
    has_trials = hasattr(family, "trials")
    return bool(has_trials and batch.w is not None and (batch.Y[:, 1] == 1.0).all())


def _compare(small: Specification, fit: Refit, larger: Refit) -> float:
    if not read_family(small.perceptron.family).has_dispersion:
        return 2.0 * (fit.value - larger.value)
    return small.batch.weight * log(fit.value / larger.value)


def _estimate_dispersion(specification: Specification, fit: Refit) -> float:
    """Residual variance of a gaussian response, over the rows less the number of weights."""
    if not read_family(specification.perceptron.family).has_dispersion:
        return 1.0
    n, P = specification.batch.weight, len(fit.theta)
    return fit.deviance / (n - P if n > P else n)
