"""Newton's method in a trust region, with the exact second derivatives.

For networks of a statistician's size: it finds lower losses than quasi-Newton methods, in few
steps. Knows only an objective that gives value, gradient and Hessian.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite, nan, sqrt
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from .arguments import check_number, check_whole
from .protocols import (
    Stop,
    TwiceDifferentiable,
    judge_gradient,
    judge_progress,
    settle,
    try_point,
    unwarned,
)

__all__ = ["DenseModel", "Newton", "NewtonState", "ProductModel"]

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

EPSILON = float(np.finfo(float).eps)
# Decreases below this share of the value are rounding, and are judged by the gradient.
ROUNDING = 10 * EPSILON


class Model(Protocol):
    """A quadratic model of the objective around theta."""

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Find the best step no longer than the radius, and the decrease that it promises."""
        ...


@dataclass(frozen=True, slots=True)
class NewtonState:
    """What one step of Newton's method leaves to the next.

    Attributes
    ----------
    evaluations : int
        Values and gradients computed so far; 0 before the first step.
    value, gradient : float and (P,) array
        At the current theta. Meaningless while ``evaluations`` is 0.
    radius : float
        How far the quadratic model is trusted, as a length in theta.
    promise : float
        What the latest step was to take off the value.
    stuck : bool
        True after a step that found no better point.
    """

    evaluations: int
    value: float
    gradient: Vector
    radius: float
    promise: float
    stuck: bool


@dataclass(frozen=True, slots=True)
class Newton:
    """Trust-region Newton with the exact Hessian.

    Each step minimizes ``gradient @ s + s @ hessian @ s / 2`` over steps s no longer than the
    radius, and tries shorter ones until the loss falls. Directions of negative curvature are
    followed, so saddle points do not hold it up.

    Parameters
    ----------
    gradient_tolerance : float
        Converged once max abs gradient <= gradient_tolerance * max(1, value).
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

    gradient_tolerance: float = 1e-6
    radius: float = 1.0
    dense_limit: int = 200
    needs_curvature: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the options."""
        settle(
            self,
            gradient_tolerance=check_number("gradient_tolerance", self.gradient_tolerance),
            radius=check_number("radius", self.radius, above=True),
            dense_limit=check_whole("dense_limit", self.dense_limit),
        )

    def init(self, theta: Vector) -> NewtonState:
        """Make the state before the first step."""
        return NewtonState(0, nan, np.zeros(theta.size), self.radius, nan, stuck=False)

    @unwarned
    def step(
        self, objective: TwiceDifferentiable, theta: Vector, state: NewtonState
    ) -> tuple[Vector, NewtonState, float]:
        """Go to the first trial point that lowers the loss about as the model promised."""
        if not state.evaluations:
            value, gradient = objective(theta)
            if not isfinite(value):
                return theta, state, float(value)
            state = replace(state, evaluations=1, value=float(value), gradient=gradient)
        if theta.size <= self.dense_limit:
            model: Model = DenseModel(objective.hessian(theta), state.gradient)
        else:
            model = ProductModel(
                lambda v: objective.hessian_vector(theta, v),
                state.gradient,
                scale=max(1.0, state.value),
            )
        moved, after = _descend(objective, model, theta, state)
        if after.stuck:
            # By now the region is tiny, and so is its promise: what would a fair one promise?
            after = replace(after, promise=model.minimize(self.radius)[1])
        return moved, after, state.value

    def verdict(self, state: NewtonState, value: float) -> Stop | None:
        """Stop where the gradient is small, and where no radius gave a lower loss."""
        if not state.evaluations:
            return None
        return judge_gradient(
            state.gradient, state.value, self.gradient_tolerance
        ) or judge_progress(state.gradient, state.value, state.promise, state.stuck)


def _descend(
    objective: TwiceDifferentiable, model: Model, theta: Vector, state: NewtonState
) -> tuple[Vector, NewtonState]:
    """Shorten the step until the loss falls as the model promises."""
    radius, trials = state.radius, 0
    rounding = ROUNDING * abs(state.value)
    shortest = EPSILON * max(1.0, sqrt(theta @ theta))
    while radius > shortest:
        step, promise = model.minimize(radius)
        if not isfinite(promise):
            break
        value, gradient = try_point(objective, theta + step)
        trials += 1
        length = sqrt(step @ step)
        if promise <= rounding:
            # The loss can no longer tell better from worse; the gradient can.
            good = value <= state.value + rounding and _is_shorter(gradient, state.gradient)
            radius = radius if good else 0.0
        else:
            quality = (state.value - value) / promise
            good = quality > 1e-4
            if quality < 0.25:
                radius = 0.25 * length
            elif quality > 0.75 and length > 0.9 * radius:
                radius = 2.0 * radius
        if good:
            after = NewtonState(
                state.evaluations + trials, value, gradient, radius, promise, stuck=False
            )
            return theta + step, after
    return theta, replace(state, evaluations=state.evaluations + trials, stuck=True)


def _is_shorter(a: Vector, b: Vector) -> bool:
    return float(a @ a) < float(b @ b)


class DenseModel:
    """The quadratic model with its Hessian written out, minimized exactly.

    Parameters
    ----------
    H : (P, P) array
    gradient : (P,) array
    """

    def __init__(self, H: Matrix, gradient: Vector) -> None:
        # Along its own axes the model falls apart into P parabolas. At 50 parameters they cost
        # no more than the Cholesky factors that would also do, as the Hessian of a network is
        # seldom positive definite; and after a step that was too long a shorter one is free.
        try:
            self.values, self.axes = np.linalg.eigh(H)
        except np.linalg.LinAlgError:  # of what is not finite; the promise will be nan
            self.values, self.axes = np.full_like(gradient, nan), np.full_like(H, nan)
        self.slopes = gradient @ self.axes

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Find the best step no longer than the radius, and the decrease that it promises."""
        step = minimize_separable(self.values, self.slopes, radius)
        return self.axes @ step, -float((self.slopes + 0.5 * self.values * step) @ step)


class ProductModel:
    """The quadratic model known by products of its Hessian with vectors, minimized roughly.

    Parameters
    ----------
    multiply : callable
        ``v -> H @ v``.
    gradient : (P,) array
    scale : float
        The size of the loss: the gradient counts as small against it, and the smaller it is,
        the closer the minimum is approached.
    """

    def __init__(
        self, multiply: Callable[[Vector], Vector], gradient: Vector, scale: float
    ) -> None:
        self.multiply = multiply
        self.gradient = gradient
        self.scale = scale

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Find a good step no longer than the radius, and the decrease that it promises.

        Conjugate gradients, up to the edge of the region where they would leave it or meet
        negative curvature (Steihaug's rule).
        """
        step, slopes = np.zeros_like(self.gradient), self.gradient
        direction, square = -slopes, float(slopes @ slopes)
        if square == 0.0:
            return step, 0.0
        target = min(0.5, sqrt(sqrt(square) / self.scale)) * sqrt(square)
        for _ in range(step.size):
            product = self.multiply(direction)
            curvature = float(direction @ product)
            length = square / curvature if curvature > 0.0 else np.inf
            edge = _reach(step, direction, radius)
            step = step + min(length, edge) * direction
            slopes = slopes + min(length, edge) * product
            before, square = square, float(slopes @ slopes)
            # Not "square > target": a nan has to end it too.
            if edge <= length or not sqrt(square) > target:
                break
            direction = (square / before) * direction - slopes
        # slopes are gradient + H @ step.
        return step, -0.5 * float(step @ (self.gradient + slopes))


def _reach(step: Vector, direction: Vector, radius: float) -> float:
    """How much of the direction, added to the step, ends at the radius."""
    a, b = float(direction @ direction), float(step @ direction)
    room = radius * radius - float(step @ step)
    # The root that does not subtract: b and room are not negative here.
    return room / (b + sqrt(b * b + a * room)) if room > 0.0 else 0.0


def minimize_separable(values: Vector, slopes: Vector, radius: float) -> Vector:
    """Minimize ``slopes @ s + values @ s**2 / 2`` over all s no longer than the radius.

    Parameters
    ----------
    values : (P,) array
        Curvatures in ascending order, of any sign.
    slopes : (P,) array
    radius : float

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
    flat = EPSILON * values.size * max(abs(float(values[0])), abs(float(values[-1])))
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
