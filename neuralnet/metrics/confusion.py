"""The confusion matrix: counts of true against predicted classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..errors import listing, pluralize
from .checks import Labels, check_classes, check_weights, find_codes


def confusion_matrix(
    truth: Labels, predicted: Labels, classes: Labels, weights: ArrayLike | None = None
) -> pd.DataFrame:
    """Compute the confusion matrix of true and predicted labels.

    Parameters
    ----------
    truth, predicted : (n,) labels
        The true and predicted classes of the rows, matched by position: an index is ignored.
    classes : (K,) labels
        Every class once, in the order of the result; a class without rows gives zeros.
    weights : (n,) numbers, optional
        Case weights, 0 or above: a weight of 2 counts a row twice.

    Returns
    -------
    DataFrame
        (K, K), truth in rows and predictions in columns: counts (int), or sums of weights (float)
        if weights are given.

    Raises
    ------
    ValueError
        If a label is missing or not in ``classes``, ``classes`` has duplicates, the lengths
        differ, or a weight is negative or not finite.

    Examples
    --------
    >>> truth = ["sausage", "sausage", "roll", "roll", "roll"]
    >>> predicted = ["sausage", "roll", "roll", "roll", "sausage"]
    >>> confusion_matrix(truth, predicted, classes=["roll", "sausage"])
    predicted  roll  sausage
    truth
    roll          2        1
    sausage       1        1
    """
    names = check_classes(classes)
    rows = find_codes(truth, names, "truth")
    columns = find_codes(predicted, names, "predicted")
    if len(rows) != len(columns):
        raise ValueError(
            f"truth has {pluralize(len(rows), 'label')} and predicted has {len(columns)}; give "
            "one of each a row"
        )
    K = len(names)
    checked = None if weights is None else check_weights(weights, len(rows))
    counts = np.bincount(rows * K + columns, weights=checked, minlength=K * K).reshape(K, K)
    return pd.DataFrame(counts, index=names.rename("truth"), columns=names.rename("predicted"))


def check_confusion_matrix(table: pd.DataFrame) -> NDArray[np.float64]:
    """Check a confusion matrix, and return its entries (K, K).

    Raises
    ------
    TypeError
        If ``table`` is not a DataFrame.
    ValueError
        If it is empty, its rows and columns do not have the same classes, each once and in the
        same order, or an entry is negative, missing or infinite.
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"table must be a DataFrame, not {type(table).__name__}")
    if table.empty or not (table.index.is_unique and table.index.equals(table.columns)):
        raise ValueError(
            f"the table has the rows [{listing(table.index)}] and the columns "
            f"[{listing(table.columns)}]; give a confusion matrix, with every class once in both "
            "and in the same order"
        )
    counts = table.to_numpy(dtype=float)
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(
            "the table has a negative or missing entry; give counts or sums of weights"
        )
    return counts
