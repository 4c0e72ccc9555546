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
        Weights of at least 0, one of them positive.

    Returns
    -------
    frame : DataFrame
        Without the rows of weight 0. If weights are whole, and are at most 100,000 rows in all or
        as many as there are, each row is there as often as its weight says.
    w : array or None
        The weights of these rows; None if they were repeated.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 2.0, 3.0]})
    >>> frame, w = arrange_rows(table, np.array([1.0, 0.0, 2.0]))
    >>> sorted(frame["a"]), w
    ([1.0, 3.0, 3.0], None)
    """
    if w is not None:
        frame, w = frame[w > 0], w[w > 0]
        if (w == np.rint(w)).all() and w.sum() <= max(len(w), _MOST):
            frame, w = frame.iloc[np.repeat(np.arange(len(w)), w.astype(np.intp))], None
    keys = [pd.util.hash_pandas_object(frame, index=False).to_numpy()]
    order = np.lexsort(keys if w is None else [w, *keys])
    return frame.iloc[order], None if w is None else w[order]
