"""The exact trust-region subproblem by the algorithm of Moré and Sorensen (1983).

Source: Moré and Sorensen (1983), Computing a trust region step, SIAM J. Sci. Stat. Comput. 4;
Nocedal and Wright (2006), Numerical Optimization, 2nd edition, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from .diagonal_subproblem import minimize_diagonal
from .newton_decrement import find_axes, predict_decrease

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# A shift is accepted if the length of its step is between these multiples of the radius.
SHORT, LONG = 0.3, 2.0
TRIES = 6
# Where so small a share of the curvature of a weight is independent of the other weights, about
# five digits of the Hessian are accurate.
DOUBTFUL = 1e-10


class ExactSubproblem:
    """The quadratic model given by its Hessian, minimized within a radius.

    Parameters
    ----------
    H : (P, P) array
    gradient : (P,) array
    multiplier_norm : float
        That of the previous subproblem, as a warm start; 0 if there is none.
    multiply : callable, optional
        ``v -> H @ v`` with less rounding than H itself, for curvatures that are lost in it.

    Attributes
    ----------
    multiplier_norm : float
        The norm of the gradient of the model at the end of the step, which is
        ``shift * length``.

    Notes
    -----
    The minimum is ``-inv(H + shift) @ gradient`` with a shift, the Lagrange multiplier of the
    radius, that makes ``H + shift`` positive definite. The search starts from the shift of the
    previous subproblem and most often ends after one or two shifts. The radius is a heuristic, so
    the length of the step need not equal it: the step is scaled along its direction. If the search
    fails, as in the hard case, where the gradient is orthogonal to the direction of lowest
    curvature, the problem is solved in the eigenvectors of H.
    """

    def __init__(
        self,
        H: Matrix,
        gradient: Vector,
        multiplier_norm: float = 0.0,
        multiply: Callable[[Vector], Vector] | None = None,
    ) -> None:
        self.H = H
        self.multiply: Callable[[Vector], Vector] = multiply or (lambda v: np.asarray(H @ v))
        self.gradient = gradient
        self.multiplier_norm: float = multiplier_norm
        # The largest shift for which H + shift is indefinite, and the smallest for which it is not.
        self._too_small, self._enough = -1.0, inf
        self._axes: tuple[Vector, Matrix] | None = None

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Return a step of at most the radius, and its predicted decrease."""
        found = self._search(radius) if self._axes is None else None
        if found is None:
            return self._minimize_along_axes(radius)
        step, length, shift = found
        slope, curvature = float(self.gradient @ step), float(step @ (self.H @ step))
        if shift > 0.0 or length > radius:
            factor = radius / length
            if curvature > 0.0:
                factor = min(factor, -slope / curvature)
            step, slope, curvature = factor * step, factor * slope, factor * factor * curvature
        self.multiplier_norm = shift * length
        return step, -(slope + 0.5 * curvature)

    def _search(self, radius: float) -> tuple[Vector, float, float] | None:
        """Return a step of about the right length, its length and its shift; None if it fails."""
        shift, low, high = self.multiplier_norm / radius, self._too_small, inf
        for _ in range(TRIES):
            step = self._solve(shift)
            if step is None:
                self._too_small = low = max(low, shift)
                least = 1e-4 * float(np.abs(self.H.diagonal()).max())
                shift = max(4.0 * shift, least) if high == inf else _bisect(low, high)
                continue
            length = sqrt(step @ step)
            if length <= LONG * radius and (shift == 0.0 or length >= SHORT * radius):
                return step, length, shift
            if not length > 0.0:
                break
            low, high = (shift, high) if length > radius else (low, shift)
            # Newton's method for 1 / length = 1 / radius, with the curvature along the step.
            curvature = -float(self.gradient @ step) / (length * length)
            shift += (length / radius - 1.0) * curvature
            if shift <= max(low, 0.0):
                shift = 0.0 if low < 0.0 else _bisect(low, high)
        return None

    @property
    def is_doubtful(self) -> bool:
        """True if H is singular or nearly so, so that a curvature may be lost in rounding.

        The squares of the diagonal of the Cholesky factor, relative to the diagonal of H, are the
        shares of the curvature of each weight that are independent of the other weights; below
        `DOUBTFUL` they are unreliable.
        """
        try:
            independent = np.linalg.cholesky(self.H).diagonal() ** 2
        except np.linalg.LinAlgError:
            return True
        return not (independent > DOUBTFUL * self.H.diagonal()).all()

    def _solve(self, shift: float) -> Vector | None:
        """Return the step of a shift; None if ``H + shift`` is not positive definite."""
        shifted = self.H
        if shift > 0.0:
            shifted = shifted.copy()
            shifted.reshape(-1)[:: len(shifted) + 1] += shift
        try:
            if shift < self._enough:
                # Cholesky is only a test here, as NumPy has no triangular solver. On platforms
                # without floating-point flags (a browser), a failure gives nan and no exception.
                if not np.isfinite(np.linalg.cholesky(shifted)).all():
                    return None
                self._enough = shift
            step = np.asarray(np.linalg.solve(shifted, -self.gradient), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        return step if np.isfinite(step).all() else None

    def _minimize_along_axes(self, radius: float) -> tuple[Vector, float]:
        """Solve the problem exactly in the eigenvectors of H, where it is diagonal."""
        if self._axes is None:
            self._axes = find_axes(self.H)
        values, axes = self._axes
        slopes = self.gradient @ axes
        step = minimize_diagonal(values, slopes, radius)
        left = slopes + values * step
        self.multiplier_norm = sqrt(left @ left)
        return axes @ step, -0.5 * float((slopes + left) @ step)

    def predict_decrease(
        self, gradient: Vector, radius: float, threshold: float
    ) -> tuple[float, bool]:
        """Predict the remaining decrease; see `Subproblem`."""
        return predict_decrease(self.H, self.multiply, gradient, radius, threshold)


def _bisect(low: float, high: float) -> float:
    """Return a shift between one that is too small and one that is too large."""
    return sqrt(low * high) if low > 0.0 else 0.1 * high
