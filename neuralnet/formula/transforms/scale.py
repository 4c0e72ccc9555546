"""``scale(a)``: R's, with the standard deviation that divides by n - 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .standardize import _Moments


class Scale(_Moments):
    """R's ``scale(a)``: less the mean of the training rows, over their standard deviation (n - 1).

    A number as ``center`` or ``scale`` is subtracted or divided by. Where ``center`` is not the
    mean, the divisor is the root of the mean square, over n - 1, about what is subtracted, as in R.
    ``ddof`` and ``rescale`` are those of `Standardize`.
    """

    def memorize_chunk(
        self, x: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> None:
        """Add some of the training rows."""
        self.add(x)

    def transform(
        self, x: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> NDArray[np.float64]:
        """Any rows, (n,) or (n, c), column by column."""
        scaled: NDArray[np.float64] = np.array(x, dtype=np.float64)
        middle = self.mean if _is_flag(center) and center else float(center)
        scaled -= middle
        if not _is_flag(scale):
            return scaled / float(scale)
        # As in R, one row has a mean square too, where it is not about its own mean.
        divisor = self.measure_spread(middle, min(ddof, self.n - 1)) if scale and rescale else 1.0
        return np.asarray(scaled / divisor)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)
