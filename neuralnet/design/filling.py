"""Filling in of missing values: the value of each column, and the columns with these values.

Knows no formula and no table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import MAX_EXACT_INTEGER, ignore_overflow
from ..formula import Integers, concatenate_numbers
from .columns import find_missing
from .levels import Values
from .variable import Variable


def fill_missing(variable: Variable, values: Values) -> Values:
    """Values that match a variable, with its `fill` where they are missing."""
    blank, fill = find_missing(values), variable.fill
    if not blank.any():
        return values
    if isinstance(values, pd.Categorical):
        codes = np.where(blank, variable.places[fill], values.codes)
        return pd.Categorical.from_codes(codes, dtype=values.dtype, validate=False)
    if not isinstance(values, Integers) and abs(fill) < MAX_EXACT_INTEGER:
        return np.where(blank, float(fill), values)
    # Among such integers one that is filled in must be as exact.
    exact = np.asarray(values, dtype=object)
    exact[~blank] = [int(one) if one == int(one) else one for one in exact[~blank]]
    exact[blank] = fill
    return Integers.from_objects(exact)


def choose_fill(variable: Variable, parts: Sequence[Any], is_coded: bool) -> Any:
    """The value for the missing ones of a column, from parts of it that are not filled in.

    Its most frequent level, of several the first in the order of the levels; the median of
    numbers, or the most frequent one, of several the smallest, where they are coded as levels. None
    where no value is known.

    Examples
    --------
    >>> age = Variable.from_numbers("age", np.dtype(float), 0.0, 1.0, 9.0)
    >>> parts = [np.array([9.0, np.nan, 1.0]), np.array([2.0, 1.0])]
    >>> choose_fill(age, parts, is_coded=False), choose_fill(age, parts, is_coded=True)
    (1.5, 1.0)
    """
    if variable.levels:
        codes = np.concatenate([part.codes for part in parts])
        counts = np.bincount(codes[codes >= 0], minlength=len(variable.levels))
        return variable.levels[int(counts.argmax())] if counts.any() else None
    values = concatenate_numbers(parts)
    values = values[~find_missing(values)]
    if not len(values):
        return None
    if is_coded:
        tally = Counter(values.tolist())
        most = max(tally.values())
        return min(value for value, count in tally.items() if count == most)
    median = _compute_median(np.asarray(values))
    return round(median) if isinstance(values, Integers) else median


def _compute_median(values: Any) -> float:
    with ignore_overflow():
        median = float(np.median(values))
        # The sum of the two in the middle may be too large for a float.
        return median if np.isfinite(median) else 2.0 * float(np.median(values / 2.0))
