"""Case weights and class weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_number, check_word, listing, pluralize, quote
from .columns import read_column
from .frames import check_order, pick_column

ClassWeighting = Literal["balanced"]

Floats = NDArray[np.float64]


def read_weights(weights: Any, frame: pd.DataFrame) -> Floats | None:
    """Case weights (n,), from the name of a column or one number for each row; nan if missing.

    Raises
    ------
    TypeError, ValueError
        Where they are not numbers of at least 0, one for each row, with a positive sum.
    """
    if weights is None:
        return None
    name = weights if isinstance(weights, str) else "weights"
    if isinstance(weights, str):
        column = pick_column(frame, weights)
    elif not hasattr(weights, "__len__") or getattr(weights, "ndim", 1) != 1:
        raise TypeError(
            f"weights must be the name of a column or one number for each row, not {quote(weights)}"
        )
    else:
        column = pd.Series(weights)
    if len(column) != len(frame):
        raise ValueError(
            f"weights must be one for each of {pluralize(len(frame), 'row')}, not {len(column)}"
        )
    check_order("weights", weights, frame.index)
    values = read_column(name, column.reset_index(drop=True))
    if isinstance(values, pd.Categorical):
        raise TypeError(f"weights must be numbers, not {listing(values.categories)}")
    w = np.asarray(values)
    negative = np.flatnonzero(w < 0)
    if negative.size:
        row = listing(frame.index[negative[:1]])
        raise ValueError(f"weights must be 0 or more; row {row} has {w[negative[0]]:g}")
    if not np.nansum(w) > 0:
        raise ValueError("weights must not all be 0")
    return w


def read_class_weight(
    class_weight: Any, classes: Sequence[Any], codes: Any, w: Any
) -> Floats | None:
    """The weight of each class, from "balanced" or a dict; None: no class weights.

    ``"balanced"``: the total weight, divided by the number of classes and the class's weight.

    Raises
    ------
    TypeError, ValueError
        Where there are no classes, or the dict does not name each of them with a number.
    """
    if class_weight is None:
        return None
    if not classes:
        raise ValueError("class_weight needs a response of classes; this response is a number")
    if isinstance(class_weight, str):
        check_word("class_weight", class_weight, get_args(ClassWeighting))
        totals = np.bincount(codes, weights=w, minlength=len(classes))
        if not totals.all():
            empty = [name for name, sum_ in zip(classes, totals, strict=True) if not sum_]
            raise ValueError(
                f"class_weight='balanced' divides by the weight of each class; {listing(empty)} "
                "has none. Leave it out of the categories, or give a dict"
            )
        return np.asarray(totals.sum() / (len(classes) * totals))
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f"class_weight must be 'balanced' or a dict by class, not {quote(class_weight)}"
        )
    if set(class_weight) != set(classes):
        raise ValueError(
            f"class_weight must name each class, {listing(classes)}; "
            f"this names {listing(class_weight)}"
        )
    return np.array(
        [check_number(f"class_weight of {quote(name)}", class_weight[name]) for name in classes]
    )
