"""The model frame, as in R: the rows to train on with their weights, offsets and positions.

All are filtered together when rows are dropped. Knows no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import pluralize
from .complete_columns import ColumnReader
from .foreign_tables import open_table
from .frames import as_frame, make_native
from .offset import list_offset_columns, read_offset
from .subset import find_subset_columns, read_subset
from .weights import read_weights

Floats = NDArray[np.float64]

# What happens to rows with missing values.
NaAction = Literal["drop", "impute", "raise"]
NA_ACTIONS: tuple[NaAction, ...] = get_args(NaAction)


@dataclass(frozen=True, eq=False)
class ModelFrame:
    """Some of the rows of a table, with what belongs to each.

    Attributes
    ----------
    frame : DataFrame
    positions : (n,) array of int
        Positions of its rows in the table.
    labels : Index
        Of all rows of the table.
    n_selected : int
        The number of rows that the subset selects.
    w : (n,) array or None
        Case weights.
    offset : (n, 1) or (n, K) array or None
        Numbers to add to the scores.
    offset_names : tuple of str
        Columns that hold them instead.
    """

    frame: pd.DataFrame
    positions: NDArray[np.intp]
    labels: pd.Index
    n_selected: int
    w: Floats | None = None
    offset: Floats | None = None
    offset_names: tuple[str, ...] = ()

    @cached_property
    def reader(self) -> ColumnReader:
        """Reads the columns of the frame, each once."""
        return ColumnReader(self.frame)

    def pick(self, keep: NDArray[np.bool_]) -> ModelFrame:
        """A copy with some of the rows."""
        w, offset = (None if part is None else part[keep] for part in (self.w, self.offset))
        frame, positions = self.frame[keep], self.positions[keep]
        return replace(self, frame=frame, positions=positions, w=w, offset=offset)


@dataclass(frozen=True)
class RowOptions:
    """The arguments that select and weight rows, as far as they apply to other data too.

    Attributes
    ----------
    weights : str or None
        The column of case weights, if they are in one.
    subset : str or None
        The condition, or the column of True and False.
    na_action : str
    arrays : tuple of str
        Which of weights, offset and subset are one value for each row instead.
    """

    weights: str | None = None
    subset: str | None = None
    na_action: str = "drop"
    arrays: tuple[str, ...] = ()


def make_row_options(weights: Any, offset: Any, subset: Any, na_action: str) -> RowOptions:
    """The selection arguments that can be applied again to new data, from checked arguments."""
    arguments = {"weights": weights, "offset": offset, "subset": subset}
    named = {name: value for name, value in arguments.items() if isinstance(value, str)}
    if isinstance(offset, list | tuple) and all(isinstance(each, str) for each in offset):
        named["offset"] = ""
    arrays = (n for n, value in arguments.items() if value is not None and n not in named)
    return RowOptions(named.get("weights"), named.get("subset"), na_action, tuple(arrays))


def read_model_frame(
    data: Any,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    env: Mapping[str, Any] | None = None,
    check_expression: Callable[[str, str], None] | None = None,
    find_used: Callable[[Sequence[Any]], Iterable[str]] | None = None,
) -> ModelFrame:
    """Keep rows in the subset with a weight and an offset; only these are used for fitting.

    ``check_expression(code, text)`` raises where an expression of the subset is not to be trusted.
    ``find_used(names)`` gives the columns that the formula uses, of a table with these columns:
    of tables of other libraries no others are converted but those of these arguments.

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit the data, and where no row is left.
    """
    table, needed = open_table(data), None
    if table is not None and find_used is not None:
        named = [weights] if isinstance(weights, str) else []
        named += [*list_offset_columns(offset), *find_subset_columns(subset, table.names)]
        needed = [*find_used(table.names), *named]
    frame = make_native(as_frame(data) if table is None else table.read(needed))
    n, w = len(frame), read_weights(weights, frame)
    names, numbers = read_offset(offset, frame)
    rows = ModelFrame(frame, np.arange(n), frame.index, n, w, numbers, names)
    columns = None if table is None else table.names
    selected = read_subset(subset, frame, env, check_expression, columns)
    if selected is not None:
        rows = replace(rows.pick(selected), n_selected=int(selected.sum()))
    known = np.ones(len(rows.frame), dtype=bool)
    if rows.w is not None:
        known &= ~np.isnan(rows.w)
    if rows.offset is not None:
        known &= ~np.isnan(rows.offset).any(axis=1)
    if known.all():
        return rows
    if not known.any():
        raise ValueError(f"none of {pluralize(len(known), 'row')} has both a weight and an offset")
    return rows.pick(known)
