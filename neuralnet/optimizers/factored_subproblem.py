"""The trust-region subproblem of least squares, from a square root of the Hessian.

For Hessians that are singular up to rounding: forming ``A' A`` squares the condition number of A.
Source: Golub and Van Loan (2013), Matrix Computations, section 5.5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .diagonal_subproblem import EPSILON, decrease_along_axis, minimize_diagonal

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class FactoredSubproblem:
    """The quadratic model ``sum((A s + b)**2) / 2`` of steps s, by the singular values of A.

    Parameters
    ----------
    A : (m, P) array
        The Hessian is ``A' A``.
    b : (m,) array
        The gradient is ``A' b``.

    Notes
    -----
    The singular values are those of R in ``A = Q R``. Those that are 0 up to rounding are left out:
    a step has no component along their directions.
    """

    def __init__(self, A: Matrix, b: Vector) -> None:
        Q, R = np.linalg.qr(A)
        left, self._singular, self._axes = np.linalg.svd(R, full_matrices=False)
        self._heights = left.T @ (Q.T @ b)
        floor = EPSILON * max(A.shape) * self._singular[0]
        self._kept = self._singular > floor
        self._clear = self._singular > 10.0 * floor
        self.multiplier_norm: float = 0.0

    def minimize(self, radius: float) -> tuple[Vector, float]:
        """Return a step of at most the radius, and its predicted decrease."""
        values, heights, axes = (
            each[self._kept] for each in (self._singular, self._heights, self._axes)
        )
        along = -heights / values
        if along @ along > radius * radius:
            # minimize_diagonal takes curvatures in ascending order.
            order = slice(None, None, -1)
            curvatures, slopes = (values**2)[order], (values * heights)[order]
            along = minimize_diagonal(curvatures, slopes, radius, rounding=0.0)[order]
        left = values * along + heights
        return along @ axes, 0.5 * float((heights - left) @ (heights + left))

    def predict_decrease(
        self, gradient: Vector, radius: float, threshold: float
    ) -> tuple[float, bool]:
        """Predict the remaining decrease; see `Subproblem`."""
        slopes, curvatures = self._axes @ gradient, self._singular**2
        kept = self._kept
        along = map(decrease_along_axis, slopes[kept], curvatures[kept], [radius] * len(slopes))
        decrease = sum(along)
        decrease += radius * float(np.abs(slopes[~kept]).sum())
        return decrease, bool((self._clear == kept).all() and np.isfinite(decrease))
