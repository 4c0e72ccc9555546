"""``scale(a)``: R's standardization, with the standard deviation that divides by n - 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .standardize import Moments


class Scale(Moments):
    """R's ``scale(a)``: subtract the training mean, divide by the standard deviation (n - 1).

    Numbers as ``center`` and ``scale`` are used in place of mean and standard deviation. With a
    number or False as ``center`` the divisor is the root mean square about it, over n - 1, as in R.
    ``ddof`` and ``rescale`` are those of `Standardize`.
    """

    def memorize_chunk(
        self, x: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> None:
        """Add a block of the training rows."""
        self.add(x)

    def transform(
        self, x: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> NDArray[np.float64]:
        """Scale any rows, (n,) or (n, c), column by column."""
        middle, divisor = self._measure(center, scale, ddof, rescale)
        scaled: NDArray[np.float64] = np.array(x, dtype=np.float64)
        scaled -= middle
        return np.asarray(scaled / divisor)

    def invert(
        self, v: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> NDArray[np.float64]:
        """Return the values that `transform` scales to these."""
        middle, divisor = self._measure(center, scale, ddof, rescale)
        return np.asarray(v * divisor + middle, dtype=np.float64)

    def _measure(self, center: Any, scale: Any, ddof: int, rescale: bool) -> tuple[Any, Any]:
        """Return what is subtracted, and what is divided by."""
        middle = self.mean if _is_flag(center) and center else float(center)
        if not _is_flag(scale):
            return middle, float(scale)
        # As in R, a single row has a mean square about a number that is not its own mean.
        return middle, (
            self.measure_spread(middle, min(ddof, self.n - 1)) if scale and rescale else 1.0
        )


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)
