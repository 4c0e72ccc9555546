"""A line search for the strong Wolfe conditions, with cubic interpolation.

Source: Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithms 3.5 and 3.6.
"""

from __future__ import annotations

from math import isfinite, nan, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .convergence import find_rounding, try_point
from .protocol import Differentiable

Vector = NDArray[np.float64]

# The constants of the Wolfe conditions that Nocedal and Wright give for quasi-Newton methods.
SUFFICIENT_DECREASE = 1e-4
CURVATURE = 0.9
MOST_TRIALS = 30


class Point(NamedTuple):
    """A point on the line theta + length * direction.

    Attributes
    ----------
    length : float
    value : float
        Of the objective; inf if it or its gradient is not finite.
    slope : float
        The derivative of the value with respect to the length.
    theta, gradient : (P,) arrays
    """

    length: float
    value: float
    slope: float
    theta: Vector
    gradient: Vector


def search_line(
    objective: Differentiable, start: Point, direction: Vector
) -> tuple[Point | None, int]:
    """Find a point on a line that satisfies the strong Wolfe conditions.

    The value must be at most ``start.value + 1e-4 * length * start.slope``, up to the rounding
    error of the value (sufficient decrease), and the absolute slope at most
    ``0.9 * abs(start.slope)`` (curvature condition).

    Parameters
    ----------
    objective : callable
        ``theta -> (value, gradient)``.
    start : Point
        The start of the line, with length 0.
    direction : (P,) array
        Its length is that of the first trial step.

    Returns
    -------
    point : Point or None
        If no trial satisfies both conditions, the one with the lowest value; None if no value is
        below that of the start, or if the slope at the start is not negative.
    trials : int
        The number of evaluations.

    Notes
    -----
    Algorithms 3.5 and 3.6 of the source are one loop here. ``low`` is the lowest point so far,
    ``high`` the other end of an interval that contains a minimum. While there is no ``high``, the
    trials extrapolate; then the interval shrinks.
    """
    if not start.slope < 0.0:
        return None, 0
    rounding = find_rounding(objective) * abs(start.value)
    length, low, high = 1.0, start, None
    for trial in range(1, MOST_TRIALS + 1):
        there = start.theta + length * direction
        if np.array_equal(there, start.theta):  # a shorter step would not change theta
            return (low if low.value < start.value else None), trial - 1
        point = _evaluate(objective, there, direction, length)
        line = start.value + SUFFICIENT_DECREASE * length * start.slope
        if point.value > min(line, low.value) + rounding:
            high = point
        elif abs(point.slope) <= -CURVATURE * start.slope:
            return point, trial
        else:
            before, low = low, point
            if high is None and point.slope < 0.0:
                length = _extrapolate(before, point)
                continue
            if high is None or point.slope * (high.length - point.length) >= 0.0:
                high = before
        length = _interpolate(low, high)
    return (low if low.value < start.value else None), MOST_TRIALS


def _evaluate(objective: Differentiable, there: Vector, direction: Vector, length: float) -> Point:
    value, gradient = try_point(objective, there)
    slope = float(gradient @ direction) if isfinite(value) else nan
    return Point(length, value, slope, there, gradient)


def _extrapolate(before: Point, point: Point) -> float:
    """Return a longer trial length: the last increment is multiplied by 1 to 4."""
    gap = point.length - before.length
    ahead = minimize_cubic(before, point) - point.length
    return point.length + (min(max(ahead, gap), 4.0 * gap) if ahead > 0.0 else 4.0 * gap)


def _interpolate(low: Point, high: Point) -> float:
    """Return a trial length between two points, at least 10 % of the interval from its ends."""
    gap = high.length - low.length
    if not isfinite(high.value):
        return low.length + 0.1 * gap
    share = (minimize_cubic(low, high) - low.length) / gap
    return low.length + (min(max(share, 0.1), 0.9) if isfinite(share) else 0.5) * gap


def minimize_cubic(a: Point, b: Point) -> float:
    """Return the minimizer of the cubic that interpolates two points and slopes; nan without one.

    Source: Nocedal and Wright (2006), formula 3.59.
    """
    gap = b.length - a.length
    bend = a.slope + b.slope - 3.0 * (b.value - a.value) / gap
    square = bend * bend - a.slope * b.slope
    if not square >= 0.0:
        return nan
    root = sqrt(square) if gap > 0.0 else -sqrt(square)
    denominator = b.slope - a.slope + 2.0 * root
    return b.length - gap * (b.slope + root - bend) / denominator if denominator else nan
