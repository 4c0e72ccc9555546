"""The penalty on weights: R nnet's decay, one number or one a layer, with a share of it in L1.

Knows nothing of rows, losses and units; what it is given may be weights in any coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

__all__ = ["Penalty", "spread_decay"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Penalty:
    """``sum(decay * ((1 - mixture) * phi**2 + mixture * abs(phi)))``, biases included.

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
            return float((0.5 * self.slope(phi) * phi + self.absolute * np.abs(phi)).sum())

    def slope(self, phi: Vector) -> Vector:
        """Gradient (P,) of the squares."""
        return self.curvature * phi

    @property
    def curvature(self) -> float | Vector:
        """Second derivative of the squares, for all weights or for each."""
        return 2.0 * (1.0 - self.mixture) * self.decay

    def add_curvature(self, H: NDArray[np.float64], share: float) -> None:
        """Add a share of the second derivatives to a Hessian (P, P), in place."""
        np.einsum("ii->i", H)[:] += share * self.curvature

    def curve(self, v: Vector) -> Vector:
        """The product of the second derivatives with a direction (P,)."""
        return self.curvature * v

    @property
    def absolute(self) -> float | Vector:
        """What ``abs(phi)`` is multiplied by, for all weights or for each; 0.0 for no L1."""
        return self.mixture * self.decay if self.mixture and self else 0.0


def spread_decay(
    decay: float | Sequence[float], shapes: Sequence[tuple[int, int]]
) -> float | Vector:
    """One decay for each weight from one a layer; a single number stays one.

    Examples
    --------
    >>> spread_decay([0.5, 0.0], [(2, 1), (1, 3)])
    array([0.5, 0.5, 0. , 0. , 0. ])
    """
    if isinstance(decay, float):
        return decay
    return np.repeat(decay, [rows * columns for rows, columns in shapes])
