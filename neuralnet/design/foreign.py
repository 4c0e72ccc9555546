"""Conversion of columns of other libraries to those of pandas, without importing them.

Whole numbers stay exact beside missing ones, and levels do not depend on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from ..errors import MAX_EXACT_INTEGER


def read_pandas(data: Any) -> pd.DataFrame | None:
    """Convert a table by its method ``to_pandas()``; None if that gives no DataFrame.

    The order of levels remains if the table behaves like those of pandas.
    """
    frame = data.to_pandas()
    if not isinstance(frame, pd.DataFrame):
        return None
    return frame if hasattr(type(data), "iloc") else _finish_columns(frame)


def read_arrow(table: Any) -> pd.DataFrame:
    """Convert a Table or a RecordBatch of pyarrow."""
    # By default, integers with a missing value become floats.
    return _finish_columns(table.to_pandas(integer_object_nulls=True, date_as_object=False))


def read_polars(frame: Any, names: Collection[str]) -> pd.DataFrame:
    """Convert columns of a DataFrame of polars; the order of an ``Enum`` remains."""
    columns = {each.name: _read_polars(each) for each in frame.get_columns() if each.name in names}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(frame)))


def read_duckdb(frame: pd.DataFrame) -> pd.DataFrame:
    """Make the levels of an enum unordered; their sequence stays as declared."""
    for name in frame.columns[frame.dtypes == "category"]:
        frame[name] = frame[name].cat.as_unordered()
    return frame


def _finish_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort levels without an order, and give a dtype to integers beside missing values.

    Dictionaries hold their levels in the order of appearance.
    """
    frame = frame.copy(deep=False)
    # By position, as two columns may have the same name.
    for place, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, place]
        if isinstance(dtype, pd.CategoricalDtype):
            frame.isetitem(place, _sort_levels(column).array)
        elif dtype == np.object_:
            frame.isetitem(place, _pack_wholes(column).array)
    return frame


def adopt(column: Any) -> Any:
    """Convert a column of a dict so that pandas can store it without a loss."""
    library = find_library(column)
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


def find_library(thing: Any) -> str:
    """The name of the package that the type of a thing is from."""
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
