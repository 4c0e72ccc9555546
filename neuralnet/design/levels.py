"""Levels of categorical columns: their order, and matching of new values with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import is_rounded, listing
from ..formula import Integers

# Numbers are float64 with nan where missing, or exact integers where floats would round some of
# them; booleans are the categories False and True; dates are local times in microseconds.
Values = NDArray[np.float64] | NDArray[np.datetime64] | Integers | pd.Categorical


def make_categories(
    codes: Any, levels: Sequence[Any] | pd.Index, ordered: bool = False
) -> pd.Categorical:
    """Categories from codes, -1 where missing."""
    levels = levels if isinstance(levels, pd.Index) else list(levels)
    dtype: Any = pd.CategoricalDtype(levels, ordered)
    return pd.Categorical.from_codes(codes, dtype=dtype)


def match_levels(
    values: Values, levels: Sequence[Any], what: str, remedy: str = ""
) -> NDArray[np.intp]:
    """Codes of values among ``levels``, -1 where missing; ``remedy`` ends the error.

    Raises
    ------
    ValueError
        Naming the values that are not among the levels.
    """
    codes, unseen = place_levels(values, levels, what)
    if unseen.any():
        raise ValueError(
            f"{what} holds {listing(list_values(values, unseen))}, which training never saw; the "
            f"known levels are {listing(levels)}{explain_bins(levels)}{remedy}"
        )
    return codes


def place_levels(
    values: Values, levels: Sequence[Any], what: str
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Codes of values among ``levels``, -1 where there is none, and a mask of unseen values.

    Raises
    ------
    ValueError
        Where floats might mean several levels that are whole numbers.
    """
    if isinstance(values, pd.Categorical):
        codes, distinct = values.codes, values.categories.tolist()
    else:
        codes, uniques = pd.factorize(values.exact() if isinstance(values, Integers) else values)
        distinct = uniques.tolist()
    known = {level: place for place, level in enumerate(levels)}
    rounded = [one for one in distinct if one in known and is_rounded(one, levels[known[one]])]
    if rounded:
        raise ValueError(
            f"{what} holds floats such as {rounded[0]!r}, which cannot tell whole numbers apart: "
            "give integers, as dtype 'Int64' where values are missing"
        )
    # The code of a missing value, -1, indexes the last element.
    places = np.array([*(known.get(level, -1) for level in distinct), -1], dtype=np.intp)
    placed = places[codes]
    return placed, np.asarray((placed < 0) & (codes >= 0))


def list_values(values: Values, rows: NDArray[np.bool_]) -> list[Any]:
    """The distinct values in some of the rows, in order of appearance."""
    distinct: list[Any] = pd.unique(np.asarray(values[rows], dtype=object)).tolist()
    return distinct


def explain_bins(levels: Sequence[Any]) -> str:
    """Remedy for levels that are intervals, which pd.cut derives from each table; else ''."""
    if not any(isinstance(level, pd.Interval) for level in levels):
        return ""
    return (
        ". Cut new values with the bins of training, as in pd.cut(x, bins=trained.cat.categories), "
        "where trained is the column of the training data"
    )
