"""Normal scores: quantiles of the normal distribution at the probability of each response.

Between the two limits of the distribution function of a discrete response the probability is drawn
uniformly, so that scores are normal where the distribution is right: the quantile residuals of Dunn
and Smyth (1996), Journal of Computational and Graphical Statistics 5, 236-244.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, isnan, nan, nextafter
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from .incomplete_functions import beta_ratio, gamma_ratios

Floats = NDArray[np.float64]

# Share of a count that is rounding error, R's.
_ROUNDING = 1e-7
# The smallest probability above 0, 38.5 standard deviations from the mean.
_SMALLEST = nextafter(0.0, 1.0)


def draw_normal_scores(lower: Floats, upper: Floats, generator: np.random.Generator) -> Floats:
    """Draw normal scores of responses, at random between the limits of each.

    Parameters
    ----------
    lower, upper : (2, ...) arrays
        The probabilities of a response below each one and of one up to it; and one minus these, as
        a small one may be too near to 1 for a float.
    generator : numpy.random.Generator
    """
    uniform = generator.random(lower.shape[1:])
    below = lower[0] + uniform * (lower[1] - lower[0])
    above = upper[1] + (1.0 - uniform) * (upper[0] - upper[1])
    tails, inverse = np.minimum(below, above), NormalDist().inv_cdf
    flat = [nan if isnan(p) else inverse(max(p, _SMALLEST)) for p in tails.ravel().tolist()]
    scores = np.array(flat).reshape(tails.shape)
    return np.where(below <= above, scores, -scores)


def find_class_tails(probabilities: Floats, codes: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Probabilities, as `draw_normal_scores` takes them, of class codes (n,) in their order."""
    rows = np.arange(len(codes))
    before = np.insert(probabilities.cumsum(axis=1), 0, 0.0, axis=1)
    after = np.insert(probabilities[:, ::-1].cumsum(axis=1), 0, 0.0, axis=1)[:, ::-1]
    places = np.stack([codes, codes + 1])
    return before[rows, places][:, :, None], after[rows, places][:, :, None]


def find_poisson_tails(counts: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """Probabilities, as `draw_normal_scores` takes them, of Poisson counts."""
    return _find_tails(counts, lambda y, mean: gamma_ratios(y + 1.0, mean)[::-1], mu)


def find_binomial_tails(counts: Floats, trials: Floats, mu: Floats) -> tuple[Floats, Floats]:
    """Probabilities, as `draw_normal_scores` takes them, of successes in trials."""
    return _find_tails(counts, _sum_binomial, trials, mu)


def _sum_binomial(y: float, trials: float, p: float) -> tuple[float, float]:
    """Return P(Y <= y) and P(Y > y) of the binomial distribution."""
    if y >= trials:
        return 1.0, 0.0
    odds = p / (1.0 - p) if p < 1.0 else inf
    inverse = (1.0 - p) / p if p > 0.0 else inf
    return beta_ratio(trials - y, y + 1.0, odds), beta_ratio(y + 1.0, trials - y, inverse)


def _find_tails(
    counts: Floats, sum_tails: Callable[..., tuple[float, float]], *parameters: Floats
) -> tuple[Floats, Floats]:
    """Sum the tails of each count, and of the one before it; missing where the mean is."""

    def sum_known(y: float, *each: float) -> tuple[float, float]:
        if any(map(isnan, each)):
            return nan, nan
        return sum_tails(y, *each) if y >= 0.0 else (0.0, 1.0)

    rows = zip(*(part.ravel().tolist() for part in (counts, *parameters)), strict=True)
    pairs = [sum_known(count + step, *each) for count, *each in rows for step in (-1.0, 0.0)]
    lower, upper = np.array(pairs, dtype=float).reshape(-1, 2, 2).T
    return lower.reshape(2, *counts.shape), upper.reshape(2, *counts.shape)


def check_counts(*counts: Floats) -> None:
    """Raise ValueError if counts are no whole numbers, but for rounding."""
    for each in counts:
        bad = np.abs(each - np.rint(each)) > _ROUNDING * np.maximum(1.0, np.abs(each))
        if bad.any():
            raise ValueError(
                "quantile residuals need whole counts, as fractions have no distribution, and "
                f"there is {each[bad][0]:g}: take kind='deviance' or 'pearson'"
            )
