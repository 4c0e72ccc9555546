"""A quadratic model from its square root, for Hessians that rounding makes singular.

The Hessian is ``A' A`` and the gradient ``A' b``. Whoever forms the product loses twice as many
digits as A has to lose. Knows nothing of what is modelled.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .diagonal_subproblem import EPSILON, minimize_separable, promise_along

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class SquaresModel:
    """The quadratic model ``sum((A s + b)**2) / 2`` of steps s.

    Parameters
    ----------
    A : (m, P) array
    b : (m,) array

    Notes
    -----
    The minimum comes from the singular values of R in ``A = Q R``; those that are 0 but for
    rounding leave their direction alone.

    Source: Golub and Van Loan (2013), Matrix Computations, section 5.5.
    """

    def __init__(self, A: Matrix, b: Vector) -> None:
        Q, R = np.linalg.qr(A)
        left, self._singular, self._axes = np.linalg.svd(R, full_matrices=False)
        self._heights = left.T @ (Q.T @ b)
        floor = EPSILON * max(A.shape) * self._singular[0]
        self._kept = self._singular > floor
        self._clear = self._singular > 10.0 * floor
        self.steepness = 0.0

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Find a good step no longer than the radius, and the decrease that it promises."""
        values, heights, axes = (
            each[self._kept] for each in (self._singular, self._heights, self._axes)
        )
        along = -heights / values
        if along @ along > radius * radius:
            # In ascending order, as it is wanted there.
            order = slice(None, None, -1)
            curvatures, slopes = (values**2)[order], (values * heights)[order]
            along = minimize_separable(curvatures, slopes, radius, rounding=0.0)[order]
        left = values * along + heights
        return along @ axes, 0.5 * float((heights - left) @ (heights + left))

    def examine(self, gradient: Vector, radius: float, enough: float) -> tuple[float, bool]:
        """See `quadratics.Model`."""
        slopes, curvatures = self._axes @ gradient, self._singular**2
        kept = self._kept
        promise = sum(map(promise_along, slopes[kept], curvatures[kept], [radius] * len(slopes)))
        promise += radius * float(np.abs(slopes[~kept]).sum())
        return promise, bool((self._clear == kept).all() and np.isfinite(promise))
