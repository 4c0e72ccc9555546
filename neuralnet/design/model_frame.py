"""The rows that a network is to learn from: a table with what belongs to each row beside it.

Weights, offsets and positions stay in step with the rows, whatever is left out. Knows no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .frames import as_frame, make_native
from .offset import read_offset
from .subset import read_subset
from .weights import read_weights

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ModelFrame:
    """Some of the rows that were given.

    Attributes
    ----------
    frame : DataFrame
    positions : (n,) array of int
        Where its rows stood in the data as it was given.
    labels : Index
        Of all rows given.
    n_selected : int
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
    n_selected: int
    w: Floats | None = None
    offset: Floats | None = None
    offset_names: tuple[str, ...] = ()

    def pick(self, keep: NDArray[np.bool_]) -> ModelFrame:
        """Some of them again."""
        w, offset = (None if part is None else part[keep] for part in (self.w, self.offset))
        frame, positions = self.frame[keep], self.positions[keep]
        return ModelFrame(
            frame, positions, self.labels, self.n_selected, w, offset, self.offset_names
        )


@dataclass(frozen=True)
class RowOptions:
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


def make_row_options(weights: Any, offset: Any, subset: Any, na_action: str) -> RowOptions:
    """What of these arguments, which were checked, goes for other data too."""
    given = {"weights": weights, "offset": offset, "subset": subset}
    named = {name: value for name, value in given.items() if isinstance(value, str)}
    if isinstance(offset, list | tuple) and all(isinstance(each, str) for each in offset):
        named["offset"] = ""
    arrays = (name for name, value in given.items() if value is not None and name not in named)
    return RowOptions(named.get("weights"), named.get("subset"), na_action, tuple(arrays))


def read_model_frame(
    data: Any,
    weights: Any = None,
    offset: Any = None,
    subset: Any = None,
    env: Mapping[str, Any] | None = None,
    vet: Callable[[str, str], None] | None = None,
) -> ModelFrame:
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
    model_frame = ModelFrame(frame, np.arange(n), frame.index, n, w, numbers, names)
    chosen = read_subset(subset, frame, env, vet)
    if chosen is not None:
        model_frame = replace(model_frame.pick(chosen), n_selected=int(chosen.sum()))
    known = np.ones(len(model_frame.frame), dtype=bool)
    if model_frame.w is not None:
        known &= ~np.isnan(model_frame.w)
    if model_frame.offset is not None:
        known &= ~np.isnan(model_frame.offset).any(axis=1)
    if known.all():
        return model_frame
    if not known.any():
        raise ValueError(f"none of {len(known)} rows has both a weight and an offset")
    return model_frame.pick(known)
