"""Elementwise functions of a formula that replace NumPy's, which accept too much.

Arrays of text that they return support comparisons only. Knows nothing of formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from ..errors import check_memory
from .integers import COMPARISONS, Integers


def clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    """Clip numbers as NumPy's ``clip`` does, with the argument names of all its releases."""
    low = a_min if min is None else min
    high = a_max if max is None else max
    numbers = _read_numbers(a)
    numbers = numbers if low is None else np.maximum(numbers, low)
    return numbers if high is None else np.minimum(numbers, high)


def round_off(a: Any, decimals: int = 0, digits: int | None = None) -> Any:
    """Round numbers as NumPy's ``round`` does; ``digits`` is R's name of ``decimals``."""
    numbers, decimals = _read_numbers(a), decimals if digits is None else digits
    if isinstance(numbers, Integers) and decimals >= 0:
        return numbers
    return np.round(numbers, decimals)


def take_logarithm(x: Any, base: float = np.e) -> Any:
    """Compute logarithms to any base, as R's ``log(x, base)`` does; natural ones by default."""
    numbers = _read_numbers(x)
    if base in _LOGARITHMS:
        return _LOGARITHMS[base](numbers)
    return np.log(numbers) / np.log(base)


_LOGARITHMS = {np.e: np.log, 2: np.log2, 10: np.log10}


def parallel_minimum(*values: Any) -> Any:
    """Compute the smallest value in each row, as R's ``pmin`` does; nan if one is nan."""
    return reduce(np.minimum, map(_read_numbers, values))


def parallel_maximum(*values: Any) -> Any:
    """Compute the largest value in each row, as R's ``pmax`` does; nan if one is nan."""
    return reduce(np.maximum, map(_read_numbers, values))


class Text(np.ndarray):
    """An array of text that allows comparisons only: sums and products would lengthen it."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if ufunc not in COMPARISONS:
            raise TypeError("text takes no part in arithmetic")
        plain = [each.view(np.ndarray) if isinstance(each, Text) else each for each in inputs]
        return getattr(ufunc, method)(*plain, **options)


def choose(condition: Any, x: Any, y: Any) -> Any:
    """Choose between values as NumPy's ``where`` does; categories and text become `Text`."""
    _check_text(np.size(condition), [each for each in (x, y) if isinstance(each, str)])
    chosen = np.where(condition, x, y)
    if chosen.dtype == object:
        words = pd.unique(chosen.ravel())
        if any(" object at 0x" in repr(each) for each in words if not isinstance(each, str)):
            # Their text is an address in memory.
            raise TypeError("it takes numbers and text, and no objects that have neither")
        _check_text(chosen.size, words)
        chosen = chosen.astype(str)
    return chosen.view(Text) if chosen.dtype.kind == "U" and chosen.ndim else chosen


def _check_text(n: int, words: Sequence[Any]) -> None:
    """Raise where an array of n of the words would take too much memory."""
    longest = max((len(str(word)) for word in words), default=0)
    # NumPy reserves 4 bytes in each row for each letter of the longest word.
    what = f"{n:,} rows of text with up to {longest:,} letters"
    check_memory(what, n * longest // 2, "Take shorter words")


def _read_numbers(values: Any) -> Any:
    if isinstance(values, Integers):
        return values
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"it takes numbers, not {array.dtype}")
    return array
