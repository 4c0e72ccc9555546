"""Conversion of tables and columns of other libraries to pandas, without importing them.

Whole numbers stay exact beside missing ones, and levels do not depend on the order of the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import MAX_EXACT_INTEGER


def read_foreign(data: Any) -> Any:
    """Convert a table with a method ``to_pandas()`` to a DataFrame, if it gives one.

    Levels without an order are sorted, as dictionaries hold them in the order of appearance. The
    order of an ``Enum`` of polars remains, and that of tables that behave like those of pandas.
    """
    library = _find_library(data)
    if library == "polars" and hasattr(data, "get_columns"):
        columns = {column.name: _read_polars(column) for column in data.get_columns()}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(data)))
    # By default, integers with a missing value become floats.
    exact = {"integer_object_nulls": True} if library == "pyarrow" else {}
    frame = data.to_pandas(**exact)
    if not isinstance(frame, pd.DataFrame) or hasattr(type(data), "iloc"):
        return frame
    frame = frame.copy(deep=False)
    # By position, as two columns may have the same name.
    for place, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, place]
        if isinstance(dtype, pd.CategoricalDtype):
            frame.isetitem(place, _sort_levels(column).array)
        elif exact and dtype == np.object_:
            frame.isetitem(place, _pack_wholes(column).array)
    return frame


def adopt(column: Any) -> Any:
    """Convert a column of a dict so that pandas can store it without a loss."""
    library = _find_library(column)
    if library == "polars" and hasattr(column, "to_physical"):
        return _read_polars(column)
    if library == "pyarrow" and hasattr(column, "null_count"):
        series = pd.Series(column.to_pandas(integer_object_nulls=True))
        return (_pack_wholes if series.dtype == np.object_ else _sort_levels)(series).array
    if isinstance(column, np.ma.MaskedArray) and column.dtype.kind in "iu":
        return pd.arrays.IntegerArray(column.filled(0), np.ma.getmaskarray(column).copy())
    if isinstance(column, list | tuple) and any(map(_is_large, column)):
        # pandas converts them to floats if a value is missing.
        return pd.Series(column, dtype=object).array
    return column


def is_dictionary(dtype: Any) -> bool:
    """True if pandas stores such a column as an Arrow dictionary."""
    return hasattr(dtype, "pyarrow_dtype") and str(dtype).startswith("dictionary")


def read_dictionary(column: pd.Series) -> pd.Series:
    """Convert a column that pandas stores as an Arrow dictionary to categories of pandas."""
    array: Any = column.array
    values = array.__arrow_array__().to_pandas().array
    return _sort_levels(pd.Series(values, column.index, name=column.name))


def _is_large(one: Any) -> bool:
    return isinstance(one, int | np.integer) and abs(int(one)) >= MAX_EXACT_INTEGER


def _find_library(thing: Any) -> str:
    return type(thing).__module__.partition(".")[0]


def _sort_levels(column: pd.Series) -> pd.Series:
    """Sort levels, unless they have an order."""
    dtype = column.dtype
    if not isinstance(dtype, pd.CategoricalDtype) or dtype.ordered:
        return column
    return column.cat.set_categories(dtype.categories.sort_values())


def _pack_wholes(column: pd.Series) -> pd.Series:
    """Convert objects that are ints, some of them missing, to a nullable dtype of integers."""
    if pd.api.types.infer_dtype(column, skipna=True) != "integer":
        return column
    dtype: Any = "UInt64" if column.dropna().max() > np.iinfo(np.int64).max else "Int64"
    return column.astype(dtype)


def _read_polars(column: Any) -> Any:
    """Convert a Series of polars, without pyarrow."""
    dtype = column.dtype
    kind = type(dtype).__name__
    if kind == "Enum":
        codes = column.to_physical().cast(int).fill_null(-1).to_numpy()
        return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(dtype.categories)))
    if kind == "Categorical":
        return pd.Categorical(column.to_list())
    if dtype.is_integer() and not kind.endswith("128"):
        if not column.null_count():
            return column.to_numpy()
        wholes, missing = column.fill_null(0).to_numpy(), column.is_null().to_numpy()
        return pd.arrays.IntegerArray(wholes.copy(), missing.copy())
    if getattr(dtype, "time_zone", None):
        times = pd.Series(column.to_numpy())  # in UTC
        return times.dt.tz_localize("UTC").dt.tz_convert(dtype.time_zone).array
    plain = dtype.is_numeric() or dtype.is_temporal() or kind == "Boolean"
    if plain and not kind.endswith("128") and kind != "Decimal":
        return column.to_numpy()
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_list()
    return values if kind != "String" else pd.Series(values).array
