"""Columns of numbers, as transforms take them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def read_numbers(function: str, x: Any) -> NDArray[np.float64]:
    """Return a single column of numbers (n,) as floats; ``function`` is the name for the error."""
    array = np.asarray(x)
    if array.dtype.kind not in "fiub" or array.ndim != 1:
        raise TypeError(f"{function} takes one column of numbers")
    return array.astype(np.float64)
