"""The penalty on weights: R nnet's decay, for all or for each, with a share of it in L1.

Knows nothing of rows, losses and units; what it is given may be weights in any coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Penalty:
    """``sum(decay * ((1 - mixture) * phi**2 + mixture * abs(phi)))``.

    Parameters
    ----------
    decay : float or (P,) array
        For all weights, or one for each.
    mixture : float
        From 0, squares alone, to 1, absolute values alone: those draw weights to exactly 0.
    """

    decay: float | Vector = 0.0
    mixture: float = 0.0

    def __bool__(self) -> bool:
        return self._counts

    @cached_property
    def _counts(self) -> bool:
        return bool(np.any(self.decay))

    def value(self, phi: Vector) -> float:
        """The penalty on phi (P,)."""
        # An infinite penalty is an answer, and where there is no decay even huge weights are free.
        with np.errstate(over="ignore"):
            return float((0.5 * self.gradient(phi) * phi + self.absolute * np.abs(phi)).sum())

    def gradient(self, phi: Vector) -> Vector:
        """Gradient (P,) of the squares."""
        return self.curvature * phi

    @property
    def curvature(self) -> float | Vector:
        """Second derivative of the squares, for all weights or for each."""
        return 2.0 * (1.0 - self.mixture) * self.decay

    def add_curvature(self, H: NDArray[np.float64], share: float) -> None:
        """Add a share of the second derivatives to a Hessian (P, P), in place."""
        np.einsum("ii->i", H)[:] += share * self.curvature

    def hessian_vector(self, v: Vector) -> Vector:
        """The product of the second derivatives with a direction (P,)."""
        return self.curvature * v

    @property
    def absolute(self) -> float | Vector:
        """What ``abs(phi)`` is multiplied by, for all weights or for each; 0.0 for no L1."""
        return self.mixture * self.decay if self.mixture and self else 0.0


def expand_decay(
    decay: float | Sequence[float],
    shapes: Sequence[tuple[int, int]],
    *,
    unpenalized: Sequence[int | None] = (),
    factor: Vector | None = None,
    skip: Sequence[int] = (),
) -> float | Vector:
    """One decay for each weight from one a layer; a single number for all stays one.

    Parameters
    ----------
    decay : float or sequence of them
        For all matrices, or one for each.
    shapes : sequence of (rows, columns)
    unpenalized : sequence of int or None
        The row of each matrix on which no penalty lies; empty: none is unpenalized.
    factor : (D,) array, optional
        What multiplies the decay of each row of the first matrix.
    skip : sequence of int
        The rows of the first matrix whose columns of X the last one reads in its last rows.

    Raises
    ------
    ValueError
        For products beyond what floats hold.

    Examples
    --------
    >>> expand_decay([0.5, 0.25], [(2, 1), (2, 2)])
    array([0.5 , 0.5 , 0.25, 0.25, 0.25, 0.25])
    >>> expand_decay(0.5, [(2, 1), (2, 2)], unpenalized=[None, 0], factor=np.array([1.0, 3.0]))
    array([0.5, 1.5, 0. , 0. , 0.5, 0.5])
    """
    if isinstance(decay, float):
        if decay == 0.0 or (factor is None and all(row is None for row in unpenalized)):
            return decay
        decay = [decay] * len(shapes)
    matrices = [np.full(shape, each) for shape, each in zip(shapes, decay, strict=True)]
    if factor is not None:
        with np.errstate(over="ignore"):
            matrices[0] *= factor[:, None]
            if skip:
                matrices[-1][-len(skip) :] *= factor[list(skip), None]
    for matrix, row in zip(matrices, unpenalized, strict=bool(unpenalized)):
        if row is not None:
            matrix[row] = 0.0
    spread = np.concatenate([matrix.ravel() for matrix in matrices])
    if not np.isfinite(spread).all():
        raise ValueError("decay times penalty_factor is beyond what floats hold: lower one of them")
    return spread
