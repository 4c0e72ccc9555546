"""Offsets: known parts of the scores, from ``offset(...)`` in a formula or from ``offset=``.

Values are one column for all outputs or one for each. Does not know which of the two a network
takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, listing, pluralize
from ..formula import Factor, evaluate_factor, join_names
from .columns import read_column
from .complete_columns import CompleteColumns
from .frames import check_order

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Offset:
    """One offset of a formula.

    Attributes
    ----------
    factors : tuple of Factors
        One for all outputs, or one for each.
    states : tuple of dicts
        The states of the factors' transforms.
    """

    factors: tuple[Factor, ...]
    states: tuple[Mapping[str, Any], ...]

    @property
    def name(self) -> str:
        """As in a formula."""
        return f"offset({join_names(self.factors)})"

    def build(self, columns: CompleteColumns, n: int) -> Floats:
        """Its columns (n, 1) or (n, K) in n complete rows.

        Raises
        ------
        TypeError, ValueError
            Where it is not one number for each row.
        """
        numbers = []
        for factor, state in zip(self.factors, self.states, strict=True):
            value = evaluate_factor(factor, state, columns, factor.name())
            if isinstance(value, pd.Categorical) or np.asarray(value).dtype.kind not in "fiu":
                values = listing(pd.unique(np.asarray(value, dtype=object).ravel()))
                raise TypeError(
                    f"{cut(self.name)} must hold numbers; {cut(factor.name())} holds {values}"
                )
            if np.shape(value) != (n,):
                raise ValueError(
                    f"{cut(factor.name())} gives values of shape {np.shape(value)} for {n} "
                    "rows: an offset must give one number for each row; several columns are joined "
                    "as in offset(cbind(a, b))"
                )
            numbers.append(np.asarray(value, dtype=np.float64))
        return np.column_stack(numbers)


def add_offsets(offsets: Sequence[Floats], names: Sequence[str]) -> Floats | None:
    """The sum of offsets of one or of K columns; None if there is no offset.

    Raises
    ------
    ValueError
        Where two of them have several columns, but different numbers of these.
    """
    widths = {offset.shape[1]: name for offset, name in zip(offsets, names, strict=True)}
    if len(several := {width: name for width, name in widths.items() if width > 1}) > 1:
        counts = " and ".join(f"{cut(name)} has {width} columns" for width, name in several.items())
        raise ValueError(f"offsets that are added need as many columns as each other: {counts}")
    total: Floats | None = None
    with np.errstate(invalid="ignore"):
        for offset in offsets:
            total = offset.copy() if total is None else total + offset
    return total


def list_offset_columns(offset: Any) -> tuple[str, ...]:
    """The names of the columns that hold an offset; none if it is numbers."""
    names = [offset] if isinstance(offset, str) else offset
    if isinstance(names, list | tuple) and all(isinstance(each, str) for each in names):
        return tuple(names)
    return ()


def read_offset(offset: Any, frame: pd.DataFrame) -> tuple[tuple[str, ...], Floats | None]:
    """Names of columns, or numbers (n, 1) or (n, K) by position, nan where missing.

    Returns
    -------
    names, values
        At most one of them is not empty.

    Raises
    ------
    TypeError, ValueError
        Where it is neither names nor numbers with a row for each row of the frame.
    """
    if offset is None:
        return (), None
    if names := list_offset_columns(offset):
        return names, None
    try:
        table = pd.DataFrame(offset)
    except (TypeError, ValueError):
        raise TypeError(
            "offset must be the name of a column, a list of such names, or numbers with a row for "
            f"each of the data; not {type(offset).__name__}"
        ) from None
    if len(table) != len(frame):
        raise ValueError(
            f"offset must be one for each of {pluralize(len(frame), 'row')}, not {len(table)}"
        )
    check_order("offset", offset, frame.index)
    table = table.set_axis(frame.index)
    columns = [read_column("offset", table.iloc[:, place]) for place in range(table.shape[1])]
    for column in columns:
        if isinstance(column, pd.Categorical):
            raise TypeError(f"offset must be numbers, not {listing(column.categories)}")
    return (), np.column_stack([np.empty((len(frame), 0)), *columns])
