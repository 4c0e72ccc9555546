"""Rows in a canonical form, in which equal tables are equal whatever the order of their rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Rows that repetition may make of a table that has fewer.
_MOST = 100_000


def arrange_rows(frame: pd.DataFrame, w: Floats | None) -> tuple[pd.DataFrame, Floats | None]:
    """Repeat rows by their weights, and order them by their values.

    So a row of weight 2 is two rows in everything that draws rows at random, such as folds and
    mini-batches, and two tables with the same rows give the same numbers to the last bit.

    Parameters
    ----------
    frame : DataFrame
        Its index is kept.
    w : (n,) array or None
        Weights above 0.

    Returns
    -------
    frame : DataFrame
        If weights are whole, and are at most 100,000 rows in all or as many as there are, each row
        is there as often as its weight says.
    w : array or None
        The weights of these rows; None if they were repeated.

    Raises
    ------
    TypeError
        If a cell holds a list or another container.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 3.0]})
    >>> frame, w = arrange_rows(table, np.array([1.0, 2.0]))
    >>> sorted(frame["a"]), w
    ([1.0, 3.0, 3.0], None)
    """
    if w is not None and (w == np.rint(w)).all() and w.sum() <= max(len(w), _MOST):
        frame, w = frame.iloc[np.repeat(np.arange(len(w)), w.astype(np.intp))], None
    try:
        keys = [pd.util.hash_pandas_object(frame, index=False).to_numpy()]
    except TypeError:
        raise TypeError(
            "a column holds lists, dicts or other containers: give each row one number, one text "
            "or one date in each column"
        ) from None
    order = np.lexsort(keys if w is None else [w, *keys])
    return frame.iloc[order], None if w is None else w[order]
