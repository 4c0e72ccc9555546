"""Columns of the complete rows; each column is read once. Knows no formula.

Missing values that are filled in leave a row complete; a mask says where they were.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import listing, quote
from ..formula import Integers, Missing
from .columns import find_missing, mark_missing, read_column
from .dates import read_dates
from .filling import fill_missing
from .frames import pick_column
from .levels import Values, list_values, place_levels
from .variable import Variable, is_boolean

# By name: numbers, arrays of booleans, or categories, without missing values. By `Missing`: masks
# of the rows where a column was missing that is filled in.
CompleteColumns = Mapping[Any, Any]


class ColumnReader:
    """Columns of a frame, each of which is read at its first use and then stored.

    Parameters
    ----------
    frame : DataFrame
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._stored: dict[str, pd.Series] = {}
        self._values: dict[tuple[str, bool], Values] = {}

    def pick(self, name: str) -> pd.Series:
        """A column as the frame stores it."""
        if name not in self._stored:
            self._stored[name] = pick_column(self.frame, name)
        return self._stored[name]

    def read(self, name: str, known: Variable | None = None, is_date: bool = False) -> Values:
        """The values of a column, as `read_column` or `read_dates` reads them."""
        key = name, is_date or (known is not None and known.kind == "date")
        if key not in self._values:
            column = self.pick(name)
            self._values[key] = (
                read_dates(name, column) if is_date else read_column(name, column, known)
            )
        return self._values[key]


@dataclass
class Unseen:
    """Levels that training never saw, by column or expression.

    Attributes
    ----------
    levels : dict of lists
    rows : int
        The number of rows that are missing for them.
    filled : set of int
        The positions of the rows where they were filled in like missing values.
    """

    levels: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0
    filled: set[int] = field(default_factory=set)

    def __str__(self) -> str:
        """The levels, each column's after its name."""
        levels = "; ".join(f"{name} {listing(some)}" for name, some in self.levels.items())
        return f"levels that training never saw: {levels}"


def read_complete(
    variables: Mapping[str, Variable],
    reader: ColumnReader,
    unseen: Unseen | None = None,
    listed: Collection[str] = (),
) -> tuple[CompleteColumns, NDArray[np.bool_]]:
    """Columns by name in the rows where none of them is missing, and the mask of these rows.

    Columns that are filled in are never missing; where they were, is in masks by `Missing`.
    Booleans become arrays that expressions can compute with. Levels that training never saw are
    an error; with ``unseen`` they are collected there, and count as missing. In columns that are
    ``listed``, whose levels the formula lists, they are missing values of a complete row.
    """
    dtypes = {name: reader.pick(name).dtype for name in variables}
    values = {name: reader.read(name, variable) for name, variable in variables.items()}
    filled = [name for name, variable in variables.items() if variable.fill is not None]
    complete = np.ones(len(reader.frame), dtype=bool)
    for name in variables.keys() - filled:
        complete &= ~find_missing(values[name])
    if unseen is not None:
        others = {name: each for name, each in variables.items() if name not in listed}
        _collect_unseen(others, values, complete, unseen)
    if not complete.all():
        # Levels are matched in these rows only: training dropped the levels of incomplete rows.
        values = {name: column[complete] for name, column in values.items()}
    columns: dict[Any, Any] = {
        name: complete_column(variable, values[name], dtypes[name], name in listed)
        for name, variable in variables.items()
    }
    for name in filled:
        blank = find_missing(values[name])
        # Most columns miss no value, and a mask of one number takes no memory.
        columns[Missing(name)] = blank if blank.any() else np.broadcast_to(np.False_, len(blank))
    return columns, complete


def complete_column(variable: Variable, values: Values, dtype: Any, listed: bool = False) -> Any:
    """Values of a column of such a dtype, as expressions take them.

    Levels that training never saw are missing where the formula has ``listed`` the levels, and are
    not filled in.
    """
    strange = None
    if listed and _is_comparable(variable, values):
        _, strange = place_levels(values, variable.levels, f"column {quote(variable.name)}")
        values = mark_missing(values, strange)
    column = finish_column(variable, variable.match(values, dtype))
    return column if strange is None or not strange.any() else mark_missing(column, strange)


def finish_column(variable: Variable, matched: Values) -> Any:
    """Values that match a variable, with the missing ones filled in, as expressions take them."""
    if variable.is_unfilled:
        return matched
    if variable.fill is not None:
        matched = fill_missing(variable, matched)
    return matched.codes.astype(bool) if is_boolean(matched) else _make_read_only(matched)


def _make_read_only(values: Values) -> Values:
    """A read-only view of numbers, which may be in the memory of the user's data."""
    if isinstance(values, pd.Categorical):
        return values
    view = (values.whole if isinstance(values, Integers) else values).view()
    view.flags.writeable = False
    return Integers(view, values.missing) if isinstance(values, Integers) else view


def _is_comparable(variable: Variable, values: Values) -> bool:
    """True if values can be compared with the levels of a variable."""
    known = variable.has_numbers or isinstance(values, pd.Categorical)
    return variable.kind == "category" and known


def _collect_unseen(
    variables: Mapping[str, Variable],
    values: dict[str, Values],
    complete: NDArray[np.bool_],
    unseen: Unseen,
) -> None:
    """Collect levels that training never saw.

    Where missing values are filled in they become missing; elsewhere their rows are removed from
    the mask ``complete``.
    """
    before, known = complete.sum(), complete.copy()
    filled = np.zeros(len(known), dtype=bool)
    for name, variable in variables.items():
        if _is_comparable(variable, values[name]) and variable.stand_in is None:
            what = f"column {quote(name)}"
            strange = place_levels(values[name], variable.levels, what)[1] & known
            if not strange.any():
                continue
            unseen.levels[what] = list_values(values[name], strange)
            if variable.fill is None:
                complete &= ~strange
            else:
                values[name] = mark_missing(values[name], strange)
                filled |= strange
    unseen.rows += int(before - complete.sum())
    unseen.filled.update(np.flatnonzero(filled & complete).tolist())
