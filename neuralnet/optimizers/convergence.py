"""The convergence criterion of L-BFGS and Newton's method, and the state that they share.

The predicted decrease of a further step is compared with a share of a reference, the loss of an
intercept alone, so that the criterion does not depend on the units of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, isnan, nan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .diagonal_subproblem import EPSILON
from .protocol import Differentiable, Stop

Vector = NDArray[np.float64]

# Relative changes of the loss below this number are rounding errors of a sum over rows.
NOISE = 1e-13

UNRESOLVED = Stop(
    False,
    "The Hessian is too ill-conditioned to tell whether this is the optimum: along some direction "
    "its curvature drowns in rounding. Nearly collinear columns do this, such as powers of one "
    "column (poly(x, 4) has none), saturated units, classes that can almost be told apart without "
    "error, and more weights than the rows tell apart (for these some decay).",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentState:
    """The part of the state that `LBFGS` and `Newton` share.

    Attributes
    ----------
    evaluations : int
        The number of values and gradients computed so far; 0 before the first step.
    value, gradient : float and (P,) array
        At the current theta. Undefined while ``reference`` is nan.
    predicted_decrease : float
        The decrease of the value that the quadratic model predicted for the latest step.
    stalled : bool
        True after a step that found no lower value.
    reference : float
        The loss relative to which a decrease is judged; nan before the first step.
    remaining_decrease : float
        The predicted decrease of a further step; nan if it was not computed.
    resolved : bool
        False if a curvature is lost in rounding, so that the remaining decrease is unknown.
    """

    evaluations: int = 0
    value: float = nan
    gradient: Vector
    predicted_decrease: float = nan
    stalled: bool = False
    reference: float = nan
    remaining_decrease: float = nan
    resolved: bool = True


class DescentMethod:
    """The convergence criterion that `LBFGS` and `Newton` share."""

    __slots__ = ()
    wants_standardized: ClassVar[bool] = True

    tolerance: float
    gradient_tolerance: float

    def check_convergence(self, state: DescentState, value: float) -> Stop | None:
        """Stop if a further step is predicted to be negligible, or if no lower value was found."""
        return check_criteria(state, self.tolerance, self.gradient_tolerance)


def find_reference(objective: Differentiable, value: float) -> float:
    """Return the reference of an objective; without one, the absolute value at the start."""
    reference: float | None = getattr(objective, "reference", None)
    return abs(float(value)) if reference is None else reference


def find_rounding(objective: Differentiable) -> float:
    """Return the relative difference below which two values are equal up to rounding."""
    precision: float = getattr(objective, "precision", EPSILON)
    return 10.0 * precision


def bound_decrease(objective: Differentiable, value: float) -> float:
    """Return an upper bound of the decrease of any step; nan if the objective has no floor."""
    floor: float = getattr(objective, "floor", nan)
    return float(value) - floor


def check_criteria(state: DescentState, tolerance: float, gradient_tolerance: float) -> Stop | None:
    """Stop if the remaining decrease or the gradient is small relative to the reference.

    Converged if ``remaining_decrease <= tolerance * reference`` or
    ``max(abs(gradient)) <= gradient_tolerance * reference``. Not converged if a curvature is lost
    in rounding, or if no step lowers the value. None: continue.
    """
    reference = state.reference
    if isnan(reference):
        return None
    small = state.remaining_decrease <= tolerance * reference
    if (small or state.stalled) and not state.resolved and isfinite(state.predicted_decrease):
        return UNRESOLVED
    if small:
        share = state.remaining_decrease / reference if reference else 0.0
        return Stop(
            True,
            f"At an optimum: a further step promises {share:.2g} of the loss of an intercept "
            f"alone, and {tolerance:g} counts as none.",
        )
    largest = np.abs(state.gradient).max(initial=0.0)
    if gradient_tolerance > 0.0 and largest <= gradient_tolerance * reference:
        return Stop(
            True,
            f"The largest gradient, {largest:.2g}, is within {gradient_tolerance:g} of the loss of "
            "an intercept alone.",
        )
    return _explain(state, bool(np.isfinite(largest))) if state.stalled else None


def _explain(state: DescentState, finite: bool) -> Stop:
    """Explain why no step lowers the value."""
    predicted = state.predicted_decrease
    if not (finite and isfinite(predicted)):
        return Stop(False, "The derivatives of the loss are not finite at these weights.")
    share = predicted / state.reference if state.reference else predicted
    promised = f"one promises {share:.2g} of the loss of an intercept alone"
    if predicted <= NOISE * abs(state.value):
        return Stop(
            False,
            "The loss is as low as rounding lets it be: no step was found that lowers it, though "
            f"{promised}.",
        )
    return Stop(
        False,
        f"No step was found that lowers the loss, though {promised}: a long, flat valley, a kink, "
        "or derivatives that are wrong. Try another optimizer, scale=True or some decay.",
    )


def try_point(objective: Differentiable, theta: Vector) -> tuple[float, Vector]:
    """Evaluate a trial point: value and gradient, with the value inf if either is not finite.

    A trial step may be too long. An overflow there is an expected result, so NumPy's warnings are
    suppressed.
    """
    with np.errstate(all="ignore"):
        value, gradient = objective(theta)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        return np.inf, gradient
    return float(value), gradient
