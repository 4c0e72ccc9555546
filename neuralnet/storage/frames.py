"""Data frames, indexes and dtypes as plain parts: strings, numbers, lists and arrays of numbers.

Only what can be had back exactly is taken apart; the rest is an error that says what to do. Knows
neither files nor networks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import quote, visible

# What a level of a category, or a label of a row, may be.
LEVELS = (str, bool, int, float, np.bool_, np.integer, np.floating, pd.Interval)
_NUMPY = ("bool", "object", *(f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64)))
_FLOATS = ("float16", "float32", "float64")
_NULLABLE = re.compile(r"(U?Int(8|16|32|64)|Float(32|64)|boolean)")
# A range of numbers takes no room in a file, and may be endless. pandas finds levels by hashes,
# which numbers may be chosen to share; those of text differ from process to process.
_MOST_LEVELS, _MOST_NUMBERS = 10_000_000, 20_000
_KINDS: dict[str, Any] = {"i": np.int64, "u": np.uint64, "f": np.float64, "b": np.bool_}
_ARROW = re.compile(r"(u?int(8|16|32|64)|float|double|bool|(large_)?string)\[pyarrow\]")


def describe_dtype(dtype: Any) -> list[Any] | None:
    """The parts of a dtype; None for one that has none here."""
    if isinstance(dtype, pd.CategoricalDtype):
        try:
            check_levels(dtype.categories)
            return ["category", take_index_apart(dtype.categories), bool(dtype.ordered)]
        except (TypeError, ValueError):
            return None
    if isinstance(dtype, pd.StringDtype):
        return ["string", dtype.storage, getattr(dtype, "na_value", pd.NA) is pd.NA]
    name = str(dtype)
    if isinstance(dtype, np.dtype) and name in (*_NUMPY, *_FLOATS):
        return ["numpy", name]
    if _NULLABLE.fullmatch(name) or _ARROW.fullmatch(name):
        return ["extension", name]
    return None


def make_dtype(parts: Sequence[Any]) -> Any:
    """The dtype of such parts, or the nearest one that this pandas has.

    Raises
    ------
    ValueError
        Where they are no parts of a dtype.
    """
    kind, *rest = parts
    if kind == "category":
        index, ordered = rest
        levels = make_index(index)
        if len(levels) > _MOST_LEVELS:
            raise ValueError("more levels than any table has")
        check_levels(levels)
        return pd.CategoricalDtype(levels, ordered is True)
    if kind == "string":
        return _make_text(*rest)
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
    """Raise ValueError for more levels that are no text than a file may hold."""
    numbers = sum(1 for level in levels if not isinstance(level, str))
    if numbers > _MOST_NUMBERS:
        raise ValueError(
            f"a file holds no more than {_MOST_NUMBERS:,} levels of a column that are numbers, not "
            f"{numbers:,}: make them text"
        )


def _make_text(storage: Any, has_na: Any) -> Any:
    if storage not in ("python", "pyarrow", "pyarrow_numpy"):
        raise ValueError(f"no text is stored in {storage!r}"[:200])
    missing: Any = {} if has_na else {"na_value": np.nan}
    for place in (storage, "python"):
        try:
            return pd.StringDtype(place, **missing)
        except (ImportError, TypeError):  # no pyarrow, or a pandas without such text
            continue
    return np.dtype(object)


def take_apart(frame: pd.DataFrame) -> dict[str, Any]:
    """The parts of a frame with names of strings.

    Raises
    ------
    TypeError
        Naming the column, or the index, that has no parts here.
    """
    columns = [[name, _describe_column(name, frame[name])] for name in frame.columns]
    return {"columns": columns, "index": take_index_apart(frame.index)}


def make_frame(parts: Any) -> pd.DataFrame:
    """The frame of such parts; raises where they do not go together."""
    index = make_index(parts["index"])
    columns = {name: _make_column(column) for name, column in parts["columns"]}
    for name, values in columns.items():
        if not isinstance(name, str) or len(values) != len(index):
            raise ValueError(f"column {quote(name)} is not as long as the index"[:200])
    # Told its dtype, pandas makes no text of objects.
    series = {name: pd.Series(v, index, dtype=v.dtype) for name, v in columns.items()}
    return pd.DataFrame(series, index=index)


def _describe_column(name: str, column: pd.Series) -> list[Any]:
    dtype = column.dtype
    parts = describe_dtype(dtype)
    if parts is None:
        raise TypeError(
            f"column {quote(name)} is {visible(dtype)}, which a file cannot hold: turn it into "
            "numbers or text before the network is made, or save without data=True"
        )
    if isinstance(dtype, pd.CategoricalDtype):
        return ["category", np.asarray(column.cat.codes), parts]
    if isinstance(dtype, np.dtype) and dtype.kind in "fiub":
        return ["numbers", column.to_numpy()]
    text = column.array.factorize() if pd.api.types.infer_dtype(column) == "string" else None
    if text is not None:
        return ["text", np.asarray(text[0]), [str(one) for one in text[1]], parts]
    if dtype == np.object_:
        return ["objects", [_check_label(one, f"column {quote(name)}") for one in column]]
    kind = _KINDS[dtype.kind]
    values = column.to_numpy(dtype=kind, na_value=kind(0))
    return ["extension", values, column.isna().to_numpy(), parts]


def _make_column(parts: Sequence[Any]) -> Any:
    kind, *rest = parts
    if kind == "numbers":
        (values,) = rest
        return _check_flat(values).copy()
    if kind == "text":
        codes, texts, dtype = rest
        # What is missing, -1, finds the last place.
        found = np.array([*texts, None], dtype=object)[_check_codes(codes, len(texts))]
        return pd.array(found, dtype=make_dtype(dtype)) if dtype[0] != "numpy" else found
    if kind == "category":
        codes, dtype = rest
        return pd.Categorical.from_codes(_check_flat(codes), dtype=make_dtype(dtype))
    if kind == "objects":
        (labels,) = rest
        found = np.empty(len(labels), dtype=object)
        found[:] = labels
        return found
    if kind == "extension":
        values, missing, dtype = rest
        found = _check_flat(values).astype(object)
        found[_check_flat(missing).astype(bool)] = pd.NA
        return pd.array(found, dtype=make_dtype(dtype))
    raise ValueError(f"no column is made of {kind!r}"[:200])


def take_index_apart(index: pd.Index) -> dict[str, Any]:
    """The parts of an index."""
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
    # pandas makes intervals of their own kind from a list of them.
    parts = None if isinstance(index, pd.IntervalIndex) else describe_dtype(dtype)
    if isinstance(index, pd.MultiIndex | pd.CategoricalIndex) or (
        parts is None and not isinstance(index, pd.IntervalIndex)
    ):
        raise _refuse(f"an index is a {type(index).__name__} of {dtype}")
    labels = [_check_label(one, "the index") for one in index]
    return {"labels": [labels, parts], "name": name}


def make_index(parts: Any) -> pd.Index:
    """The index of such parts; raises where they make none."""
    name = parts["name"]
    if "range" in parts:
        start, stop, step = parts["range"]
        return pd.RangeIndex(start, stop, step, name=name)
    if "dates" in parts:
        moments, unit = parts["dates"]
        if unit not in ("s", "ms", "us", "ns"):
            raise ValueError("dates in a strange unit")
        dates = _check_flat(moments).astype(f"datetime64[{unit}]")
        return pd.DatetimeIndex(dates, name=name)
    values: Any
    values, dtype = parts["labels"] if "labels" in parts else (_check_flat(parts["numbers"]), None)
    index: pd.Index = pd.Index(
        values, dtype=None if dtype is None else make_dtype(dtype), name=name
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
        raise ValueError("a column that is no row of numbers")
    flat: NDArray[Any] = values
    return flat


def _check_codes(codes: Any, n: int) -> NDArray[Any]:
    flat = _check_flat(codes)
    if flat.dtype.kind not in "iu" or (flat.size and not -1 <= flat.min() <= flat.max() < n):
        raise ValueError("codes without a text")
    return flat
