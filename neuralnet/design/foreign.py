"""Tables and columns of other libraries as pandas keeps them, none of which is imported here.

Whole numbers stay exact beside missing ones, and levels do not depend on the order of the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import MAX_EXACT_INTEGER


def read_foreign(data: Any) -> Any:
    """A table with ``to_pandas()`` as a DataFrame, where it is one.

    Levels without an order are sorted, as dictionaries hold them in the order of appearance. Those
    of an ``Enum`` of polars keep their own; those of what behaves as pandas does, too.
    """
    library = _find_library(data)
    if library == "polars" and hasattr(data, "get_columns"):
        columns = {column.name: _read_polars(column) for column in data.get_columns()}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(data)))
    # Integers that miss a value would become floats.
    exact = {"integer_object_nulls": True} if library == "pyarrow" else {}
    frame = data.to_pandas(**exact)
    if not isinstance(frame, pd.DataFrame) or hasattr(type(data), "iloc"):
        return frame
    frame = frame.copy(deep=False)
    # By position: two columns may have one name.
    for place, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, place]
        if isinstance(dtype, pd.CategoricalDtype):
            frame.isetitem(place, _sort_levels(column).array)
        elif exact and dtype == np.object_:
            frame.isetitem(place, _pack_wholes(column).array)
    return frame


def adopt(column: Any) -> Any:
    """A column of a dict as pandas can take it without a loss."""
    library = _find_library(column)
    if library == "polars" and hasattr(column, "to_physical"):
        return _read_polars(column)
    if library == "pyarrow" and hasattr(column, "null_count"):
        found = pd.Series(column.to_pandas(integer_object_nulls=True))
        return (_pack_wholes if found.dtype == np.object_ else _sort_levels)(found).array
    if isinstance(column, np.ma.MaskedArray) and column.dtype.kind in "iu":
        return pd.arrays.IntegerArray(column.filled(0), np.ma.getmaskarray(column).copy())
    if isinstance(column, list | tuple) and any(map(_is_large, column)):
        # Beside a missing value pandas would make floats of them.
        return pd.Series(column, dtype=object).array
    return column


def is_dictionary(dtype: Any) -> bool:
    """Whether pandas leaves such a column as an Arrow dictionary."""
    return hasattr(dtype, "pyarrow_dtype") and str(dtype).startswith("dictionary")


def read_dictionary(column: pd.Series) -> pd.Series:
    """A column that pandas leaves as an Arrow dictionary as pandas' own categories."""
    array: Any = column.array
    found = array.__arrow_array__().to_pandas().array
    return _sort_levels(pd.Series(found, column.index, name=column.name))


def _is_large(one: Any) -> bool:
    return isinstance(one, int | np.integer) and abs(int(one)) >= MAX_EXACT_INTEGER


def _find_library(thing: Any) -> str:
    return type(thing).__module__.partition(".")[0]


def _sort_levels(column: pd.Series) -> pd.Series:
    """Levels that have no order, sorted."""
    dtype = column.dtype
    if not isinstance(dtype, pd.CategoricalDtype) or dtype.ordered:
        return column
    return column.cat.set_categories(dtype.categories.sort_values())


def _pack_wholes(column: pd.Series) -> pd.Series:
    """Python's ints, of which some are missing, in a dtype that knows that; else as they are."""
    if pd.api.types.infer_dtype(column, skipna=True) != "integer":
        return column
    dtype: Any = "UInt64" if column.dropna().max() > np.iinfo(np.int64).max else "Int64"
    return column.astype(dtype)


def _read_polars(column: Any) -> Any:
    """A Series of polars, which needs no pyarrow for it."""
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
        whole, missing = column.fill_null(0).to_numpy(), column.is_null().to_numpy()
        return pd.arrays.IntegerArray(whole.copy(), missing.copy())
    plain = dtype.is_numeric() or dtype.is_temporal() or kind == "Boolean"
    if plain and not kind.endswith("128") and kind != "Decimal":
        return column.to_numpy()
    found = np.empty(len(column), dtype=object)
    found[:] = column.to_list()
    return found if kind != "String" else pd.Series(found).array
