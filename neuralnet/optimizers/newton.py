"""Newton's method in a trust region, with the exact second derivatives.

For networks of a statistician's size: it finds lower losses than quasi-Newton methods, in few
steps. Knows only an objective that gives value, gradient and Hessian.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite, isnan, nan, sqrt
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, check_whole, set_checked, unwarned
from .convergence import find_rest, find_rounding, has_idle_units, judge, try_point
from .factored_subproblem import SquaresModel
from .lbfgs import LBFGS
from .protocol import Stop, TwiceDifferentiable
from .separable_quadratic import EPSILON
from .starting_point import begin
from .trust_region import DenseModel, Model, ProductModel

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NewtonState:
    """What one step of Newton's method leaves to the next.

    Attributes
    ----------
    evaluations : int
        Values and gradients computed so far; 0 before the first step.
    value, gradient : float and (P,) array
        At the current theta. Meaningless while there is no ``reference``.
    radius : float
        How far the quadratic model is trusted, as a length in theta.
    steepness : float
        How long the model's gradient still was at the end of the latest step: 0 for a step to
        its minimum, which was not at the edge of the region.
    promise : float
        What the latest step was to take off the value.
    stuck : bool
        True after a step that found no better point.
    reference : float
        The loss beside which a decrease is judged. Without one the value is computed anew.
    left : float
        What a further step would take off, as far as the model of the latest knows; nan where the
        latest promised so much that nobody asked.
    resolved : bool
        Whether that model could tell, or had curvatures that drown in rounding.
    """

    evaluations: int
    value: float
    gradient: Vector
    radius: float
    steepness: float
    promise: float
    stuck: bool
    reference: float = nan
    left: float = nan
    resolved: bool = True


@dataclass(frozen=True, slots=True)
class Newton:
    """Trust-region Newton with the exact Hessian.

    Each step minimizes ``gradient @ s + s @ hessian @ s / 2`` over steps s no longer than the
    radius, and tries shorter ones until the loss falls. Directions of negative curvature are
    followed, so saddle points do not hold it up.

    Parameters
    ----------
    tolerance : float
        Converged once the model promises no more than this share of the loss of an intercept
        alone, half of ``gradient @ inv(hessian) @ gradient``, and the step that it asks for has
        been tried.
    gradient_tolerance : float
        Converged also once max abs gradient <= gradient_tolerance times that loss, by the weights
        of standardized columns.
    radius : float
        Of the first trust region, as a length in theta.
    dense_limit : int
        Up to this many parameters the Hessian is formed and the region's minimum is exact;
        beyond, conjugate gradients find it roughly from products of the Hessian with vectors.

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
    >>> while not (stop := optimizer.verdict(state, np.nan)):
    ...     theta, state, value = optimizer.step(Saddle(), theta, state)
    >>> np.abs(theta).round(6) + 0.0
    array([0., 1.])
    """

    tolerance: float = 1e-12
    gradient_tolerance: float = 0.0
    radius: float = 1.0
    dense_limit: int = 200
    needs_curvature: ClassVar[bool] = True
    conditions: ClassVar[bool] = True

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
        return NewtonState(0, nan, np.zeros(theta.size), self.radius, 0.0, nan, stuck=False)

    @unwarned
    def step(
        self, objective: TwiceDifferentiable, theta: Vector, state: NewtonState
    ) -> tuple[Vector, NewtonState, float]:
        """Go to the first trial point that lowers the loss about as the model promised."""
        if isnan(state.reference):
            begun = begin(objective, theta, LBFGS())
            if not isfinite(begun.value):
                return theta, state, begun.before
            theta, state, before = begun.theta, begun.set_checked(state), begun.told
        else:
            before = state.value
        model = self._make_model(objective, theta, state)
        enough = self.tolerance * state.reference
        moved, after = _descend(objective, model, theta, state, enough)
        if after.stuck:
            # By now the region is tiny, and so is its promise: what would a fair one promise?
            after = replace(after, promise=model.minimize(self.radius)[1])
        if after.stuck or after.promise <= enough:
            after = self._examine(objective, model, after, enough)
        return moved, after, before

    def _examine(
        self, objective: TwiceDifferentiable, model: Model, state: NewtonState, enough: float
    ) -> NewtonState:
        """Look once more where there seems to be nothing left to gain."""
        if (rest := find_rest(objective, state.value)) <= enough:
            return replace(state, left=rest)
        left, resolved = model.examine(state.gradient, self.radius, enough)
        if isinstance(model, DenseModel):
            resolved = resolved and not has_idle_units(objective, model.H)
        return replace(state, left=left, resolved=resolved)

    def _make_model(
        self, objective: TwiceDifferentiable, theta: Vector, state: NewtonState
    ) -> Model:
        """The quadratic model at theta, in the form that tells most."""

        def multiply(v: Vector) -> Vector:
            return objective.hessian_vector(theta, v)

        if theta.size > self.dense_limit:
            return ProductModel(multiply, state.gradient, state.reference)
        model = DenseModel(objective.hessian(theta), state.gradient, state.steepness, multiply)
        find_squares = getattr(objective, "squares", None)
        squares = find_squares(theta) if find_squares and model.is_doubtful else None
        return model if squares is None else SquaresModel(*squares)

    def verdict(self, state: NewtonState, value: float) -> Stop | None:
        """Stop where no further step is worth while, and where no radius gave a lower loss."""
        return judge(state, self.tolerance, self.gradient_tolerance)


def _descend(
    objective: TwiceDifferentiable,
    model: Model,
    theta: Vector,
    state: NewtonState,
    enough: float,
) -> tuple[Vector, NewtonState]:
    """Shorten the step until the loss falls as the model promises."""
    radius, trials = state.radius, 0
    # Decreases below are rounding, and are judged by the gradient.
    rounding = find_rounding(objective) * abs(state.value)
    shortest = EPSILON * max(1.0, sqrt(theta @ theta))
    while radius > shortest:
        step, promise = model.minimize(radius)
        if not (isfinite(promise) and promise > 0.0):
            break
        value, gradient = try_point(objective, theta + step)
        trials += 1
        length = sqrt(step @ step)
        quality = (state.value - value) / promise if promise > rounding else 0.0
        good = quality > 1e-4
        if promise <= max(rounding, enough):
            # The loss can no longer tell better from worse; the gradient can.
            level = value <= state.value + max(rounding, enough)
            good = good or (level and _is_shorter(gradient, state.gradient))
            radius = radius if good else 0.0
        elif quality < 0.25:
            radius = 0.25 * length
        elif quality > 0.75 and length > 0.9 * radius:
            radius = 2.0 * radius
        if good:
            after = NewtonState(
                state.evaluations + trials,
                value,
                gradient,
                radius,
                model.steepness,
                promise,
                stuck=False,
                reference=state.reference,
            )
            return theta + step, after
    after = replace(state, evaluations=state.evaluations + trials, stuck=True, left=nan)
    return theta, after


def _is_shorter(a: Vector, b: Vector) -> bool:
    return float(a @ a) < float(b @ b)
