"""Functions of a formula that work row by row, where NumPy's own take more than they should.

Of text they make what can only be compared. Knows nothing of formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import check_memory
from .integers import Integers

COMPARISONS = ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal")


def clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    """NumPy's ``clip`` of numbers, under the names of its arguments in all its releases."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    numbers = _read_numbers(a)
    numbers = numbers if low is None else np.maximum(numbers, low)
    return numbers if high is None else np.minimum(numbers, high)


def round_off(a: Any, decimals: int = 0) -> Any:
    """NumPy's ``round`` of numbers."""
    numbers = _read_numbers(a)
    if isinstance(numbers, Integers) and decimals >= 0:
        return numbers
    return np.round(numbers, decimals)


class Text(np.ndarray):
    """Text, which can be compared and nothing else: sums and products would make it longer."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc.__name__ not in COMPARISONS:
            raise TypeError("text takes no part in arithmetic")
        plain = [each.view(np.ndarray) if isinstance(each, Text) else each for each in inputs]
        return getattr(ufunc, method)(*plain, **options)


def choose(condition: Any, x: Any, y: Any) -> Any:
    """NumPy's ``where``; of categories and text it makes `Text`."""
    _check_text(np.size(condition), [each for each in (x, y) if isinstance(each, str)])
    found = np.where(condition, x, y)
    if found.dtype == object:
        words = pd.unique(found.ravel())
        if any(" object at 0x" in repr(each) for each in words if not isinstance(each, str)):
            # Their text would be where they lie in memory.
            raise TypeError("it takes numbers and text, and no objects that have neither")
        _check_text(found.size, words)
        found = found.astype(str)
    return found.view(Text) if found.dtype.kind == "U" and found.ndim else found


def _check_text(n: int, words: Sequence[Any]) -> None:
    longest = max((len(str(word)) for word in words), default=0)
    # NumPy gives each letter of the longest word 4 bytes in every row.
    what = f"{n:,} rows of text with up to {longest:,} letters"
    check_memory(what, n * longest // 2, "Take shorter words")


def _read_numbers(values: Any) -> Any:
    if isinstance(values, Integers):
        return values
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"it takes numbers, not {array.dtype}")
    return array
