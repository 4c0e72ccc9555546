"""Tables of several classes or responses: their parts, and the color and marker of each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ..errors import listing
from .canvas import CLASS_COLORS, CLASS_MARKERS


def split_groups(
    table: pd.DataFrame, columns: Sequence[str], what: str
) -> list[tuple[str, pd.DataFrame]]:
    """Split a table by its column ``group``, if it has one, in the order of appearance.

    Returns
    -------
    list of (name, rows)
        One pair without a name where there are no groups.

    Raises
    ------
    TypeError, ValueError
        If it is no DataFrame, has no rows, or lacks one of the columns.

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["b", "a", "b"], "estimate": [1.0, 2.0, 3.0]})
    >>> [(name, len(rows)) for name, rows in split_groups(table, ["estimate"], "effects")]
    [('b', 2), ('a', 1)]
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"{what} must be a DataFrame, not {type(table).__name__}")
    missing = [name for name in columns if name not in table]
    if missing:
        raise ValueError(f"{what} has no column {missing[0]!r}, only [{listing(table.columns)}]")
    if table.empty:
        raise ValueError(f"there is nothing to draw: {what} has no rows")
    if "group" not in table:
        return [("", table)]
    groups = table["group"].astype(object)
    return [(str(name), table[groups == name]) for name in groups.unique()]


def style_group(k: int) -> tuple[str, str]:
    """Color and marker of the group with index k."""
    return CLASS_COLORS[k % len(CLASS_COLORS)], CLASS_MARKERS[k % len(CLASS_MARKERS)]
