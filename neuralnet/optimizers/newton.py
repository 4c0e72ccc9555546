"""Newton's method in a trust region, with exact second derivatives.

For models with few parameters: it finds lower losses than quasi-Newton methods, in few steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, check_whole, set_checked
from .convergence import DescentMethod, DescentState, bound_decrease
from .exact_subproblem import ExactSubproblem
from .factored_subproblem import FactoredSubproblem
from .lbfgs import LBFGS
from .newton_decrement import has_idle_units
from .protocol import Stop, TwiceDifferentiable
from .starting_point import start_or_continue
from .steihaug_cg import SteihaugCG
from .trust_region import Subproblem, find_step

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewtonState(DescentState):
    """The state between two steps of Newton's method.

    It has the attributes of `DescentState` besides.

    Attributes
    ----------
    radius : float
        Of the trust region, as a length in theta.
    multiplier_norm : float
        The norm of the gradient of the quadratic model at the end of the latest step: 0 for a step
        to its minimum inside the region.
    """

    radius: float
    multiplier_norm: float = 0.0


@dataclass(frozen=True, slots=True)
class Newton(DescentMethod):
    """Trust-region Newton method with the exact Hessian.

    Each step minimizes ``gradient @ s + s @ hessian @ s / 2`` over steps s of length at most the
    radius, and reduces the radius until the loss decreases. Directions of negative curvature are
    followed, so it does not stop at saddle points.

    Parameters
    ----------
    tolerance : float
        Converged once the predicted decrease, half of ``gradient @ inv(hessian) @ gradient``, is at
        most this share of the loss of an intercept alone, and the step has been tried.
    gradient_tolerance : float
        Converged also once max abs gradient <= gradient_tolerance times that loss, by the weights
        of standardized columns.
    radius : float
        Of the first trust region, as a length in theta.
    dense_limit : int
        Up to this number of parameters the Hessian is formed and the subproblem is solved exactly
        (Moré and Sorensen); beyond it, approximately by conjugate gradients from Hessian-vector
        products (Steihaug).

    Notes
    -----
    Source: Conn, Gould and Toint (2000), Trust-Region Methods, algorithms 6.1.1, 7.3.4 and
    7.5.1.

    Examples
    --------
    >>> class Saddle:
    ...     def __call__(self, theta):
    ...         x, y = theta
    ...         return x**2 + (y**2 - 1) ** 2, np.array([2 * x, 4 * y * (y**2 - 1)])
    ...     def hessian(self, theta):
    ...         return np.diag([2.0, 12 * theta[1] ** 2 - 4])
    >>> optimizer = Newton()
    >>> theta = np.array([1.0, 0.0])  # the second derivative is 0 here
    >>> state = optimizer.init(theta)
    >>> while not (stop := optimizer.check_convergence(state, np.nan)):
    ...     theta, state, value = optimizer.step(Saddle(), theta, state)
    >>> np.abs(theta).round(6) + 0.0
    array([0., 1.])
    """

    tolerance: float = 1e-12
    gradient_tolerance: float = 0.0
    radius: float = 1.0
    dense_limit: int = 200
    needs_curvature: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the options."""
        set_checked(
            self,
            tolerance=check_number("tolerance", self.tolerance),
            gradient_tolerance=check_number("gradient_tolerance", self.gradient_tolerance),
            radius=check_number("radius", self.radius, above=True),
            dense_limit=check_whole("dense_limit", self.dense_limit),
        )

    def init(self, theta: Vector) -> NewtonState:
        """Make the state before the first step."""
        return NewtonState(gradient=np.zeros(theta.size), radius=self.radius)

    def step(
        self, objective: TwiceDifferentiable, theta: Vector, state: NewtonState
    ) -> tuple[Vector, NewtonState, float]:
        """Step to the first trial point that lowers the loss about as the model predicts."""
        theta, state, before = start_or_continue(objective, theta, state, LBFGS())
        if isnan(state.reference):
            return theta, state, before
        subproblem = self._make_subproblem(objective, theta, state)
        negligible = self.tolerance * state.reference
        step, trials = find_step(
            objective, subproblem, theta, state.value, state.radius, negligible
        )
        evaluations = state.evaluations + trials
        if step is None:
            # The radius has collapsed: report the predicted decrease at the initial radius.
            predicted = subproblem.minimize(self.radius)[1]
            state = replace(
                state,
                evaluations=evaluations,
                predicted_decrease=predicted,
                stalled=True,
                remaining_decrease=nan,
            )
        else:
            theta = step.theta
            state = NewtonState(
                evaluations=evaluations,
                value=step.value,
                gradient=step.gradient,
                radius=step.radius,
                multiplier_norm=subproblem.multiplier_norm,
                predicted_decrease=step.predicted_decrease,
                reference=state.reference,
            )
        if state.stalled or state.predicted_decrease <= negligible:
            state = self._predict_remaining(objective, subproblem, state, negligible)
        return theta, state, before

    def _predict_remaining(
        self,
        objective: TwiceDifferentiable,
        subproblem: Subproblem,
        state: NewtonState,
        negligible: float,
    ) -> NewtonState:
        """Predict the decrease of a further step, where it seems to be negligible."""
        if (bound := bound_decrease(objective, state.value)) <= negligible:
            return replace(state, remaining_decrease=bound)
        remaining, resolved = subproblem.predict_decrease(state.gradient, self.radius, negligible)
        if isinstance(subproblem, ExactSubproblem):
            resolved = resolved and not has_idle_units(objective, subproblem.H)
        return replace(state, remaining_decrease=remaining, resolved=resolved)

    def _make_subproblem(
        self, objective: TwiceDifferentiable, theta: Vector, state: NewtonState
    ) -> Subproblem:
        """Make the quadratic model at theta, in the most accurate form."""

        def multiply(v: Vector) -> Vector:
            return objective.hessian_vector(theta, v)

        if theta.size > self.dense_limit:
            return SteihaugCG(multiply, state.gradient, state.reference)
        H = objective.hessian(theta)
        exact = ExactSubproblem(H, state.gradient, state.multiplier_norm, multiply)
        find_squares = getattr(objective, "squares", None)
        squares = find_squares(theta) if find_squares and exact.is_doubtful else None
        return exact if squares is None else FactoredSubproblem(*squares)


def minimize(
    objective: TwiceDifferentiable,
    theta: Vector,
    optimizer: Newton | LBFGS,
    most_steps: int,
    advance: Callable[[], None] | None = None,
) -> tuple[Vector, int, Stop | None]:
    """Minimize by one optimizer alone, without a record.

    Returns theta, the number of steps, and why it stopped, None after the most steps. ``advance``
    is called after each step; it may raise.
    """
    state, stop, made = optimizer.init(theta), None, 0
    while stop is None and made < most_steps:
        made += 1
        theta, state, _ = optimizer.step(objective, theta, state)  # type: ignore[arg-type]
        if advance is not None:
            advance()
        stop = optimizer.check_convergence(state, nan)
    return theta, made, stop
