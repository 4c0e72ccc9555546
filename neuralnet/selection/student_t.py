"""Student's t distribution with a whole number of degrees of freedom."""

from __future__ import annotations

from math import atan2, cos, pi, sin, sqrt


def compute_coverage(t: float, df: int) -> float:
    """Probability that Student's t is between -t and t.

    The finite sums of Abramowitz and Stegun (1964), 26.7.3 for odd and 26.7.4 for even degrees of
    freedom.

    Examples
    --------
    >>> round(compute_coverage(1.0, 1), 6), round(compute_coverage(2.0**0.5, 2), 6)
    (0.5, 0.707107)
    """
    odd, angle = df % 2, atan2(abs(t), sqrt(df))
    term, total = cos(angle) if odd else 1.0, 0.0
    for step in range(1 + odd, df, 2):
        total += term
        term *= cos(angle) ** 2 * step / (step + 1)
    inside = sin(angle) * total
    return (angle + inside) * 2.0 / pi if odd else inside


def find_quantile(level: float, df: int) -> float:
    """Quantile of the absolute value of Student's t, by bisection.

    Examples
    --------
    >>> round(find_quantile(0.95, 9), 3)
    2.262
    """
    low, high = 0.0, 1e3
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if compute_coverage(middle, df) < level else (low, middle)
    return (low + high) / 2.0
