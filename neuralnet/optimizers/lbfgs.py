"""L-BFGS: the limited-memory BFGS method with a strong-Wolfe line search.

For models with too many parameters for exact second derivatives. It uses an objective that gives
value and gradient, at one point at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, check_whole, set_checked
from .convergence import DescentMethod, DescentState, bound_decrease
from .line_search import Point, search_line
from .newton_decrement import has_idle_units, predict_decrease
from .protocol import Differentiable
from .starting_point import start_or_continue

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# A single small step can be the turn of a curved valley; this number in a row cannot. Then the
# exact Hessian is used, if there is one and the number of weights is at most MOST_WEIGHTS.
SMALL_STEPS, MOST_WEIGHTS = 20, 200
# The length of a step in directions without a minimum.
RADIUS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LBFGSState(DescentState):
    """The state between two steps of L-BFGS.

    It has the attributes of `DescentState` besides.

    Attributes
    ----------
    steps, changes : (k, P) arrays
        The latest k steps, oldest first, and the changes of the gradient along them.
    n_small_steps : int
        The number of consecutive steps with a negligible decrease, predicted and actual.
    """

    steps: Matrix
    changes: Matrix
    n_small_steps: int = 0


@dataclass(frozen=True, slots=True)
class LBFGS(DescentMethod):
    """Limited-memory BFGS.

    Parameters
    ----------
    memory : int
        The number of steps from which the inverse Hessian is approximated.
    tolerance : float
        Converged once 20 consecutive steps have a predicted decrease, half of
        ``-gradient @ direction``, and an actual one of at most this share of the loss of an
        intercept alone. With at most 200 weights, the decrease predicted by the exact Hessian, if
        there is one, must be as small too.
    gradient_tolerance : float
        Converged also once max abs gradient <= gradient_tolerance times that loss, by the weights
        of standardized columns.

    Notes
    -----
    In general a step costs one evaluation, more if the line search rejects its first trial. The
    first step costs more, too, if the starting point is far off (see `find_starting_point`).

    Source: Nocedal and Wright (2006), Numerical Optimization, 2nd edition, algorithms 7.4
    and 7.5.

    Examples
    --------
    >>> def bowl(theta):
    ...     return float((theta**2).sum()), 2 * theta
    >>> optimizer = LBFGS()
    >>> theta = np.array([3.0, -4.0])
    >>> state = optimizer.init(theta)
    >>> while not (stop := optimizer.check_convergence(state, np.nan)):
    ...     theta, state, value = optimizer.step(bowl, theta, state)
    >>> stop.converged, theta.round(6) + 0.0
    (True, array([0., 0.]))
    """

    memory: int = 10
    tolerance: float = 1e-12
    gradient_tolerance: float = 0.0
    needs_curvature: ClassVar[bool] = False

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
        return LBFGSState(gradient=np.zeros(theta.size), steps=none, changes=none)

    def step(
        self, objective: Differentiable, theta: Vector, state: LBFGSState
    ) -> tuple[Vector, LBFGSState, float]:
        """Step along the quasi-Newton direction to a point that satisfies the Wolfe conditions."""
        if isnan(state.reference):
            state = replace(self.init(theta), evaluations=state.evaluations)
        theta, state, before = start_or_continue(objective, theta, state, LBFGS())
        if isnan(state.reference):
            return theta, state, before
        start, direction = _find_line(theta, state)
        point, trials = search_line(objective, start, direction)
        predicted = -0.5 * start.slope
        negligible = self.tolerance * state.reference
        if point is None and len(state.steps) and predicted > negligible:
            # The approximate Hessian may be wrong: restart from the steepest descent direction.
            state = replace(state, steps=state.steps[:0], changes=state.changes[:0])
            start, direction = _find_line(theta, state)
            point, more = search_line(objective, start, direction)
            trials += more
        decrease = 0.0 if point is None else state.value - point.value
        is_small = not max(predicted, decrease) > negligible
        state = replace(
            state,
            evaluations=state.evaluations + trials,
            predicted_decrease=predicted,
            stalled=point is None,
            n_small_steps=state.n_small_steps + 1 if is_small else 0,
        )
        if point is not None:
            steps, changes = self._add_pair(state, start, point)
            state = replace(
                state, value=point.value, gradient=point.gradient, steps=steps, changes=changes
            )
            theta = point.theta
        return theta, self._predict_remaining(objective, theta, state, negligible), before

    def _predict_remaining(
        self, objective: Differentiable, theta: Vector, state: LBFGSState, negligible: float
    ) -> LBFGSState:
        """Predict the decrease of a further step, where it seems to be negligible.

        The approximate Hessian covers few directions, so the exact one is used if possible.
        """
        state = replace(state, remaining_decrease=nan, resolved=True)
        level = state.n_small_steps >= SMALL_STEPS or not state.gradient.any()
        if not (level or state.stalled):
            return state
        if (bound := bound_decrease(objective, state.value)) <= negligible:
            return replace(state, remaining_decrease=bound)
        if not (getattr(objective, "curved", False) and theta.size <= MOST_WEIGHTS):
            known = level or state.n_small_steps
            return replace(state, remaining_decrease=state.predicted_decrease if known else nan)
        second: Any = objective
        H = second.hessian(theta)
        remaining, resolved = predict_decrease(
            H, lambda v: second.hessian_vector(theta, v), state.gradient, RADIUS, negligible
        )
        return replace(
            state,
            remaining_decrease=remaining,
            resolved=resolved and not has_idle_units(objective, H),
            n_small_steps=state.n_small_steps if remaining <= negligible else 0,
        )

    def _add_pair(self, state: LBFGSState, start: Point, end: Point) -> tuple[Matrix, Matrix]:
        """Append the latest step and change of the gradient, and drop the oldest ones."""
        step, change = end.theta - start.theta, end.gradient - start.gradient
        # Without positive curvature along the step, the approximation would not stay positive
        # definite.
        if not step @ change > np.finfo(float).eps * (change @ change):
            return state.steps, state.changes
        return (
            np.concatenate([state.steps, step[None]])[-self.memory :],
            np.concatenate([state.changes, change[None]])[-self.memory :],
        )


def _find_line(theta: Vector, state: LBFGSState) -> tuple[Point, Vector]:
    """Return the start of the line search, and the step to try first."""
    direction = find_direction(state.gradient, state.steps, state.changes)
    if not len(state.steps):
        # The curvature is unknown: no parameter may move by more than 1.
        direction = direction / (max(state.reference, float(np.abs(direction).max())) or 1.0)
    slope = float(state.gradient @ direction)
    return Point(0.0, state.value, slope, theta, state.gradient), direction


def find_direction(gradient: Vector, steps: Matrix, changes: Matrix) -> Vector:
    """Two-loop recursion: minus the gradient times the approximate inverse Hessian.

    Parameters
    ----------
    gradient : (P,) array
    steps, changes : (k, P) arrays
        Oldest first; each step has a positive product with its change.

    Notes
    -----
    Source: Nocedal and Wright (2006), algorithm 7.4, with the initial scale of formula 7.20.

    Examples
    --------
    Steps along both axes determine a quadratic completely, here theta @ diag(1, 4) @ theta / 2:

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
