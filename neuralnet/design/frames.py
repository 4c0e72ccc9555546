"""Conversion of dicts, records, Series and tables of other libraries to data frames."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import cut, listing, quote
from .foreign import adopt, is_dictionary, read_dictionary
from .foreign_tables import check_name, is_foreign, open_table


def as_frame(
    data: Any, needed: Collection[str] | None = None, also: Collection[str] = ()
) -> pd.DataFrame:
    """A DataFrame from any table.

    Tables are a DataFrame, a dict of columns or scalars, a Series as one row, a structured array,
    a list of records, and those of `open_table`.

    Parameters
    ----------
    data : any table
    needed, also : collections of str
        The columns to convert of a table of another library: those needed, and others if they are
        there. None: all.

    Raises
    ------
    TypeError, ValueError
        For anything else, and where such a table has no column that is needed.
    """
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, pd.Series):
        return data.to_frame().T.infer_objects()
    if isinstance(data, Mapping):
        return _join_columns(data)
    if isinstance(data, np.ndarray | np.void) and data.dtype.names:
        rows = np.ma.atleast_1d(data) if np.ma.isMaskedArray(data) else np.atleast_1d(data)
        return _join_columns({name: rows[name] for name in data.dtype.names})
    if _is_records(data):
        objects = pd.DataFrame(data, dtype=object)
        return _join_columns({name: column.tolist() for name, column in objects.items()})
    table = open_table(data)
    if table is None:
        raise TypeError(
            "the data must be a pandas DataFrame, a dict of columns, a list of dicts, a Series "
            "as one row, a structured array, or a table of polars, Arrow, duckdb or another "
            f"library with to_pandas() or __arrow_c_stream__(); not {type(data).__name__}"
        )
    return table.read(needed, also)


def list_names(data: Any) -> list[Any]:
    """The names of the columns of any table, of which as little as possible is converted."""
    table = open_table(data)
    return list(as_frame(data).columns if table is None else table.names)


def is_table(data: Any) -> bool:
    """True for what `as_frame` takes, but for one row and for one column."""
    if isinstance(data, pd.DataFrame | Mapping) or _is_records(data):
        return True
    if isinstance(data, np.ndarray):
        return data.dtype.names is not None
    return is_foreign(data)


def _is_records(data: Any) -> bool:
    """True for a list of dicts, named tuples or dataclasses."""
    return (
        isinstance(data, list)
        and len(data) > 0
        and all(
            isinstance(each, Mapping) or hasattr(each, "_fields") or is_dataclass(each)
            for each in data
        )
    )


def make_native(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with numbers in native byte order, and Arrow dictionaries as categories.

    pandas cannot select rows of columns in other byte orders.
    """
    places = [place for place, dtype in enumerate(frame.dtypes) if not _is_native(dtype)]
    if not places:
        return frame
    native = frame.copy(deep=False)
    # By position, as two columns may have the same name.
    for place in places:
        native.isetitem(place, _make_native(frame.iloc[:, place]).array)
    return native


def _is_native(dtype: Any) -> bool:
    return dtype.isnative if isinstance(dtype, np.dtype) else not is_dictionary(dtype)


def _make_native(column: pd.Series) -> pd.Series:
    dtype = column.dtype
    if _is_native(dtype):
        return column
    if isinstance(dtype, np.dtype):
        return column.astype(dtype.newbyteorder("="))
    return read_dictionary(column)


def _join_columns(columns: Mapping[Any, Any]) -> pd.DataFrame:
    """A DataFrame from a dict, in which a scalar is the value of all rows."""
    indexes = [column.index for column in columns.values() if isinstance(column, pd.Series)]
    if any(not index.equals(indexes[0]) for index in indexes):
        raise ValueError(
            "the Series of the dict have different indexes, so that their rows would be shuffled "
            "to match: pass their values, or one DataFrame"
        )
    scalars = not any(map(pd.api.types.is_list_like, columns.values()))
    columns = {name: adopt(column) for name, column in columns.items()}
    try:
        return pd.DataFrame(columns, index=[0] if columns and scalars else None)
    except ValueError:
        several = {n: c for n, c in columns.items() if pd.api.types.is_list_like(c)}
        lengths = ", ".join(f"{cut(name)} has {len(column)}" for name, column in several.items())
        raise ValueError(
            f"the columns of a table are flat and have as many values as each other: {lengths}"
        ) from None


def pick_column(frame: pd.DataFrame, name: str) -> pd.Series:
    """The column of a name, which must be unique."""
    check_name(name, frame.columns)
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        if isinstance(frame.columns, pd.MultiIndex):
            matches = [each for each in frame.columns if each[0] == name]
            raise ValueError(
                f"column {quote(name)} is not in the data: {listing(matches, most=3)} begins so, "
                "and the columns have a MultiIndex. Give each column one string for its name, as "
                "in data.columns = data.columns.map(str)"
            )
        raise ValueError(f"the data has {column.shape[1]} columns named {quote(name)}: rename them")
    return _make_native(column)


def check_order(name: str, values: Any, index: pd.Index) -> None:
    """Refuse a Series whose index has the labels of the data in another order.

    Arguments beside the data are read by position, and such a Series could mean either.
    """
    if not isinstance(values, pd.Series) or len(values) != len(index):
        return
    if not values.index.equals(index) and values.index.isin(index).all():
        raise ValueError(
            f"{name} is a Series whose index has the labels of the data in another order: bring it "
            f"into that order, {name}.loc[data.index], or pass its values to go by position"
        )
