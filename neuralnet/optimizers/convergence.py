"""Whether a point is an optimum: what a further step still promises, and what rounding hides.

Nothing here is compared to a number in the data's units: promises are shares of a reference, the
loss of an intercept alone.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isnan, nan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .diagonal_subproblem import EPSILON, promise_along
from .protocol import Differentiable, Stop

Vector = NDArray[np.float64]

Matrix = NDArray[np.float64]

# A product with a direction holds half as many digits again of its curvature as the Hessian has.
HALF = float(np.sqrt(EPSILON))
# Changes of the loss below this share of it drown in the rounding of a sum over rows.
NOISE = 1e-13

UNRESOLVED = Stop(
    False,
    "The Hessian is too ill-conditioned to tell whether this is the optimum: along some direction "
    "its curvature drowns in rounding. Nearly collinear columns do this, such as powers of one "
    "column (poly(x, 4) has none), saturated units, classes that can almost be told apart without "
    "error, and more weights than the rows tell apart (for these some decay).",
)


class Ended(Protocol):
    """What `judge` asks of the state of an optimizer; see `newton.NewtonState`."""

    @property
    def value(self) -> float: ...
    @property
    def gradient(self) -> Vector: ...
    @property
    def promise(self) -> float: ...
    @property
    def stuck(self) -> bool: ...
    @property
    def reference(self) -> float: ...
    @property
    def left(self) -> float: ...
    @property
    def resolved(self) -> bool: ...


def find_reference(objective: Differentiable, value: float) -> float:
    """The value beside which a decrease counts: the objective's own, else that of the start."""
    reference: float | None = getattr(objective, "reference", None)
    return abs(float(value)) if reference is None else reference


def find_rounding(objective: Differentiable) -> float:
    """The share of a value below which two are the same number but for rounding."""
    precision: float = getattr(objective, "precision", EPSILON)
    return 10.0 * precision


def find_rest(objective: Differentiable, value: float) -> float:
    """The most that any step can take off a value; nan where the objective knows no floor."""
    floor: float = getattr(objective, "floor", nan)
    return float(value) - floor


def examine(
    H: Matrix,
    multiply: Callable[[Vector], Vector],
    gradient: Vector,
    radius: float,
    enough: float,
) -> tuple[float, bool]:
    """What the whole step to the minimum promises, and whether a Hessian can tell.

    Parameters
    ----------
    H : (P, P) array
    multiply : callable
        ``v -> H @ v`` with less rounding than H itself has.
    gradient : (P,) array
    radius : float
        How far to look where there is no minimum.
    enough : float
        A promise beyond which nothing more needs to be known.

    Returns
    -------
    promise : float
        Half of ``gradient @ inv(H) @ gradient``.
    resolved : bool
        False where some curvature drowns in rounding, so that the minimum cannot be known.

    Notes
    -----
    Along the axes of H, weights measured so that its diagonal is 1, the model falls apart into
    parabolas. Where one is so flat that H has only rounding to say of it, the product with that
    direction is asked: it squares small numbers, where the sums in H have lost them. What the axis
    has of steeper ones by rounding is taken off (a Schur complement). What is then flat to the last
    digit has no minimum, as scores of softmax that are all moved; what is not quite, has one
    somewhere.
    """
    if not np.isfinite(H).all():
        return nan, False
    P = len(H)
    unit = np.sqrt(np.abs(H.diagonal()))
    unit[unit == 0.0] = 1.0
    values, axes = find_axes(H / unit / unit[:, None])
    slopes = axes.T @ (gradient / unit)
    # How far a unit along each axis leads.
    reach = radius / np.sqrt(((axes / unit[:, None]) ** 2).sum(axis=0))
    noise = 10.0 * P * EPSILON * np.abs(values).max(initial=0.0)
    clear = np.abs(values) > noise
    promise = float(sum(map(promise_along, slopes[clear], values[clear], reach[clear])))
    for place in np.flatnonzero(~clear):
        if promise > enough:
            break
        product = multiply(axes[:, place] / unit) / unit
        steeper = float(((axes[:, clear].T @ product) ** 2 / values[clear]).sum())
        if abs(float(axes[:, place] @ product) - steeper) > HALF * noise:
            return promise, False
        promise += promise_along(slopes[place], 0.0, reach[place])
    return promise, isfinite(promise)


def is_idle(H: Matrix) -> bool:
    """Whether some weight has no curvature at all, as those of a saturated or dead unit."""
    own = np.abs(H.diagonal())
    return bool((own <= EPSILON**2 * own.max(initial=0.0)).any())


def has_idle_units(objective: Differentiable, H: Matrix) -> bool:
    """Whether hidden units keep some weight of an objective from moving anything."""
    return getattr(objective, "hidden", False) and is_idle(H)


def find_axes(H: Matrix) -> tuple[Vector, Matrix]:
    """Curvatures in ascending order, and the directions that have them, as columns."""
    try:
        values, axes = np.linalg.eigh(H)
    except np.linalg.LinAlgError:  # of what is not finite; the promise will be nan
        return np.full(len(H), nan), np.full_like(H, nan)
    return values, axes


def judge(state: Ended, tolerance: float, gradient_tolerance: float) -> Stop | None:
    """Converged if a further step promises at most ``tolerance * reference``; None: go on.

    Also if max abs gradient <= gradient_tolerance * reference. Both are shares of a loss, and so
    in no unit of the data. Not converged where nobody can tell, or no step lowers the value.
    """
    reference = state.reference
    if isnan(reference):
        return None
    met = state.left <= tolerance * reference
    if (met or state.stuck) and not state.resolved and isfinite(state.promise):
        return UNRESOLVED
    if met:
        share = state.left / reference if reference else 0.0
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
    return _explain(state, bool(np.isfinite(largest))) if state.stuck else None


def _explain(state: Ended, finite: bool) -> Stop:
    """Why no lower value could be found."""
    if not (finite and isfinite(state.promise)):
        return Stop(False, "The derivatives of the loss are not finite at these weights.")
    share = state.promise / state.reference if state.reference else state.promise
    promised = f"one promises {share:.2g} of the loss of an intercept alone"
    if state.promise <= NOISE * abs(state.value):
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
    """Value and gradient at a trial point; the value is inf where either is not finite.

    A trial may go too far, and a loss that overflows there is an answer, not an accident: NumPy
    is not asked to warn of it.
    """
    with np.errstate(all="ignore"):
        value, gradient = objective(theta)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        return np.inf, gradient
    return float(value), gradient
