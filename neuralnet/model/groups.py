"""Groups of rows that stay together in folds: labels of the user, read as codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import adopt, check_order
from ..errors import listing, pluralize, quote
from .model import Model

Codes = NDArray[np.integer[Any]]


def read_groups(groups: Any, model: Model) -> Codes:
    """Read the groups of the training rows as codes (n,), numbered in order of appearance.

    Parameters
    ----------
    groups : array-like or str
        A label for each row of the data as it was given to the network, or the name of a column
        that the formula uses.
    model : Model

    Raises
    ------
    TypeError, ValueError
        If it is neither, or a training row has no label.
    """
    model_frame = model.model_frame
    if isinstance(groups, str):
        if groups not in model_frame.frame.columns:
            raise ValueError(
                f"groups={quote(groups)} is no column that the formula uses, and others are "
                f"not stored: pass the column itself, data[{quote(groups)}]"
            )
        labels = model_frame.frame[groups]
    else:
        labels = _read_labels(groups, model_frame.labels).iloc[model_frame.positions]
    if (missing := labels.isna().to_numpy()).any():
        rows = listing(model_frame.frame.index[missing][:1])
        raise ValueError(
            f"groups= misses a label in {missing.sum()} of "
            f"{pluralize(len(labels), 'training row')}, first in "
            f"row {rows}: give each row a label, and a row that is in no group a unique one"
        )
    try:
        codes, _ = pd.factorize(labels)
    except TypeError as fault:
        raise TypeError(f"labels of groups must be text or numbers: {fault}") from None
    return codes


def _read_labels(groups: Any, index: pd.Index) -> pd.Series:
    """Read a label for each row of the data, in the order of its rows."""
    wanted = f"groups must be a label for each of {pluralize(len(index), 'row')} of the data"
    try:
        labels = pd.Series(adopt(groups))
    except (TypeError, ValueError):
        raise TypeError(f"{wanted}, or a column's name; not {type(groups).__name__}") from None
    if len(labels) != len(index):
        raise ValueError(f"{wanted}; this has {len(labels)}")
    check_order("groups", groups, index)
    return labels
