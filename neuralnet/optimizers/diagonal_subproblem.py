"""The diagonal trust-region subproblem: minimize a sum of parabolas within a radius.

Source: Moré and Sorensen (1983), Computing a trust region step, SIAM J. Sci. Stat. Comput. 4.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

EPSILON = float(np.finfo(float).eps)


def decrease_along_axis(slope: float, curvature: float, radius: float) -> float:
    """Return the decrease of a parabola to its minimum; without one, to the radius."""
    if curvature > 0.0:
        return 0.5 * float(slope) ** 2 / float(curvature)
    return abs(float(slope)) * radius - 0.5 * float(curvature) * radius**2


def minimize_diagonal(
    values: Vector, slopes: Vector, radius: float, rounding: float = EPSILON
) -> Vector:
    """Minimize ``slopes @ s + values @ s**2 / 2`` over all s of length at most the radius.

    Parameters
    ----------
    values : (P,) array
        Curvatures in ascending order, of any sign.
    slopes : (P,) array
    radius : float
    rounding : float
        The relative rounding error of the curvatures: smaller ones, relative to the largest, are
        replaced by that bound. 0 if all are accurate to the last digit.

    Returns
    -------
    (P,) array
        ``-slopes / (values + shift)`` with the smallest shift >= 0 that makes the problem convex
        and the step short enough, within 1 % of the radius. Where the lowest curvature is negative
        and its slope is 0 (the hard case), no shift gives a step of the length of the radius: the
        step is extended along that direction.

    Notes
    -----
    The shift is found by Newton's method for ``1 / length = 1 / radius``, which is almost linear in
    the shift.

    Examples
    --------
    >>> minimize_diagonal(np.array([1.0, 2.0]), np.array([1.0, -1.0]), radius=2.0)
    array([-1. ,  0.5])
    >>> minimize_diagonal(np.array([-1.0, 1.0]), np.array([0.0, 1.2]), radius=1.0)
    array([-0.8, -0.6])
    """
    flat = rounding * values.size * max(abs(float(values[0])), abs(float(values[-1])))
    values = np.where(np.abs(values) <= flat, flat, values)
    # A lower bound of the shift: no component of the step may be longer than the radius.
    shift = max(0.0, float((np.abs(slopes) / radius - values).max()))
    for _ in range(30):
        curved = values + shift
        if not curved[0] > 0.0:
            curved[~(curved > 0.0)] = np.inf  # these directions have no slope either
        step = slopes / curved
        square = float(step @ step)
        length = sqrt(square)
        if length <= 1.01 * radius:
            break
        shift += (length / radius - 1.0) * square / float(step @ (step / curved))
    step = -step
    if length > radius:
        return (radius / length) * step
    if values[0] < 0.0:
        room = radius * radius - float(step[1:] @ step[1:])  # rounding may make it negative
        step[0] = np.copysign(sqrt(max(0.0, room)), -slopes[0])
    return step
