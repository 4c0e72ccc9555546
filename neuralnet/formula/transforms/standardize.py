"""``standardize(a)``: subtract the training mean, divide by the standard deviation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Moments:
    """Mean, and sum of squares about it, of each column of the training rows.

    Blocks are combined by the parallel algorithm of Chan, Golub & LeVeque (1983), *The American
    Statistician* 37, 242-247. The first row is subtracted beforehand, so that the standard
    deviation of a constant is exactly 0.
    """

    def __init__(self) -> None:
        self.n: int = 0
        self.first: Any = 0.0
        self.mean: Any = 0.0
        self.squares: Any = 0.0

    def add(self, x: Any) -> None:
        """Add a block of the training rows."""
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
        """Add the first row to the mean again."""
        self.mean = self.first + self.mean
        self.first = 0.0

    def measure_spread(self, center: Any, ddof: int) -> Any:
        """Return the root mean square about a center, over n - ddof; nan where squares overflow."""
        squares = self.squares + self.n * (self.mean - center) ** 2
        # An infinite divisor would make all rows 0.
        squares = np.where(np.isfinite(squares), squares, np.nan)
        return np.sqrt(squares / (self.n - ddof))


class Standardize(Moments):
    """``standardize(a)``: subtract the training mean, divide by the standard deviation (n).

    The result is that of patsy's transform, which updates its moments row by row.
    """

    def memorize_chunk(
        self, x: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> None:
        """Add a block of the training rows."""
        self.add(x)

    def transform(
        self, x: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> NDArray[np.float64]:
        """Standardize any rows, (n,) or (n, c), column by column."""
        scaled: NDArray[np.float64] = np.array(x, dtype=np.float64)
        if center:
            scaled -= self.mean
        if rescale:
            scaled /= self.measure_spread(self.mean, ddof)
        return scaled

    def invert(
        self, v: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> NDArray[np.float64]:
        """Return the values that `transform` standardizes to these."""
        spread = self.measure_spread(self.mean, ddof) if rescale else 1.0
        return np.asarray(v * spread + (self.mean if center else 0.0), dtype=np.float64)
