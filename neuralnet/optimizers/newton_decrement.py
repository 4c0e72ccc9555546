"""The Newton decrement: the predicted decrease of a Newton step, and whether rounding hides it.

Source: Boyd and Vandenberghe (2004), Convex optimization, section 9.5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from .diagonal_subproblem import EPSILON, decrease_along_axis
from .protocol import Differentiable

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# A Hessian-vector product is more accurate than the Hessian by this factor: its sums have half as
# many digits again.
PRODUCT_PRECISION = float(np.sqrt(EPSILON))


def predict_decrease(
    H: Matrix,
    multiply: Callable[[Vector], Vector],
    gradient: Vector,
    radius: float,
    threshold: float,
) -> tuple[float, bool]:
    """Predict the decrease of a Newton step, half the squared Newton decrement.

    Parameters
    ----------
    H : (P, P) array
        The Hessian.
    multiply : callable
        ``v -> H @ v`` with less rounding than H itself.
    gradient : (P,) array
    radius : float
        The length of the step in directions without a minimum.
    threshold : float
        The computation may end once the decrease exceeds this number.

    Returns
    -------
    decrease : float
        Half of ``gradient @ inv(H) @ gradient``.
    resolved : bool
        False if some curvature is lost in rounding, so that the minimum is unknown.

    Notes
    -----
    In the eigenvectors of H, scaled to a unit diagonal, the quadratic model is a sum of parabolas.
    The curvature of a flat direction, where the eigenvalue is only rounding, is recomputed from a
    Hessian-vector product, which sums squares of small numbers where H has lost them. The part that
    rounding mixes in from steeper directions is subtracted (a Schur complement). If the result is 0
    to the last digit, the direction has no minimum, as with softmax scores that are all shifted;
    if not, it has an unknown one.
    """
    if not np.isfinite(H).all():
        return nan, False
    P = len(H)
    unit = np.sqrt(np.abs(H.diagonal()))
    unit[unit == 0.0] = 1.0
    values, axes = find_axes(H / unit / unit[:, None])
    slopes = axes.T @ (gradient / unit)
    # The radius in units of each axis.
    reach = radius / np.sqrt(((axes / unit[:, None]) ** 2).sum(axis=0))
    noise = 10.0 * P * EPSILON * np.abs(values).max(initial=0.0)
    clear = np.abs(values) > noise
    decrease = float(sum(map(decrease_along_axis, slopes[clear], values[clear], reach[clear])))
    for place in np.flatnonzero(~clear):
        if decrease > threshold:
            break
        product = multiply(axes[:, place] / unit) / unit
        steeper = float(((axes[:, clear].T @ product) ** 2 / values[clear]).sum())
        if abs(float(axes[:, place] @ product) - steeper) > PRODUCT_PRECISION * noise:
            return decrease, False
        decrease += decrease_along_axis(slopes[place], 0.0, reach[place])
    return decrease, isfinite(decrease)


def is_idle(H: Matrix) -> bool:
    """Return whether some weight has zero curvature, as those of a saturated or dead unit."""
    diagonal = np.abs(H.diagonal())
    return bool((diagonal <= EPSILON**2 * diagonal.max(initial=0.0)).any())


def has_idle_units(objective: Differentiable, H: Matrix) -> bool:
    """Return whether an objective has hidden units and a weight without effect on the value."""
    return getattr(objective, "hidden", False) and is_idle(H)


def find_axes(H: Matrix) -> tuple[Vector, Matrix]:
    """Return eigenvalues in ascending order, and eigenvectors as columns; nan if they fail."""
    try:
        values, axes = np.linalg.eigh(H)
    except np.linalg.LinAlgError:  # H is not finite; the predicted decrease will be nan
        return np.full(len(H), nan), np.full_like(H, nan)
    return values, axes
