"""L-BFGS: a quasi-Newton method that remembers a few steps, with a strong-Wolfe line search.

For networks too large for exact second derivatives. Knows only an objective that gives value
and gradient, and sees it one point at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arguments import check_number, check_whole
from .protocols import (
    Differentiable,
    Stop,
    judge_gradient,
    judge_progress,
    settle,
    try_point,
    unwarned,
)

__all__ = ["LBFGS", "LBFGSState", "Point", "search_line"]

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# The constants of the Wolfe conditions that Nocedal and Wright give for quasi-Newton methods.
SUFFICIENT_DECREASE = 1e-4
FLATTENING = 0.9
MOST_TRIALS = 30
# Two values closer than this share of their size are the same number but for rounding.
ROUNDING = 10 * float(np.finfo(float).eps)


class Point(NamedTuple):
    """A point on the line theta + length * direction.

    Attributes
    ----------
    length : float
    value : float
        Of the objective; inf where it or its gradient is not finite.
    slope : float
        The derivative of the value by the length.
    theta, gradient : (P,) arrays
    """

    length: float
    value: float
    slope: float
    theta: Vector
    gradient: Vector


@dataclass(frozen=True, slots=True)
class LBFGSState:
    """What one step of L-BFGS leaves to the next.

    Attributes
    ----------
    evaluations : int
        Values and gradients computed so far; 0 before the first step.
    value, gradient : float and (P,) array
        At the current theta. Meaningless while ``evaluations`` is 0.
    steps, changes : (k, P) arrays
        The latest k steps, oldest first, and the changes of the gradient along them.
    promise : float
        What the latest step was to take off the value, were the objective quadratic.
    stuck : bool
        True after a step that found no better point.
    """

    evaluations: int
    value: float
    gradient: Vector
    steps: Matrix
    changes: Matrix
    promise: float
    stuck: bool


@dataclass(frozen=True, slots=True)
class LBFGS:
    """Limited-memory BFGS.

    Parameters
    ----------
    memory : int
        How many steps the approximation of the Hessian is made of.
    gradient_tolerance : float
        Converged once max abs gradient <= gradient_tolerance * max(1, value).

    Notes
    -----
    A step costs one evaluation as a rule, more where the first trial on the line will not do.

    Source: Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithms 7.4
    and 7.5.

    Examples
    --------
    >>> def bowl(theta):
    ...     return float((theta**2).sum()), 2 * theta
    >>> optimizer = LBFGS()
    >>> theta = np.array([3.0, -4.0])
    >>> theta, state, value = optimizer.step(bowl, theta, optimizer.init(theta))
    >>> value
    25.0
    >>> theta, state, value = optimizer.step(bowl, theta, state)
    >>> optimizer.verdict(state, value).converged
    True
    """

    memory: int = 10
    gradient_tolerance: float = 1e-6
    needs_curvature: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the options."""
        settle(
            self,
            memory=check_whole("memory", self.memory, least=1),
            gradient_tolerance=check_number("gradient_tolerance", self.gradient_tolerance),
        )

    def init(self, theta: Vector) -> LBFGSState:
        """Make the state before the first step."""
        none = np.empty((0, theta.size))
        return LBFGSState(0, nan, np.zeros(theta.size), none, none, nan, False)

    @unwarned
    def step(
        self, objective: Differentiable, theta: Vector, state: LBFGSState
    ) -> tuple[Vector, LBFGSState, float]:
        """Go along the quasi-Newton direction to a point that meets the Wolfe conditions."""
        if not state.evaluations:
            value, gradient = objective(theta)
            if not isfinite(value):
                return theta, state, float(value)
            state = replace(state, evaluations=1, value=float(value), gradient=gradient)
        start, direction = _aim(theta, state)
        found, trials = search_line(objective, start, direction)
        promise = -0.5 * start.slope
        if found is None and len(state.steps):
            # What is remembered may mislead: once more, straight down the gradient.
            state = replace(state, steps=state.steps[:0], changes=state.changes[:0])
            start, direction = _aim(theta, state)
            found, more = search_line(objective, start, direction)
            trials += more
        evaluations = state.evaluations + trials
        if found is None:
            state = replace(state, evaluations=evaluations, promise=promise, stuck=True)
            return theta, state, state.value
        steps, changes = self._remember(state, start, found)
        after = LBFGSState(
            evaluations, found.value, found.gradient, steps, changes, promise, stuck=False
        )
        return found.theta, after, state.value

    def verdict(self, state: LBFGSState, value: float) -> Stop | None:
        """Stop where the gradient is small, and where the line search found nothing lower."""
        if not state.evaluations:
            return None
        return judge_gradient(
            state.gradient, state.value, self.gradient_tolerance
        ) or judge_progress(state.gradient, state.value, state.promise, state.stuck)

    def _remember(self, state: LBFGSState, start: Point, found: Point) -> tuple[Matrix, Matrix]:
        step, change = found.theta - start.theta, found.gradient - start.gradient
        # Without positive curvature along the step the approximation would lose its sign.
        if not step @ change > np.finfo(float).eps * (change @ change):
            return state.steps, state.changes
        return (
            np.concatenate([state.steps, step[None]])[-self.memory :],
            np.concatenate([state.changes, change[None]])[-self.memory :],
        )


def _aim(theta: Vector, state: LBFGSState) -> tuple[Point, Vector]:
    """Where the line starts, and the step to try first."""
    direction = find_direction(state.gradient, state.steps, state.changes)
    if not len(state.steps):
        # Nothing is known of the curvature yet: no parameter is to move by more than 1.
        direction = direction / max(1.0, float(np.abs(direction).max()))
    slope = float(state.gradient @ direction)
    return Point(0.0, state.value, slope, theta, state.gradient), direction


def find_direction(gradient: Vector, steps: Matrix, changes: Matrix) -> Vector:
    """Minus the gradient, multiplied by the approximate inverse Hessian.

    Parameters
    ----------
    gradient : (P,) array
    steps, changes : (k, P) arrays
        Oldest first; each step has a positive product with its change.

    Notes
    -----
    Source: Nocedal and Wright (2006), algorithm 7.4, from the scale of formula 7.20.

    Examples
    --------
    Steps along both axes tell all about a quadratic, here theta @ diag(1, 4) @ theta / 2:

    >>> steps, changes = np.eye(2), np.diag([1.0, 4.0])
    >>> find_direction(np.array([2.0, 8.0]), steps, changes)
    array([-2., -2.])
    """
    direction: Vector = -gradient
    if not len(steps):
        return direction
    products = np.einsum("ij,ij->i", steps, changes)
    shares = np.empty(len(steps))
    for i in reversed(range(len(steps))):
        shares[i] = (steps[i] @ direction) / products[i]
        direction = direction - shares[i] * changes[i]
    direction = (products[-1] / (changes[-1] @ changes[-1])) * direction
    for i in range(len(steps)):
        share = (changes[i] @ direction) / products[i]
        direction = direction + (shares[i] - share) * steps[i]
    return direction


def search_line(
    objective: Differentiable, start: Point, direction: Vector
) -> tuple[Point | None, int]:
    """Find a point on a line that meets the strong Wolfe conditions.

    They ask for a value at most ``start.value + 1e-4 * length * start.slope``, give or take
    the rounding of the value, and for a slope of at most ``0.9 * abs(start.slope)`` in size.

    Parameters
    ----------
    objective : callable
        ``theta -> (value, gradient)``.
    start : Point
        The beginning of the line, with length 0.
    direction : (P,) array
        Also the first step to try: a length of 1.

    Returns
    -------
    found : Point or None
        Where no trial meets both conditions, the lowest one met; None where nothing is lower
        than the start, or where the line does not go down at all.
    trials : int
        Evaluations spent.

    Notes
    -----
    Source: Nocedal and Wright (2006), algorithms 3.5 and 3.6, told as one loop. ``low`` is the
    lowest point so far, ``high`` an end beyond the valley; while there is no ``high`` the
    trials move out, then the two close in on each other.
    """
    if not start.slope < 0.0:
        return None, 0
    rounding = ROUNDING * abs(start.value)
    length, low, high = 1.0, start, None
    for trial in range(1, MOST_TRIALS + 1):
        point = _visit(objective, start.theta, direction, length)
        line = start.value + SUFFICIENT_DECREASE * length * start.slope
        if point.value > min(line, low.value) + rounding:
            high = point
        elif abs(point.slope) <= -FLATTENING * start.slope:
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


def _visit(objective: Differentiable, theta: Vector, direction: Vector, length: float) -> Point:
    there = theta + length * direction
    value, gradient = try_point(objective, there)
    slope = float(gradient @ direction) if isfinite(value) else nan
    return Point(length, value, slope, there, gradient)


def _extrapolate(before: Point, point: Point) -> float:
    """Length of a trial further out: 1 to 4 times as far again."""
    gap = point.length - before.length
    ahead = minimize_cubic(before, point) - point.length
    return point.length + (min(max(ahead, gap), 4.0 * gap) if ahead > 0.0 else 4.0 * gap)


def _interpolate(low: Point, high: Point) -> float:
    """Length of a trial between two points, a tenth of their distance from either at least."""
    gap = high.length - low.length
    if not isfinite(high.value):
        return low.length + 0.1 * gap
    share = (minimize_cubic(low, high) - low.length) / gap
    return low.length + (min(max(share, 0.1), 0.9) if isfinite(share) else 0.5) * gap


def minimize_cubic(a: Point, b: Point) -> float:
    """Where the cubic through two points with their slopes is lowest; nan if nowhere.

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
