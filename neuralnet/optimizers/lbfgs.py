"""L-BFGS: a quasi-Newton method that remembers a few steps, with a strong-Wolfe line search.

For networks too large for exact second derivatives. Knows only an objective that gives value
and gradient, and sees it one point at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, isnan, nan
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, check_whole, set_checked, unwarned
from .convergence import examine, find_rest, has_idle_units, judge
from .line_search import Point, search_line
from .protocol import Differentiable, Stop
from .starting_point import begin

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# One step that brings little may be the turning point of a valley; so many in a row are not. Then
# the exact Hessian is asked, if there is one of so few weights.
QUIET, MOST_WEIGHTS = 20, 200
# How far it looks where it has no minimum.
RADIUS = 1.0


@dataclass(frozen=True, slots=True)
class LBFGSState:
    """What one step of L-BFGS leaves to the next.

    Attributes
    ----------
    evaluations : int
        Values and gradients computed so far; 0 before the first step.
    value, gradient : float and (P,) array
        At the current theta. Meaningless while there is no ``reference``.
    steps, changes : (k, P) arrays
        The latest k steps, oldest first, and the changes of the gradient along them.
    promise : float
        What the latest step was to take off the value, were the objective quadratic.
    stuck : bool
        True after a step that found no better point.
    reference : float
        The loss beside which a decrease is judged. Without one the value is computed anew.
    quiet : int
        Steps in a row that promised nothing that counts, and brought no more.
    left : float
        What a further step would take off; nan where nobody asked.
    resolved : bool
        Whether second derivatives could tell, or had curvatures that drown in rounding.
    """

    evaluations: int
    value: float
    gradient: Vector
    steps: Matrix
    changes: Matrix
    promise: float
    stuck: bool
    reference: float = nan
    quiet: int = 0
    left: float = nan
    resolved: bool = True


@dataclass(frozen=True, slots=True)
class LBFGS:
    """Limited-memory BFGS.

    Parameters
    ----------
    memory : int
        How many steps the approximation of the Hessian is made of.
    tolerance : float
        Converged once steps in a row have promised no more than this share of the loss of an
        intercept alone, half of ``-gradient @ direction``, and have brought no more; and once the
        exact Hessian promises no more either, where there is one and weights are few.
    gradient_tolerance : float
        Converged also once max abs gradient <= gradient_tolerance times that loss, by the weights
        of standardized columns.

    Notes
    -----
    A step costs one evaluation as a rule, more where the first trial on the line will not do. The
    first one takes more, too, where the start has to be lowered (see `beginnings.begin`).

    Source: Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithms 7.4
    and 7.5.

    Examples
    --------
    >>> def bowl(theta):
    ...     return float((theta**2).sum()), 2 * theta
    >>> optimizer = LBFGS()
    >>> theta = np.array([3.0, -4.0])
    >>> state = optimizer.init(theta)
    >>> while not (stop := optimizer.verdict(state, np.nan)):
    ...     theta, state, value = optimizer.step(bowl, theta, state)
    >>> stop.converged, theta.round(6) + 0.0
    (True, array([0., 0.]))
    """

    memory: int = 10
    tolerance: float = 1e-12
    gradient_tolerance: float = 0.0
    needs_curvature: ClassVar[bool] = False
    conditions: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(
            self,
            memory=check_whole("memory", self.memory, least=1),
            tolerance=check_number("tolerance", self.tolerance),
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
        if isnan(state.reference):
            begun = begin(objective, theta, LBFGS())
            if not isfinite(begun.value):
                return theta, state, begun.before
            fresh = replace(self.init(theta), evaluations=state.evaluations)
            theta, state, before = begun.theta, begun.set_checked(fresh), begun.told
        else:
            before = state.value
        start, direction = _aim(theta, state)
        found, trials = search_line(objective, start, direction)
        promise = -0.5 * start.slope
        enough = self.tolerance * state.reference
        if found is None and len(state.steps) and promise > enough:
            # What is remembered may mislead: once more, straight down the gradient.
            state = replace(state, steps=state.steps[:0], changes=state.changes[:0])
            start, direction = _aim(theta, state)
            found, more = search_line(objective, start, direction)
            trials += more
        evaluations = state.evaluations + trials
        brought = 0.0 if found is None else state.value - found.value
        quiet = 0 if max(promise, brought) > enough else state.quiet + 1
        state = replace(
            state, evaluations=evaluations, promise=promise, stuck=found is None, quiet=quiet
        )
        if found is not None:
            steps, changes = self._remember(state, start, found)
            state = replace(
                state, value=found.value, gradient=found.gradient, steps=steps, changes=changes
            )
            theta = found.theta
        return theta, self._examine(objective, theta, state, enough), before

    def _examine(
        self, objective: Differentiable, theta: Vector, state: LBFGSState, enough: float
    ) -> LBFGSState:
        """Look once more where there seems to be nothing left to gain.

        Its own model knows a few directions, so the exact Hessian is asked where there is one that
        is not too large.
        """
        state = replace(state, left=nan, resolved=True)
        level = state.quiet >= QUIET or not state.gradient.any()
        if not (level or state.stuck):
            return state
        if (rest := find_rest(objective, state.value)) <= enough:
            return replace(state, left=rest)
        if not (getattr(objective, "curved", False) and theta.size <= MOST_WEIGHTS):
            return replace(state, left=state.promise if level or state.quiet else nan)
        second: Any = objective
        H = second.hessian(theta)
        left, resolved = examine(
            H, lambda v: second.hessian_vector(theta, v), state.gradient, RADIUS, enough
        )
        resolved = resolved and not has_idle_units(objective, H)
        quiet = state.quiet if left <= enough else 0
        return replace(state, left=left, resolved=resolved, quiet=quiet)

    def verdict(self, state: LBFGSState, value: float) -> Stop | None:
        """Stop where no further step is worth while, or the line search found nothing lower."""
        return judge(state, self.tolerance, self.gradient_tolerance)

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
        direction = direction / (max(state.reference, float(np.abs(direction).max())) or 1.0)
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
