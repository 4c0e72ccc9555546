"""Data frames, indexes and dtypes as plain parts: strings, numbers, lists and arrays of numbers.

Decoding gives back an equal object. A kind that plain parts cannot hold exactly is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import check_zone, name_zone
from ..errors import quote, visible

# Types of the levels of a category, and of the labels of rows.
LEVELS = (str, bool, int, float, np.bool_, np.integer, np.floating, pd.Interval)
_NUMPY = ("bool", "object", *(f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)))
_FLOATS = ("float16", "float32", "float64")
_NULLABLE = re.compile(r"(U?Int(8|16|32|64)|Float(32|64)|boolean)")
# A range of numbers takes a few bytes, whatever its length. pandas finds levels by their hashes:
# numbers can be chosen to share one, text cannot, as its hashes differ from process to process.
_MOST_LEVELS, _MOST_NUMBERS = 10_000_000, 20_000
_UNITS = ("s", "ms", "us", "ns")
_KINDS: dict[str, Any] = {"i": np.int64, "u": np.uint64, "f": np.float64, "b": np.bool_}
_ARROW = re.compile(r"(u?int(8|16|32|64)|float|double|bool|(large_)?string)\[pyarrow\]")


def encode_dtype(dtype: Any) -> list[Any] | None:
    """Return the parts of a dtype; None where a file cannot hold it."""
    if isinstance(dtype, pd.CategoricalDtype):
        try:
            check_levels(dtype.categories)
            return ["category", encode_index(dtype.categories), bool(dtype.ordered)]
        except (TypeError, ValueError):
            return None
    if isinstance(dtype, pd.StringDtype):
        return ["string", dtype.storage, getattr(dtype, "na_value", pd.NA) is pd.NA]
    name = str(dtype)
    if isinstance(dtype, np.dtype) and name in (*_NUMPY, *_FLOATS):
        return ["numpy", name]
    if _NULLABLE.fullmatch(name) or _ARROW.fullmatch(name):
        return ["extension", name]
    if isinstance(dtype, np.dtype | pd.DatetimeTZDtype) and dtype.kind == "M":
        unit, zone = _find_unit(dtype), name_zone(getattr(dtype, "tz", None))
        return None if zone is None else ["dates", unit, zone]
    return None


def decode_dtype(parts: Sequence[Any]) -> Any:
    """Return the dtype of such parts, or the nearest one that the installed pandas has.

    Raises
    ------
    ValueError
        Where they are not the parts of a dtype.
    """
    kind, *rest = parts
    if kind == "category":
        index, ordered = rest
        levels = decode_index(index)
        if len(levels) > _MOST_LEVELS:
            raise ValueError("more levels than any table has")
        check_levels(levels)
        return pd.CategoricalDtype(levels, ordered is True)
    if kind == "string":
        return _decode_text_dtype(*rest)
    if kind == "dates":
        return _decode_date_dtype(*rest)
    (name,) = rest
    if kind == "numpy" and name in (*_NUMPY, *_FLOATS):
        return np.dtype(name)
    if kind == "extension" and (_NULLABLE.fullmatch(name) or _ARROW.fullmatch(name)):
        try:
            return pd.api.types.pandas_dtype(name)
        except (ImportError, TypeError):  # pyarrow is not installed here
            return np.dtype(object)
    raise ValueError(f"no dtype is made of {parts!r}"[:200])


def check_levels(levels: Iterable[Any]) -> None:
    """Raise ValueError where more levels than a file may hold are not text."""
    numbers = sum(1 for level in levels if not isinstance(level, str))
    if numbers > _MOST_NUMBERS:
        raise ValueError(
            f"a file holds no more than {_MOST_NUMBERS:,} levels of a column that are numbers, not "
            f"{numbers:,}: make them text"
        )


def _decode_text_dtype(storage: Any, has_na: Any) -> Any:
    if storage not in ("python", "pyarrow", "pyarrow_numpy"):
        raise ValueError(f"no text is stored in {storage!r}"[:200])
    missing: Any = {} if has_na else {"na_value": np.nan}
    for place in (storage, "python"):
        try:
            return pd.StringDtype(place, **missing)
        except (ImportError, TypeError):  # no pyarrow, or a pandas without such text
            continue
    return np.dtype(object)


def _find_unit(dtype: Any) -> str:
    return dtype.unit if isinstance(dtype, pd.DatetimeTZDtype) else np.datetime_data(dtype)[0]


def _decode_date_dtype(unit: Any, zone: Any) -> Any:
    if unit not in _UNITS or not isinstance(zone, str):
        raise ValueError("dates in a strange unit or zone")
    check_zone(zone)
    try:
        return pd.DatetimeTZDtype(unit, zone) if zone else np.dtype(f"datetime64[{unit}]")
    except (KeyError, TypeError):
        raise ValueError(f"no time zone is called {zone!r}"[:200]) from None


def encode_frame(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the parts of a frame whose columns have strings as names.

    Raises
    ------
    TypeError
        With the name of the column, or the index, that a file cannot hold.
    """
    columns = [[name, _encode_column(name, frame[name])] for name in frame.columns]
    return {"columns": columns, "index": encode_index(frame.index)}


def decode_frame(parts: Any) -> pd.DataFrame:
    """Return the frame of such parts; raise where they are inconsistent."""
    index = decode_index(parts["index"])
    columns = {name: _decode_column(column) for name, column in parts["columns"]}
    for name, values in columns.items():
        if not isinstance(name, str) or len(values) != len(index):
            raise ValueError(f"column {quote(name)} is not as long as the index"[:200])
    # Without a dtype, pandas would make text of objects.
    series = {name: pd.Series(v, index, dtype=v.dtype) for name, v in columns.items()}
    return pd.DataFrame(series, index=index)


def _encode_column(name: str, column: pd.Series) -> list[Any]:
    dtype = column.dtype
    parts = encode_dtype(dtype)
    if parts is None:
        raise TypeError(
            f"column {quote(name)} is {visible(dtype)}, which a file cannot hold: turn it into "
            "numbers or text before the network is made, or save without data=True"
        )
    if isinstance(dtype, pd.CategoricalDtype):
        return ["category", np.asarray(column.cat.codes), parts]
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return ["numbers", column.to_numpy()]
    if parts[0] == "dates":
        return ["dates", _count_dates(column), parts]
    if pd.api.types.infer_dtype(column) == "string":
        codes, texts = column.array.factorize()
        return ["text", np.asarray(codes), [str(text) for text in texts], parts]
    if dtype == np.object_:
        return ["objects", [_check_label(each, f"column {quote(name)}") for each in column]]
    kind = _KINDS[dtype.kind]
    values = column.to_numpy(dtype=kind, na_value=kind(0))
    return ["extension", values, column.isna().to_numpy(), parts]


def _count_dates(column: pd.Series) -> NDArray[np.int64]:
    """Count units since 1970, in UTC where there is a zone."""
    if column.dt.tz is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.to_numpy().astype(np.int64)


def _decode_dates(counts: Any, parts: Sequence[Any]) -> Any:
    dtype = decode_dtype(parts)
    dates = pd.Series(_check_flat(counts).astype(f"datetime64[{_find_unit(dtype)}]"))
    zone = getattr(dtype, "tz", None)
    return dates.array if zone is None else dates.dt.tz_localize("UTC").dt.tz_convert(zone).array


def _decode_column(parts: Sequence[Any]) -> Any:
    kind, *rest = parts
    if kind == "numbers":
        (values,) = rest
        return _check_flat(values).copy()
    if kind == "dates":
        return _decode_dates(*rest)
    if kind == "text":
        codes, texts, dtype = rest
        # The code of a missing value, -1, selects the last element.
        column = np.array([*texts, None], dtype=object)[_check_codes(codes, len(texts))]
        return pd.array(column, dtype=decode_dtype(dtype)) if dtype[0] != "numpy" else column
    if kind == "category":
        codes, dtype = rest
        return pd.Categorical.from_codes(_check_flat(codes), dtype=decode_dtype(dtype))
    if kind == "objects":
        (labels,) = rest
        column = np.empty(len(labels), dtype=object)
        column[:] = labels
        return column
    if kind == "extension":
        values, missing, dtype = rest
        column = _check_flat(values).astype(object)
        column[_check_flat(missing).astype(bool)] = pd.NA
        return pd.array(column, dtype=decode_dtype(dtype))
    raise ValueError(f"no column is made of {kind!r}"[:200])


def encode_index(index: pd.Index) -> dict[str, Any]:
    """Return the parts of an index.

    Raises
    ------
    TypeError
        Where a file cannot hold it.
    """
    name = None if index.name is None else _check_label(index.name, "the name of the index")
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "name": name}
    if isinstance(index, pd.DatetimeIndex) and index.tz is None:
        values = index.to_numpy()
        unit = np.datetime_data(values.dtype)[0]
        return {"dates": [values.astype(np.int64), unit], "name": name}
    dtype = index.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return {"numbers": index.to_numpy(), "name": name}
    # The dtype of intervals needs no parts: pandas infers it from a list of them.
    parts = None if isinstance(index, pd.IntervalIndex) else encode_dtype(dtype)
    if isinstance(index, pd.MultiIndex | pd.CategoricalIndex | pd.DatetimeIndex) or (
        parts is None and not isinstance(index, pd.IntervalIndex)
    ):
        raise _refuse(f"an index is a {type(index).__name__} of {dtype}")
    labels = [_check_label(each, "the index") for each in index]
    return {"labels": [labels, parts], "name": name}


def decode_index(parts: Any) -> pd.Index:
    """Return the index of such parts; raise where they are inconsistent."""
    name = parts["name"]
    if "range" in parts:
        start, stop, step = parts["range"]
        return pd.RangeIndex(start, stop, step, name=name)
    if "dates" in parts:
        moments, unit = parts["dates"]
        if unit not in _UNITS:
            raise ValueError("dates in a strange unit")
        dates = _check_flat(moments).astype(f"datetime64[{unit}]")
        return pd.DatetimeIndex(dates, name=name)
    values: Any
    values, dtype = parts["labels"] if "labels" in parts else (_check_flat(parts["numbers"]), None)
    index: pd.Index = pd.Index(
        values, dtype=None if dtype is None else decode_dtype(dtype), name=name
    )
    return index


def _check_label(label: Any, where: str) -> Any:
    if label is None or isinstance(label, LEVELS):
        return label
    raise _refuse(f"{where} holds {type(label).__name__}")


def _refuse(what: str) -> TypeError:
    return TypeError(
        f"{what}, which a file cannot hold: use numbers or text there (reset_index() numbers the "
        "rows), save without data=True, or use pickle"
    )


def _check_flat(values: Any) -> NDArray[Any]:
    if not isinstance(values, np.ndarray) or values.ndim != 1:
        raise ValueError("a column that is not a flat array")
    flat: NDArray[Any] = values
    return flat


def _check_codes(codes: Any, n: int) -> NDArray[Any]:
    flat = _check_flat(codes)
    if flat.dtype.kind not in "iu" or (flat.size and not -1 <= flat.min() <= flat.max() < n):
        raise ValueError("codes without a text")
    return flat
