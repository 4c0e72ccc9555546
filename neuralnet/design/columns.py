"""Columns of a data frame as a formula reads them: numbers, booleans or categories.

pandas stores the same thing in many ways; here each becomes one of three, or an error that
names the column. Knows nothing of formulas and matrices.
"""

from __future__ import annotations

import datetime
from contextlib import suppress
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import MAX_EXACT_INTEGER, cut, listing, pluralize, quote, visible
from ..formula import Column, Integers, spell_date_functions
from .dates import holds_dates, read_dates
from .levels import Values, make_categories
from .variable import Variable

_REAL = (int, float, Decimal, np.integer, np.floating)
_FRACTIONS = (float, Decimal, np.floating)
_DURATIONS = (datetime.timedelta, np.timedelta64)
_NESTED = (list, tuple, set, dict, np.ndarray)


def make_nullable(series: pd.Series) -> pd.Series:
    """Integers and booleans in a nullable dtype; pandas would make floats of them."""
    if isinstance(series.dtype, pd.SparseDtype):
        series = pd.Series(np.asarray(series), series.index, name=series.name)
    kind = series.dtype.kind if isinstance(series.dtype, np.dtype) else ""
    dtype: Any = {"i": "Int64", "u": "UInt64", "b": "boolean"}.get(kind)
    return series if dtype is None else series.astype(dtype)


def find_missing(values: Values) -> NDArray[np.bool_]:
    """Mask of the missing rows."""
    if isinstance(values, pd.Categorical):
        return np.asarray(values.codes < 0)
    return np.isnan(values)


def mark_missing(values: Values, rows: NDArray[np.bool_]) -> Values:
    """Values that are missing in some more rows."""
    if isinstance(values, pd.Categorical):
        codes = np.where(rows, -1, values.codes)
        return pd.Categorical.from_codes(codes, dtype=values.dtype, validate=False)
    if isinstance(values, Integers):
        return Integers(values.whole, values.missing | rows)
    return np.where(rows, np.nan, values)


def read_column(name: str, values: pd.Series, known: Variable | None = None) -> Values:
    """Read a column as numbers or categories; see `Values`.

    A column with only missing values becomes numbers.
    Numbers may share the memory of the column. Text becomes the categories of the known variable
    if it has no other levels. If the levels of that variable are of other types, such as the
    intervals that ``pd.cut`` makes, values of any type become categories. Where the known variable
    is of dates, so are the values.

    Raises
    ------
    TypeError
        Naming the column where it holds neither numbers, text, booleans nor categories.
    ValueError
        Naming the column where a number is infinite.
    """
    if known is not None and known.kind == "date":
        return read_dates(name, values, known.zone)
    dtype = values.dtype
    if dtype.kind in "fiu":
        return _read_numbers(name, values)
    if dtype == np.object_ and pd.api.types.infer_dtype(values) == "string":
        return _read_text(values, known)
    if values.array.isna().all():
        return np.full(len(values), np.nan)
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(values)
    if known is not None and known.has_objects:
        # An unhashable value cannot be a level, and is refused below.
        with suppress(TypeError):
            codes, distinct = pd.factorize(values)
            return make_categories(codes, distinct.tolist())
    if dtype == np.object_:
        types = set(map(type, values.dropna().to_numpy()))
        if not types <= {bool, np.bool_}:
            return _read_objects(name, values, types)
        dtype = np.dtype(bool)
    if pd.api.types.is_bool_dtype(dtype):
        truth = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return make_categories(np.where(np.isnan(truth), -1, truth).astype(np.int8), [False, True])
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return _read_numbers(name, values)
    # pandas 2.1 does not count Arrow's large strings among the string types.
    text = pd.api.types.is_string_dtype(dtype) or dtype.type is str
    if text and dtype != np.object_:
        return _read_text(values, known)
    if holds_dates(values):
        raise _refuse_dates(name, str(dtype))
    if dtype.kind == "m":
        raise _refuse_durations(name, str(dtype))
    raise TypeError(
        f"column {quote(name)} is {visible(dtype)}: a formula takes numbers, text, booleans, "
        "categories or dates. Turn it into one of these"
    )


def _refuse_dates(name: str, kind: str) -> TypeError:
    """The error of dates where numbers or levels are needed."""
    return TypeError(
        f"column {quote(name)} is {visible(kind)}, and dates enter a formula by functions: write "
        f"{spell_date_functions(cut(Column(name).name()))}"
    )


def _refuse_durations(name: str, kind: str) -> TypeError:
    """The error of durations, with a remedy that pandas and polars have."""
    data = f"data[{quote(name)}]"
    return TypeError(
        f"column {quote(name)} is {visible(kind)}, and a formula takes durations as numbers: "
        f"{data}.dt.total_seconds() makes seconds of them"
    )


def _read_objects(name: str, values: pd.Series, types: set[type]) -> NDArray[np.float64] | Integers:
    """Numbers of Python and NumPy in a column of objects of these types; no others."""
    if holds_dates(values):
        raise _refuse_dates(name, "dates")
    if bool in types or not all(issubclass(t, _REAL) for t in types):
        kinds = listing(sorted(t.__name__ for t in types))
        if all(issubclass(t, _DURATIONS) for t in types):
            raise _refuse_durations(name, "durations")
        if any(issubclass(t, _NESTED) for t in types):
            raise TypeError(
                f"column {quote(name)} holds {kinds}: a formula takes one value in each row. Make "
                "a column of each part that you need"
            )
        to_text = ".str.decode('utf-8')" if types <= {bytes, bytearray} else ".astype(str)"
        raise TypeError(
            f"column {quote(name)} holds {kinds}: make it numbers, for example with "
            f".astype(float), text, with {to_text}, or categories, with .astype('category')"
        )
    objects = values.where(values.notna(), np.nan)
    try:
        floats = _read_numbers(name, objects.astype(float))
    except OverflowError:
        raise ValueError(f"column {quote(name)} holds a number too large for a float") from None
    fractions = any(issubclass(t, _FRACTIONS) for t in types)
    if fractions or not (np.abs(np.asarray(floats)) >= MAX_EXACT_INTEGER).any():
        return floats
    wholes = [int(one) if one == one else np.nan for one in objects]
    return Integers.from_objects(np.array(wholes, dtype=object))


def _read_numbers(name: str, values: pd.Series) -> NDArray[np.float64] | Integers:
    """Float64 with nan where missing; without a copy of a column that is float64 already."""
    dtype: Any = values.dtype
    # With na_value=, pandas copies the numbers even if none is missing.
    missing: Any = {} if isinstance(dtype, np.dtype) else {"na_value": np.nan}
    numbers: NDArray[np.float64] = values.to_numpy(dtype=np.float64, **missing)
    if dtype.kind in "iu":
        if getattr(dtype, "itemsize", 8) < 8 or not (np.abs(numbers) >= MAX_EXACT_INTEGER).any():
            return numbers
        kind = np.uint64 if dtype.kind == "u" else np.int64
        blank: Any = {"na_value": kind(0)} if missing else {}
        return Integers(values.to_numpy(dtype=kind, **blank), np.isnan(numbers))
    infinite = np.isinf(numbers)
    if infinite.any():
        raise ValueError(
            f"column {quote(name)} is infinite in {pluralize(infinite.sum(), 'row')}, first in row "
            f"{listing(values.index[infinite][:1])}: "
            "replace the infinities by numbers, or by missing values"
        )
    return numbers


def _read_text(values: pd.Series, known: Variable | None) -> pd.Categorical:
    """Text as the categories of the known variable, else as its distinct values, sorted."""
    codes, distinct = values.array.factorize()
    texts = np.asarray(distinct, dtype=object)
    places = np.array([-1 if known is None else known.places.get(text, -1) for text in texts])
    if known is not None and (places >= 0).all():
        categories = known.categories
    else:
        order = np.argsort(texts)
        places = np.argsort(order)
        categories = pd.CategoricalDtype(pd.Index(texts[order], dtype=object))
    # The code of a missing value, -1, indexes the last element.
    codes = np.append(places, -1)[codes]
    return pd.Categorical.from_codes(codes, dtype=categories, validate=False)
