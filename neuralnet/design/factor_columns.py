"""The values of a factor in terms: codes of its levels, or columns of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, pluralize, shorten
from ..formula import Factor, Indicator
from .complete_columns import Unseen
from .levels import list_values, match_levels, place_levels

# Codes of rows without a level: of missing values, and of levels that training never saw.
MISSING, UNSEEN = -1, -2


def find_level_codes(
    factor: Factor, value: Any, levels: tuple[Any, ...], unseen: Unseen | None
) -> NDArray[Any]:
    """Codes (n,) of the levels of a categorical factor; other levels are collected or refused."""
    if isinstance(value, pd.Categorical) and tuple(value.categories) == levels:
        return np.asarray(value.codes)
    if levels == (False, True) and np.asarray(value).dtype == bool:
        return np.asarray(value, dtype=np.int8)
    if not isinstance(value, pd.Categorical):
        value = pd.Categorical(np.asarray(value))
    if unseen is None:
        return match_levels(value, levels, factor.name())
    codes, strange = place_levels(value, levels, factor.name())
    if strange.any():
        unseen.levels[factor.name()] = list_values(value, strange)
        codes[strange] = UNSEEN
    return codes


def read_numbers(factor: Factor, value: Any, n: int, width: int) -> NDArray[Any]:
    """Columns (n, width) of a numeric factor.

    Raises
    ------
    ValueError
        If it does not give as many numbers for each row.
    """
    try:
        columns = np.asarray(value, dtype=None if isinstance(factor, Indicator) else np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"{cut(factor.name())} gives {shorten(value)}, and gave numbers in training"
        ) from None
    if columns.ndim == 0 or len(columns) != n:
        raise ValueError(
            f"{cut(factor.name())} gives {pluralize(columns.size, 'value')} for "
            f"{pluralize(n, 'row')}: a term must give one for each row"
        )
    columns = columns if columns.ndim == 2 else columns[:, None]
    if columns.shape[1] != width:
        raise ValueError(
            f"{cut(factor.name())} gives {pluralize(columns.shape[1], 'column')}, and gave {width} "
            "in training: a term must give as many whatever the rows"
        )
    return columns
