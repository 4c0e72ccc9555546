"""Incomplete gamma and beta functions, the tails of counts and of tests; of single numbers.

The relative error of the smaller of two tails is below 1e-9, also far out.

References
----------
M. Abramowitz, I. A. Stegun (1964). Handbook of Mathematical Functions, 6.1, 6.5 and 26.5.

A. R. Didonato, A. H. Morris (1992). Significant digit computation of the incomplete beta function
ratios. ACM Transactions on Mathematical Software 18, 360-373.

W. J. Lentz (1976). Generating Bessel functions in Mie scattering calculations using continued
fractions. Applied Optics 15, 668-671.

C. Loader (2000). Fast and accurate computation of binomial probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import exp, inf, isinf, lgamma, log, pi, sqrt

_PRECISION = 1e-15


def beta_ratio(a: float, b: float, odds: float) -> float:
    """Regularized incomplete beta function of x = 1 / (1 + odds); both x and 1 - x are accurate."""
    x, y = 1.0 / (1.0 + odds), (odds / (1.0 + odds) if odds < inf else 1.0)
    if x == 0.0 or y == 0.0:
        return 0.0 if x == 0.0 else 1.0
    surplus = a * y - b * x
    total = a + b
    power = sqrt(a / total * b / (2.0 * pi)) * exp(
        _correct_stirling(total)
        - _correct_stirling(a)
        - _correct_stirling(b)
        - _compute_deviance(a, -surplus / a, total * x / a)
        - _compute_deviance(b, surplus / b, total * y / b)
    )
    in_tail = surplus >= x - y
    if power == 0.0:
        return 0.0 if in_tail else 1.0
    if in_tail:
        return power / _evaluate_fraction(_make_beta_terms(a, b, x, surplus))
    return 1.0 - power / _evaluate_fraction(_make_beta_terms(b, a, y, -surplus))


def _make_beta_terms(a: float, b: float, x: float, surplus: float) -> Iterator[tuple[float, float]]:
    """Numerators and denominators of the continued fraction of Didonato and Morris (1992)."""
    yield 0.0, a / (a + 1.0) * (surplus + 1.0)
    for m in count(1):
        before, after = a + 2 * m - 1.0, a + 2 * m + 1.0
        step = m * (b - m) * x / before
        top = (a + m - 1.0) * (a + b + m - 1.0) / before * x * step
        yield top, m + step + (a + m) / after * (surplus + 1.0 + m * (2.0 - x))


def gamma_ratios(a: float, x: float) -> tuple[float, float]:
    """Regularized lower and upper incomplete gamma functions, whose sum is 1.

    By 6.5.29, and far in the upper tail by 6.5.31.
    """
    ratio = x / a
    if ratio == 0.0 or isinf(ratio):
        return (1.0, 0.0) if ratio else (0.0, 1.0)
    deviance = _compute_deviance(a, (x - a) / a, ratio)
    power = sqrt(a / (2.0 * pi)) * exp(-_correct_stirling(a) - deviance)
    if power == 0.0:
        return (1.0, 0.0) if x > a else (0.0, 1.0)
    if x >= a + 1.0:
        terms = ((m * (a - m), x - a + 2 * m + 1.0) for m in count())
        upper = power / _evaluate_fraction(terms)
        return 1.0 - upper, upper
    term = total = 1.0 / a
    for m in count(1):
        term *= x / (a + m)
        total += term
        if term <= _PRECISION * total:
            break
    lower = power * total
    return lower, 1.0 - lower


def _evaluate_fraction(terms: Iterator[tuple[float, float]]) -> float:
    """Continued fraction b0 + a1 / (b1 + a2 / (b2 + ...)) by the method of Lentz (1976)."""
    value = forward = next(terms)[1]
    backward = 0.0
    for top, bottom in terms:
        forward = bottom + top / forward
        backward = 1.0 / (bottom + top * backward)
        value *= forward * backward
        if abs(forward * backward - 1.0) <= _PRECISION:
            break
    return value


def _compute_deviance(a: float, d: float, ratio: float) -> float:
    """Return a * (d - log(1 + d)), with ratio = 1 + d; by its series near 0 (Loader, 2000)."""
    if abs(d) > 0.3:
        return a * (d - log(ratio))
    return a * sum((-d) ** j / j for j in range(2, 33))


def _correct_stirling(a: float) -> float:
    """Log of the gamma function minus Stirling's formula (6.1.41)."""
    if a < 10.0:
        return lgamma(a) - (a - 0.5) * log(a) + a - log(2.0 * pi) / 2.0
    return sum(c / a**k for c, k in zip(_STIRLING, range(1, 12, 2), strict=True))


_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
