"""Elastic-net penalty on weights: the weight decay of R's nnet, with a share of it in L1.

Knows no rows and no loss. The weights may be raw or scaled.
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
        One for all weights, or one for each.
    mixture : float
        From 0, ridge (squares alone), to 1, lasso (absolute values alone, which set weights to 0).
    """

    decay: float | Vector = 0.0
    mixture: float = 0.0

    def __bool__(self) -> bool:
        return self._is_active

    @cached_property
    def _is_active(self) -> bool:
        return bool(np.any(self.decay))

    def value(self, phi: Vector) -> float:
        """Evaluate the penalty at phi (P,)."""
        # An infinite penalty is a valid result; without decay huge weights cost nothing.
        with np.errstate(over="ignore"):
            return float((0.5 * self.gradient(phi) * phi + self.l1_weight * np.abs(phi)).sum())

    def gradient(self, phi: Vector) -> Vector:
        """Gradient (P,) of the penalty without its L1 part."""
        return self.curvature * phi

    @property
    def curvature(self) -> float | Vector:
        """Second derivative of the squares, one for all weights or one for each."""
        return 2.0 * (1.0 - self.mixture) * self.decay

    def add_curvature(self, H: NDArray[np.float64], share: float) -> None:
        """Add a share of the penalty's Hessian to H (P, P), in place."""
        np.einsum("ii->i", H)[:] += share * self.curvature

    def hessian_vector(self, v: Vector) -> Vector:
        """Product of the penalty's Hessian with a vector v (P,)."""
        return self.curvature * v

    @property
    def l1_weight(self) -> float | Vector:
        """The factor of ``abs(phi)``: one for all weights, or one for each; 0.0 without L1."""
        return self.mixture * self.decay if self.mixture and self else 0.0


def expand_decay(
    decay: float | Sequence[float],
    shapes: Sequence[tuple[int, int]],
    *,
    unpenalized: Sequence[int | None] = (),
    factor: Vector | None = None,
    skip: Sequence[int] = (),
) -> float | Vector:
    """Expand decays for layers to decays for weights, (P,); one float for all weights stays one.

    Parameters
    ----------
    decay : float or sequence of them
        One for all matrices, or one for each.
    shapes : sequence of (rows, columns)
    unpenalized : sequence of int or None
        The row of each matrix without a penalty; empty: all rows have one.
    factor : (D,) array, optional
        Factors of the decay of each row of the first matrix.
    skip : sequence of int
        Columns of X that the last matrix multiplies by its last rows: they have factors too.

    Raises
    ------
    ValueError
        If a product of decay and factor overflows.

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
    matrices = [np.full(shape, value) for shape, value in zip(shapes, decay, strict=True)]
    if factor is not None:
        with np.errstate(over="ignore"):
            matrices[0] *= factor[:, None]
            if skip:
                matrices[-1][-len(skip) :] *= factor[list(skip), None]
    for matrix, row in zip(matrices, unpenalized, strict=bool(unpenalized)):
        if row is not None:
            matrix[row] = 0.0
    expanded = np.concatenate([matrix.ravel() for matrix in matrices])
    if not np.isfinite(expanded).all():
        raise ValueError("decay times penalty_factor is beyond what floats hold: lower one of them")
    return expanded
