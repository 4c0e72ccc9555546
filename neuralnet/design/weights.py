"""Case weights and class weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_choice, check_number, listing
from .columns import read_column
from .frames import check_order, pick_column

Floats = NDArray[np.float64]


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
