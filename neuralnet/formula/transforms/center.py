"""``center(a)``: subtract the mean of the training rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from patsy.state import Center as PatsyCenter


class Center(PatsyCenter):  # type: ignore[misc]
    """Patsy's ``center(a)`` for numbers: subtract the mean of the training rows."""

    def memorize_chunk(self, x: Any) -> None:
        """Add a block of the training rows; text is refused, as its sum would be one long text."""
        kind = np.asarray(x).dtype
        if kind.kind not in "biuf":
            raise TypeError(f"center takes numbers, not {kind}")
        super().memorize_chunk(x)

    def invert(self, v: Any) -> NDArray[np.float64]:
        """Return the values that `transform` centers to these."""
        return np.asarray(v + self._sum / self._count, dtype=np.float64)
