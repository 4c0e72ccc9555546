"""Quadratic models of a loss, and their minimum within a radius.

Knows matrices, gradients and lengths; nothing of what is modelled.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .convergence import examine, find_axes
from .diagonal_subproblem import minimize_separable

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# A shift will do that gives a step of a length between these shares of the radius.
SHORT, LONG = 0.3, 2.0
TRIES = 6
# Of a Hessian's digits about five are right where so little of a weight's curvature is its own.
DOUBTFUL = 1e-10


class Model(Protocol):
    """A quadratic model of the objective around theta.

    Attributes
    ----------
    steepness : float
        How long its gradient still is at the end of the latest step.
    """

    steepness: float

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Find a good step no longer than the radius, and the decrease that it promises."""
        ...

    def examine(self, gradient: Vector, radius: float, enough: float) -> tuple[float, bool]:
        """What the model still promises with another gradient, and whether it can tell.

        Parameters
        ----------
        gradient : (P,) array
        radius : float
            How far to look where the model has no minimum.
        enough : float
            A decrease beyond which nothing more needs to be known.

        Returns
        -------
        promise : float
            Of the step to the minimum.
        resolved : bool
            False where some curvature drowns in rounding, so that the minimum cannot be known.
        """
        ...


class DenseModel:
    """The quadratic model with its Hessian written out.

    Parameters
    ----------
    H : (P, P) array
    gradient : (P,) array
    steepness : float
        What a like model was left with at the end of its step; 0 where there was none.
    multiply : callable, optional
        ``v -> H @ v`` with less rounding than H itself has, for curvatures that drown in it.

    Notes
    -----
    The minimum is ``-inv(H + shift) @ gradient`` with some shift that makes H positive definite.
    There ``shift * length`` is the steepness, which tells where to begin: most often the first
    shift or the second will do. As the radius is a rule of thumb, so is the length: the step is
    stretched along its direction. Where the search comes to no end, as when the gradient has
    nothing of the direction of negative curvature, the minimum is found along the axes of H.

    Source: Moré and Sorensen (1983), Computing a trust region step, SIAM J. Sci. Stat. Comput. 4.
    """

    def __init__(
        self,
        H: Matrix,
        gradient: Vector,
        steepness: float = 0.0,
        multiply: Callable[[Vector], Vector] | None = None,
    ) -> None:
        self.H = H
        self.multiply = multiply or (lambda v: np.asarray(H @ v))
        self.gradient = gradient
        self.steepness = steepness
        # The largest shift that left a negative curvature, and the smallest that left none.
        self._too_small, self._enough = -1.0, inf
        self._axes: tuple[Vector, Matrix] | None = None

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Find a good step no longer than the radius, and the decrease that it promises."""
        found = self._search(radius) if self._axes is None else None
        if found is None:
            return self._minimize_along_axes(radius)
        step, length, shift = found
        slope, curvature = float(self.gradient @ step), float(step @ (self.H @ step))
        if shift > 0.0 or length > radius:
            reach = radius / length
            if curvature > 0.0:
                reach = min(reach, -slope / curvature)
            step, slope, curvature = reach * step, reach * slope, reach * reach * curvature
        self.steepness = shift * length
        return step, -(slope + 0.5 * curvature)

    def _search(self, radius: float) -> tuple[Vector, float, float] | None:
        """A step of about the right length, its length and its shift; None if none was found."""
        shift, low, high = self.steepness / radius, self._too_small, inf
        for _ in range(TRIES):
            step = self._solve(shift)
            if step is None:
                self._too_small = low = max(low, shift)
                least = 1e-4 * float(np.abs(self.H.diagonal()).max())
                shift = max(4.0 * shift, least) if high == inf else _part(low, high)
                continue
            length = sqrt(step @ step)
            if length <= LONG * radius and (shift == 0.0 or length >= SHORT * radius):
                return step, length, shift
            if not length > 0.0:
                break
            low, high = (shift, high) if length > radius else (low, shift)
            # Newton's method for 1 / length = 1 / radius, would the step be along an axis.
            stiffness = -float(self.gradient @ step) / (length * length)
            shift += (length / radius - 1.0) * stiffness
            if shift <= max(low, 0.0):
                shift = 0.0 if low < 0.0 else _part(low, high)
        return None

    @property
    def is_doubtful(self) -> bool:
        """Whether rounding may have hidden a curvature: H is singular, or nearly so.

        The squares on the diagonal of its Cholesky factor, beside its own diagonal, are what each
        weight has to itself; below `DOUBTFUL` they are not to be relied on.
        """
        try:
            own = np.linalg.cholesky(self.H).diagonal() ** 2
        except np.linalg.LinAlgError:
            return True
        return not (own > DOUBTFUL * self.H.diagonal()).all()

    def _solve(self, shift: float) -> Vector | None:
        """The step that a shift gives; None where it leaves a negative curvature."""
        shifted = self.H
        if shift > 0.0:
            shifted = shifted.copy()
            shifted.reshape(-1)[:: len(shifted) + 1] += shift
        try:
            if shift < self._enough:
                # As a test; NumPy does not solve with triangles. Where a processor has no flags
                # for floating point, as in a browser, what fails is nan and raises nothing.
                if not np.isfinite(np.linalg.cholesky(shifted)).all():
                    return None
                self._enough = shift
            step = np.asarray(np.linalg.solve(shifted, -self.gradient), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        return step if np.isfinite(step).all() else None

    def _minimize_along_axes(self, radius: float) -> tuple[Vector, float]:
        """The exact minimum: along its own axes the model falls apart into P parabolas."""
        if self._axes is None:
            self._axes = find_axes(self.H)
        values, axes = self._axes
        slopes = self.gradient @ axes
        step = minimize_separable(values, slopes, radius)
        left = slopes + values * step
        self.steepness = sqrt(left @ left)
        return axes @ step, -0.5 * float((slopes + left) @ step)

    def examine(self, gradient: Vector, radius: float, enough: float) -> tuple[float, bool]:
        """See `Model`."""
        return examine(self.H, self.multiply, gradient, radius, enough)


def _part(low: float, high: float) -> float:
    """A shift between two that are too small and too large."""
    return sqrt(low * high) if low > 0.0 else 0.1 * high


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
        self.steepness = 0.0

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

    def examine(self, gradient: Vector, radius: float, enough: float) -> tuple[float, bool]:
        """See `Model`. Conjugate gradients find no direction that rounding hides."""
        model = ProductModel(self.multiply, gradient, self.scale)
        return model.minimize(radius)[1], True


def _reach(step: Vector, direction: Vector, radius: float) -> float:
    """How much of the direction, added to the step, ends at the radius."""
    a, b = float(direction @ direction), float(step @ direction)
    room = radius * radius - float(step @ step)
    # The root that does not subtract: b and room are not negative here.
    return room / (b + sqrt(b * b + a * room)) if room > 0.0 else 0.0
