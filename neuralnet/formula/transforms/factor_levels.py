"""Levels of categorical values: reading, counting and naming them. Knows no transform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from ...errors import is_rounded
from ..integers import Integers, as_integers, find_distinct, find_levels

# The class of the values of patsy's C(...); it has no public name.
Box = type(patsy.builtins.C([0]))


def holds_numbers(values: Any) -> bool:
    """Return whether values are an array of numbers, exact or not."""
    plain = isinstance(values, np.ndarray) and values.dtype.kind in "fiu"
    return plain or isinstance(values, Integers)


def read_box(data: Any) -> tuple[Any, Any, Any]:
    """Return the values, the contrast and the levels of C(...); None for those not given.

    Raises
    ------
    PatsyError
        For several columns.
    """
    values, contrast, levels = data, None, None
    if isinstance(data, Box):
        values, contrast, levels = data.data, data.contrast, data.levels
    if np.ndim(values) != 1:
        raise patsy.PatsyError("it takes one column, and no matrix of several")
    return values, contrast, levels


def read_categories(data: Any, levels: Sequence[Any] | None = None) -> pd.Categorical:
    """Return values as categories: of the given levels first, and of all others behind these.

    Parameters
    ----------
    data : (n,) array, Integers, Categorical or patsy's box of one
    levels : sequence, optional
        None: the categories of the data, else its distinct values, sorted.

    Raises
    ------
    PatsyError, ValueError
        For several columns, and for floats that cannot tell the levels apart.
    """
    values, _, boxed = read_box(data)
    levels = boxed if levels is None else levels
    if isinstance(values, pd.Categorical):
        if levels is None:
            return values
        codes, distinct = values.codes, values.categories.tolist()
    else:
        codes, distinct, levels = _factorize(values, levels)
    known = {level: place for place, level in enumerate(levels)}
    if any(each in known and is_rounded(each, levels[known[each]]) for each in distinct):
        raise ValueError(
            "floats of 2**53 and beyond cannot tell whole numbers apart: give integers, as dtype "
            "'Int64' where values are missing"
        )
    present = set(np.unique(codes).tolist())
    for place, each in enumerate(distinct):
        if place in present:
            known.setdefault(each, len(known))
    # The code of a missing value, -1, indexes the last element.
    places = np.array([*(known.get(each, -1) for each in distinct), -1], dtype=np.intp)
    return pd.Categorical.from_codes(places[codes], _make_index(known))


def _factorize(values: Any, levels: Any) -> tuple[NDArray[Any], list[Any], Sequence[Any]]:
    """Return codes, distinct values, and the levels: those given, else all values, sorted."""
    if holds_numbers(values):
        levels = find_levels([values]) if levels is None else levels
        if isinstance(values, Integers):
            codes, distinct = pd.factorize(values.exact())
            return codes, distinct.tolist(), levels
        codes, distinct = pd.factorize(values)
        return codes, as_integers(distinct).tolist(), levels
    plain = np.asarray(values)
    codes, distinct = pd.factorize(plain.astype(object))
    if plain.dtype == bool:
        return codes, distinct.tolist(), [False, True] if levels is None else levels
    found = distinct.tolist()
    return codes, found, sorted(found) if levels is None else levels


def _make_index(levels: Iterable[Any]) -> pd.Index:
    """Return an index of levels of any types: text and numbers stay what they are."""
    every = list(levels)
    # pandas would make floats of integers beside them, and pandas 3 strings of its own of text.
    plain = not every or str in map(type, every) or len({*map(type, every)}) > 1
    index: pd.Index = pd.Index(every, dtype=object if plain else None)
    return index


def name_level(level: Any) -> str:
    """Return a level as text: a number with R's 15 significant digits."""
    if isinstance(level, float | np.floating):
        return f"{level:.15g}"
    return str(level)


def relabel(values: Any, labels: Sequence[Any], ordered: bool = False) -> pd.Categorical:
    """Give each category its label; categories of the same label become one, as in R.

    Labels beyond the categories become levels without a row.
    """
    distinct = list(dict.fromkeys(labels))
    places = {label: place for place, label in enumerate(distinct)}
    codes = np.array([*(places[label] for label in labels), -1], dtype=np.intp)[values.codes]
    dtype: Any = pd.CategoricalDtype(_make_index(distinct), ordered)
    return pd.Categorical.from_codes(codes, dtype=dtype)


class LevelCounts:
    """The levels of blocks of rows, and the number of rows of each.

    Attributes
    ----------
    ordered : bool
        Whether the rows are of an ordered factor.
    numeric : bool
        Whether they are plain numbers.
    """

    def __init__(self) -> None:
        self.ordered: bool = False
        self.numeric: bool = False
        self._counts: dict[Any, int] = {}
        self._numbers: list[Any] = []

    def add(self, data: Any) -> pd.Categorical:
        """Add a block of rows, and return it as categories."""
        values, _, levels = read_box(data)
        self.numeric = holds_numbers(values) and levels is None
        if self.numeric:
            self._numbers.append(find_distinct(values))
        block = read_categories(data)
        self.ordered = bool(block.ordered)
        counts = np.bincount(block.codes[block.codes >= 0], minlength=len(block.categories))
        for level, count in zip(block.categories.tolist(), counts.tolist(), strict=True):
            self._counts[level] = self._counts.get(level, 0) + count
        return block

    def finish(self) -> dict[Any, int]:
        """Return the number of rows of each level, in the order of the levels."""
        if self.numeric:
            return {level: self._counts[level] for level in find_levels(self._numbers)}
        return self._counts
