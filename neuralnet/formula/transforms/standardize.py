"""``standardize(a)``: mean and standard deviation of the training rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class _Moments:
    """The mean of the training rows, and their sum of squares about it, column by column.

    Blocks are joined by the formulas of Chan, Golub & LeVeque (1983), *The American Statistician*
    37, 242-247. The first row is taken off beforehand, so that a constant has a deviation of
    exactly 0.
    """

    def __init__(self) -> None:
        self.n = 0
        self.first: Any = 0.0
        self.mean: Any = 0.0
        self.squares: Any = 0.0

    def add(self, x: Any) -> None:
        """Count some of the training rows."""
        x = np.asarray(x, dtype=np.longdouble)
        if not self.n:
            self.first = x[0]
        x = x - self.first
        mean = x.mean(axis=0)
        squares = ((x - mean) ** 2).sum(axis=0)
        before, n = self.n, len(x)
        self.n = before + n
        step = mean - self.mean
        self.mean = self.mean + step * n / self.n
        self.squares = self.squares + squares + step**2 * before * n / self.n

    def memorize_finish(self) -> None:
        """The mean of the rows themselves."""
        self.mean = self.first + self.mean
        self.first = 0.0

    def measure_spread(self, middle: Any, ddof: int) -> Any:
        """The root of the mean square about a middle, over n - ddof; nan where squares overflow."""
        squares = self.squares + self.n * (self.mean - middle) ** 2
        # Squares too large for a float would make all rows 0; so none is a finite number.
        squares = np.where(np.isfinite(squares), squares, np.nan)
        return np.sqrt(squares / (self.n - ddof))


class Standardize(_Moments):
    """``standardize(a)``: less the mean of the training rows, over their standard deviation.

    As patsy's, which goes row by row.
    """

    def memorize_chunk(
        self, x: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> None:
        """Add some of the training rows."""
        self.add(x)

    def transform(
        self, x: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> NDArray[np.float64]:
        """Any rows, (n,) or (n, c), column by column."""
        scaled: NDArray[np.float64] = np.array(x, dtype=np.float64)
        if center:
            scaled -= self.mean
        if rescale:
            scaled /= self.measure_spread(self.mean, ddof)
        return scaled
