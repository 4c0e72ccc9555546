"""Functions of a formula that remember the training rows: the levels of C(...), mean and spread.

They follow patsy's protocol and learn from the rows in blocks. Knows nothing of formulas.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from patsy.state import Center as PatsyCenter


class Center(PatsyCenter):  # type: ignore[misc]
    """``center(a)``: less the mean of the training rows, as patsy has it, of numbers alone."""

    def memorize_chunk(self, x: Any) -> None:
        """Add some of the training rows; the sum of text would be one long text."""
        kind = np.asarray(x).dtype
        if kind.kind not in "biuf":
            raise TypeError(f"center takes numbers, not {kind}")
        super().memorize_chunk(x)
