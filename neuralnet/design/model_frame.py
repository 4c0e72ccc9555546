"""The rows that a network is to learn from: a table with what belongs to each row beside it.

Weights, offsets and positions stay in step with the rows, whatever is left out. Knows no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_choice, check_number, listing
from .columns import as_frame, check_order, make_native, pick_column, read_column
from .offset import read_offset
from .subset import read_subset

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Cases:
    """Some of the rows that were given.

    Attributes
    ----------
    frame : DataFrame
    positions : (n,) array of int
        Where its rows stood in the data as it was given.
    labels : Index
        Of all rows given.
    wanted : int
        How many of them the subset asks for.
    w : (n,) array or None
        Case weights.
    offset : (n, 1) or (n, K) array or None
        Numbers to add to the scores.
    offset_names : tuple of str
        Columns that hold them instead.
    """

    frame: pd.DataFrame
    positions: NDArray[np.intp]
    labels: pd.Index
    wanted: int
    w: Floats | None = None
    offset: Floats | None = None
    offset_names: tuple[str, ...] = ()

    def pick(self, keep: NDArray[np.bool_]) -> Cases:
        """Some of them again."""
        w, offset = (None if part is None else part[keep] for part in (self.w, self.offset))
        frame, positions = self.frame[keep], self.positions[keep]
        return Cases(frame, positions, self.labels, self.wanted, w, offset, self.offset_names)


@dataclass(frozen=True)
class Selection:
    """What the user asked of the rows, as far as it says the same of other data.

    Attributes
    ----------
    weights : str or None
        The column of case weights, where they came from one.
    subset : str or None
        The condition, or the column of True and False.
    na_action : str
    arrays : tuple of str
        Which of weights, offset and subset were given row by row instead.
    """

    weights: str | None = None
    subset: str | None = None
    na_action: str = "drop"
    arrays: tuple[str, ...] = ()


def select(weights: Any, offset: Any, subset: Any, na_action: str) -> Selection:
    """What of these arguments, which were checked, goes for other data too."""
    given = {"weights": weights, "offset": offset, "subset": subset}
    named = {name: value for name, value in given.items() if isinstance(value, str)}
    if isinstance(offset, list | tuple) and all(isinstance(each, str) for each in offset):
        named["offset"] = ""
    arrays = (name for name, value in given.items() if value is not None and name not in named)
    return Selection(named.get("weights"), named.get("subset"), na_action, tuple(arrays))


def read_cases(
    data: Any,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    env: Mapping[str, Any] | None = None,
    vet: Callable[[str, str], None] | None = None,
) -> Cases:
    """The rows of the subset that have a weight and an offset: no others may teach anything.

    ``vet(code, text)`` raises where an expression of the subset is not to be trusted.

    Raises
    ------
    TypeError, ValueError
        Where one of them does not fit the data, and where no row is left.
    """
    frame = make_native(as_frame(data))
    n, w = len(frame), read_weights(weights, frame)
    names, numbers = read_offset(offset, frame)
    cases = Cases(frame, np.arange(n), frame.index, n, w, numbers, names)
    chosen = read_subset(subset, frame, env, vet)
    if chosen is not None:
        cases = replace(cases.pick(chosen), wanted=int(chosen.sum()))
    known = np.ones(len(cases.frame), dtype=bool)
    if cases.w is not None:
        known &= ~np.isnan(cases.w)
    if cases.offset is not None:
        known &= ~np.isnan(cases.offset).any(axis=1)
    if known.all():
        return cases
    if not known.any():
        raise ValueError(f"none of {len(known)} rows has both a weight and an offset")
    return cases.pick(known)


def read_weights(weights: Any, frame: pd.DataFrame) -> Floats | None:
    """Case weights (n,) from a column's name or one number for each row; nan where missing.

    Raises
    ------
    TypeError, ValueError
        Where they are not numbers of at least 0, one for each row, with a positive sum.
    """
    if weights is None:
        return None
    name = weights if isinstance(weights, str) else "weights"
    column = pick_column(frame, weights) if isinstance(weights, str) else pd.Series(weights)
    if len(column) != len(frame):
        raise ValueError(f"weights must be one for each of {len(frame)} rows, not {len(column)}")
    check_order("weights", weights, frame.index)
    read = read_column(name, column.reset_index(drop=True))
    if isinstance(read, pd.Categorical):
        raise TypeError(f"weights must be numbers, not {listing(read.categories)}")
    w = np.asarray(read)
    bad = np.flatnonzero(w < 0)
    if bad.size:
        row = listing(frame.index[bad[:1]])
        raise ValueError(f"weights must be 0 or more; row {row} has {w[bad[0]]}")
    if not np.nansum(w) > 0:
        raise ValueError("weights must not all be 0")
    return w


def read_class_weight(given: Any, classes: Sequence[Any], codes: Any, w: Any) -> Floats | None:
    """What rows of each class weigh, from "balanced" or a dict; None: all alike.

    ``"balanced"``: the total weight over the number of classes and the weight of the class.

    Raises
    ------
    TypeError, ValueError
        Where there are no classes, or the dict does not name each of them with a number.
    """
    if given is None:
        return None
    if not classes:
        raise ValueError("class_weight needs a response of classes; this response is a number")
    if isinstance(given, str):
        check_choice("class_weight", given, {"balanced": None})
        totals = np.bincount(codes, weights=w, minlength=len(classes))
        if not totals.all():
            empty = [name for name, sum_ in zip(classes, totals, strict=True) if not sum_]
            raise ValueError(
                f"class_weight='balanced' divides by the weight of each class; {listing(empty)} "
                "has none. Leave it out of the categories, or give a dict"
            )
        return np.asarray(totals.sum() / (len(classes) * totals))
    if not isinstance(given, Mapping):
        raise TypeError(f"class_weight must be 'balanced' or a dict by class, not {given!r}")
    if set(given) != set(classes):
        raise ValueError(
            f"class_weight must name each class, {listing(classes)}; this names {listing(given)}"
        )
    return np.array([check_number(f"class_weight of {name!r}", given[name]) for name in classes])
