"""Quadratic functions that are sums of parabolas, one a direction, and their minimum in a radius.

Knows curvatures and slopes; nothing of what they are of.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

EPSILON = float(np.finfo(float).eps)


def promise_along(slope: float, curvature: float, radius: float) -> float:
    """The decrease along one axis, to its minimum, or to the radius where there is none."""
    if curvature > 0.0:
        return 0.5 * float(slope) ** 2 / float(curvature)
    return abs(float(slope)) * radius - 0.5 * float(curvature) * radius**2


def minimize_separable(
    values: Vector, slopes: Vector, radius: float, rounding: float = EPSILON
) -> Vector:
    """Minimize ``slopes @ s + values @ s**2 / 2`` over all s no longer than the radius.

    Parameters
    ----------
    values : (P,) array
        Curvatures in ascending order, of any sign.
    slopes : (P,) array
    radius : float
    rounding : float
        A curvature below about this share of the largest counts as that share; 0 where all are
        right to the last digit.

    Returns
    -------
    (P,) array
        ``-slopes / (values + shift)`` with the least shift >= 0 that makes it convex and short
        enough, within 1 % of the radius. Where the lowest curvature is negative and its slope
        nil, no shift makes it as long as the radius: that direction fills it up.

    Notes
    -----
    Source: Moré and Sorensen (1983), Computing a trust region step, SIAM J. Sci. Stat. Comput. 4.

    Examples
    --------
    >>> minimize_separable(np.array([1.0, 2.0]), np.array([1.0, -1.0]), radius=2.0)
    array([-1. ,  0.5])
    >>> minimize_separable(np.array([-1.0, 1.0]), np.array([0.0, 1.2]), radius=1.0)
    array([-0.8, -0.6])
    """
    flat = rounding * values.size * max(abs(float(values[0])), abs(float(values[-1])))
    values = np.where(np.abs(values) <= flat, flat, values)
    # No component may be longer than the radius; from here the search goes one way only.
    shift = max(0.0, float((np.abs(slopes) / radius - values).max()))
    for _ in range(30):
        curved = values + shift
        if not curved[0] > 0.0:
            curved[~(curved > 0.0)] = np.inf  # what has no slope either takes no part
        step = slopes / curved
        square = float(step @ step)
        length = sqrt(square)
        if length <= 1.01 * radius:
            break
        # Newton's method for 1 / length = 1 / radius, which is almost linear in the shift.
        shift += (length / radius - 1.0) * square / float(step @ (step / curved))
    step = -step
    if length > radius:
        return (radius / length) * step
    if values[0] < 0.0:
        room = radius * radius - float(step[1:] @ step[1:])  # rounding may make it negative
        step[0] = np.copysign(sqrt(max(0.0, room)), -slopes[0])
    return step
