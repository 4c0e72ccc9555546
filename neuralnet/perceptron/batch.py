"""Batch and Sums: the rows that a pass reads, and the sums over rows that it returns.

Sums add component by component, so that rows may be split and their sums joined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Batch(NamedTuple):
    """Rows of data as arrays.

    Attributes
    ----------
    X : (n, D) floats
        The design matrix, intercept column included where there is one.
    Y : (n,) class codes or (n, K) numbers
        The response encoded by ``family.encode``.
    w : (n,) floats or None
        Case weights; a weight of 2 counts a row twice. None: every row counts once.
    offset : (n, 1) or (n, K) floats or None
        Added to the scores.
    """

    X: NDArray[np.float64]
    Y: NDArray[np.generic]
    w: NDArray[np.float64] | None = None
    offset: NDArray[np.float64] | None = None

    @property
    def weight(self) -> float:
        """Sum of the case weights; without weights the number of rows."""
        return float(len(self.X)) if self.w is None else float(self.w.sum())

    def cast(self, dtype: Any) -> Batch:
        """Convert floats to a precision, without a copy where they have it; codes stay integers."""

        def cast(part: Any) -> Any:
            floats = part is not None and part.dtype.kind == "f"
            return part.astype(dtype, copy=False) if floats else part

        return Batch(*map(cast, self))

    def pick(self, rows: NDArray[np.generic] | slice) -> Batch:
        """Select rows by positions, by a mask or by a slice."""
        w, offset = (None if part is None else part[rows] for part in (self.w, self.offset))
        return Batch(self.X[rows], self.Y[rows], w, offset)


@dataclass(slots=True)
class Sums:
    """Sums over the rows of a batch, in float64.

    Attributes
    ----------
    loss : float
        Half the weighted deviance.
    gradient : (P,) array
        Gradient of the loss; of size 0 if it was not computed.
    weight : float
        Sum of the case weights; without weights the number of rows.
    correct : float
        Weight of the rows classified right; nan if it was not counted or without classes.
    """

    loss: float
    gradient: NDArray[np.float64]
    weight: float
    correct: float

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.loss + other.loss,
            self.gradient + other.gradient,
            self.weight + other.weight,
            self.correct + other.correct,
        )

    def __iadd__(self, other: Sums) -> Sums:
        self.loss += other.loss
        self.gradient += other.gradient
        self.weight += other.weight
        self.correct += other.correct
        return self
