"""Tail probabilities and quantiles of the normal, t, F and chi-squared distributions.

Each takes and returns single numbers: a table calls it for each value. Degrees of freedom may be
fractions. From 0.01 to 1e12 of them, the relative error is below 1e-9, also far in the tails. A nan
gives nan.

References
----------
M. Abramowitz, I. A. Stegun (1964). Handbook of Mathematical Functions, 26.2 to 26.7.
"""

from __future__ import annotations

from math import erfc, exp, inf, isinf, isnan, log, nan, sqrt
from statistics import NormalDist
from typing import Any

from ..errors import check_number, quote
from ..families import beta_ratio, gamma_ratios

# Of t / sqrt(df), above which the tail of Student's t is a power of t.
_FAR = 1e10


def normal_tail(z: float) -> float:
    """P(Z > z) of the standard normal distribution (Abramowitz and Stegun, 26.2.29)."""
    return erfc(z / sqrt(2.0)) / 2.0


def normal_quantile(p: float) -> float:
    """Number z with P(Z <= z) = p; ValueError unless 0 < p < 1."""
    if isnan(p):
        return nan
    return NormalDist().inv_cdf(check_number("p", p, most=1.0, above=True, below=True))


def t_tail(t: float, df: float) -> float:
    """P(T > t) of Student's t (26.7.1); the normal distribution for infinite ``df``.

    Examples
    --------
    >>> round(t_tail(1.0, 1), 6), f"{t_tail(1e100, 2):.6g}"
    (0.25, '5e-201')
    """
    if isnan(t) or isnan(df):
        return nan
    _check_df("df", df)
    if isinf(df):
        return normal_tail(t)
    if t < 0.0:
        return 1.0 - t_tail(-t, df)
    ratio = t / sqrt(df)
    if ratio > _FAR:
        fall = exp(df * log(_FAR * sqrt(df) / t)) if t < inf else 0.0
        return beta_ratio(df / 2.0, 0.5, _FAR**2) / 2.0 * fall
    return beta_ratio(df / 2.0, 0.5, ratio * ratio) / 2.0


def t_quantile(p: float, df: float) -> float:
    """Number t with P(T <= t) = p, by bisection; infinite beyond the largest float.

    The relative error is 1e-12, near the median the absolute error 1e-15. ValueError unless
    0 < p < 1 and ``df`` > 0.

    Examples
    --------
    >>> round(t_quantile(0.975, 9), 3)
    2.262
    """
    if isnan(p) or isnan(df):
        return nan
    _check_df("df", df)
    z = normal_quantile(p)
    if z == 0.0 or isinf(df):
        return z
    # Tails of Student's t are heavier than normal ones. A geometric mean halves the exponent.
    wanted, low, high = min(p, 1.0 - p), abs(z), 1.7e308
    if t_tail(high, df) > wanted:
        return inf if z > 0.0 else -inf
    for _ in range(64):
        middle = sqrt(low) * sqrt(high)
        low, high = (middle, high) if t_tail(middle, df) > wanted else (low, middle)
    return high if z > 0.0 else -high


def f_tail(f: float, df1: float, df2: float) -> float:
    """P(F > f) of the F distribution (26.6.2); of chi-squared / ``df1`` for infinite ``df2``."""
    if isnan(f) or isnan(df1) or isnan(df2):
        return nan
    _check_df("df1", df1, finite=True)
    _check_df("df2", df2)
    if isinf(df2):
        return chi2_tail(f * df1, df1)
    return beta_ratio(df2 / 2.0, df1 / 2.0, max(f, 0.0) * (df1 / df2))


def chi2_tail(x: float, df: float) -> float:
    """P(X > x) of the chi-squared distribution (26.4.2)."""
    if isnan(x) or isnan(df):
        return nan
    _check_df("df", df, finite=True)
    return gamma_ratios(df / 2.0, max(x, 0.0) / 2.0)[1]


def _check_df(name: str, df: float, finite: bool = False) -> None:
    if df <= 0.0 or (finite and isinf(df)):
        wanted = "a finite number above 0" if finite else "a number above 0, which may be infinite"
        raise ValueError(f"{name}, the degrees of freedom, must be {wanted}, not {quote(df)}")


def check_level(level: Any, name: str = "level") -> float:
    """Return a confidence level; ValueError if it is not between 0 and 1."""
    return check_number(name, level, most=1.0, above=True, below=True)
