"""Quantiles of a count whose mean is not known exactly."""

from __future__ import annotations

from math import inf, isfinite, nan, sqrt

from ..distributions import f_tail, normal_quantile

# Of the mean, below which the distribution is Poisson but for rounding.
_LEAST_ERROR = 1e-6


def count_quantile(p: float, mean: float, error: float) -> float:
    """Smallest count k with P(Y <= k) >= p, for a Poisson response whose mean has an error.

    The mean is taken as gamma-distributed, with this mean and the standard deviation ``error *
    mean``; the count is then negative binomial. With ``error=0`` it is Poisson.

    Notes
    -----
    ``P(Y <= k)`` is the upper tail of an F distribution with ``2 (k + 1)`` and ``2 / error**2``
    degrees of freedom at ``mean / (k + 1)``; for Poisson that of chi-squared (Abramowitz and
    Stegun, 26.4.21 and 26.6.2).

    Examples
    --------
    >>> count_quantile(0.975, 4.0, 0.0), count_quantile(0.975, 4.0, 0.5)
    (8.0, 11.0)
    """
    if not (isfinite(mean) and isfinite(error)):
        return mean if mean == inf else nan
    df = 2.0 / error**2 if error > _LEAST_ERROR else inf

    def covers(k: int) -> bool:
        return f_tail(mean / (k + 1.0), 2.0 * (k + 1.0), df) >= p

    spread = sqrt(mean + (error * mean) ** 2)
    high = max(0, round(mean + normal_quantile(p) * spread))
    step = 1 + round(spread / 8.0)
    low = high - 1
    while not covers(high):
        low, high, step = high, high + step, 2 * step
    while low >= 0 and covers(low):
        low, high, step = max(low - step, -1), low, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if covers(middle) else (middle, high)
    return float(high)
