"""Selection of rows by a mask, by positions, by labels, or by a condition on the columns.

Knows no design and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import MAX_EXACT_INTEGER, listing, pluralize, shorten
from ..formula import add_backtick_hint
from .frames import check_order
from .row_condition import Condition, find_columns

Mask = NDArray[np.bool_]


def read_subset(
    subset: Any,
    frame: pd.DataFrame,
    env: Mapping[str, Any] | None,
    check_expression: Callable[[str, str], None] | None = None,
    names: Sequence[Any] | None = None,
) -> Mask | None:
    """The mask of the selected rows of a frame; None without a subset.

    ``names`` are the columns of its table, where some of them are not in the frame.

    A condition is not true where a value that decides it is missing. ``check_expression(code,
    text)`` raises where an expression in it is not to be trusted.

    Raises
    ------
    TypeError, ValueError
        Where it is neither a condition nor rows, or selects no row.
    """
    if subset is None:
        return None
    if isinstance(subset, str):
        names = list(frame.columns) if names is None else names
        condition = Condition(subset, frame, names, env or {}, check_expression)
        with _hint_at_backticks(subset, names):
            mask = condition.evaluate()
    else:
        mask = find_rows("subset", subset, frame.index)
    if not mask.any():
        raise ValueError(f"subset={shorten(subset)} picks none of {pluralize(len(frame), 'row')}")
    return mask


def find_subset_columns(subset: Any, names: Sequence[Any]) -> list[str]:
    """The columns that a subset names, of those with these names; an array names none."""
    if not isinstance(subset, str):
        return []
    with _hint_at_backticks(subset, names):
        return find_columns(subset, names)


@contextmanager
def _hint_at_backticks(subset: str, names: Sequence[Any]) -> Iterator[None]:
    try:
        yield
    except ValueError as fault:
        raise add_backtick_hint(fault, subset, names) from None


def find_rows(name: str, rows: Any, index: pd.Index, also: str = "") -> Mask:
    """The mask of rows, given as a mask, as positions, or as labels in a pandas Index.

    ``also`` names the other values that the argument takes, for the error.
    """
    n = len(index)
    check_order(name, rows, index)
    wanted = (
        f"{name} must be {also}positions of rows, one True or False for each of "
        f"{pluralize(n, 'row')}, or "
        "labels as a pandas Index"
    )
    if isinstance(rows, pd.Index):
        return _find_labels(name, rows, index)
    try:
        array = _unpack(rows)
    except (TypeError, ValueError):
        raise TypeError(f"{wanted}; not {shorten(rows)}") from None
    if array.ndim != 1 or array.dtype.kind not in "biu":
        raise TypeError(f"{wanted}; not {shorten(rows)}")
    if array.dtype.kind == "b":
        if len(array) != n:
            raise ValueError(f"{wanted}; this has {len(array)}")
        return array.copy()
    outside = array[(array < 0) | (array >= n)]
    if outside.size:
        raise ValueError(f"{name} names row {outside[0]}; positions go from 0 to {n - 1}")
    if len(np.unique(array)) < len(array):
        raise ValueError(f"{name} names a row twice; weights= counts rows more than once")
    mask = np.zeros(n, dtype=bool)
    mask[array] = True
    return mask


def _find_labels(name: str, labels: pd.Index, index: pd.Index) -> Mask:
    """Return the mask of the rows with these labels in the index of the data."""
    if (
        labels.dtype.kind == "f"
        and index.dtype.kind in "iu"
        and (np.abs(labels) >= MAX_EXACT_INTEGER).any()
    ):
        raise ValueError(
            f"{name} names rows by floats that cannot tell whole numbers of 2**53 and beyond "
            "apart: give labels of the index's own type"
        )
    if {labels.dtype.kind, index.dtype.kind} == {"i", "u"}:
        # Some releases of pandas compare signed with unsigned integers as floats.
        labels, index = labels.astype(object), index.astype(object)
    unknown = labels.difference(index)
    if len(unknown):
        raise ValueError(f"{name} names rows that are not in the data: {listing(unknown)}")
    return np.asarray(index.isin(labels))


def _unpack(rows: Any) -> NDArray[Any]:
    """Rows as an array of a NumPy type, from any pandas type; missing in a mask is False."""
    dtype = getattr(rows, "dtype", None)
    if not isinstance(dtype, pd.api.extensions.ExtensionDtype):
        return np.asarray(rows)
    column = pd.Series(rows)
    if pd.api.types.is_bool_dtype(dtype):
        return column.to_numpy(dtype=bool, na_value=False)
    return (
        column.to_numpy(dtype=np.intp) if pd.api.types.is_integer_dtype(dtype) else np.asarray(rows)
    )
