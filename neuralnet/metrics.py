"""Classification metrics: confusion matrix, accuracy, precision, recall and F1.

Functions of labels, or of the confusion matrix computed from them; they know no network, formula or
probability. Definitions are those of scikit-learn's ``classification_report``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .errors import is_rounded, listing, pluralize, quote

__all__ = ["confusion_matrix", "summarize_class", "summarize_classification"]


def __dir__() -> list[str]:
    return __all__


Labels = Sequence[Any] | NDArray[Any] | pd.Series | pd.Index | pd.Categorical


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
    if not isinstance(classes, Iterable):
        raise TypeError(f"classes must be a list of labels, not {quote(classes)}")
    names = pd.Index(list(classes))
    if names.empty or names.hasnans or not names.is_unique:
        raise ValueError(
            f"classes are [{listing(names)}]; give each class once, and no missing value"
        )
    rows = _find_codes(truth, names, "truth")
    columns = _find_codes(predicted, names, "predicted")
    if len(rows) != len(columns):
        raise ValueError(
            f"truth has {pluralize(len(rows), 'label')} and predicted has {len(columns)}; give "
            "one of each a row"
        )
    K = len(names)
    checked = None if weights is None else _check_weights(weights, len(rows))
    counts = np.bincount(rows * K + columns, weights=checked, minlength=K * K).reshape(K, K)
    return pd.DataFrame(counts, index=names.rename("truth"), columns=names.rename("predicted"))


def summarize_classification(table: pd.DataFrame) -> pd.DataFrame:
    """Compute precision, recall and F1 of every class, and their averages.

    For a class with tp true positives::

        precision = tp / rows predicted as the class
        recall    = tp / rows of the class (the support)
        f1        = 2 tp / (rows predicted as the class + rows of the class)

    F1 is the harmonic mean of precision and recall. **A ratio 0 / 0 is defined as 0.0**: the
    precision of a class that was never predicted, the recall of a class without rows.

    Parameters
    ----------
    table : (K, K) DataFrame
        A confusion matrix, truth in rows, as `confusion_matrix` returns it.

    Returns
    -------
    DataFrame
        (K + 3, 4): columns ``precision``, ``recall``, ``f1``, ``support``; a row for each class,
        then ``accuracy``, ``macro average`` (the mean over the classes) and ``weighted average``
        (the mean weighted by support). Accuracy is in three columns because it is the micro
        average, for which precision, recall and F1 all equal the share of correct predictions.

    Raises
    ------
    ValueError
        If ``table`` is not square with the same labels in rows and columns, or has an entry that
        is negative or not finite.

    References
    ----------
    Pedregosa et al. (2011), Scikit-learn: machine learning in Python, Journal of Machine Learning
    Research 12, 2825-2830.

    Examples
    --------
    >>> table = pd.DataFrame([[34, 10], [7, 29]], index=[0, 1], columns=[0, 1])
    >>> summarize_classification(table).round(4)
                      precision  recall      f1  support
    0                    0.8293  0.7727  0.8000       44
    1                    0.7436  0.8056  0.7733       36
    accuracy             0.7875  0.7875  0.7875       80
    macro average        0.7864  0.7891  0.7867       80
    weighted average     0.7907  0.7875  0.7880       80
    """
    scores = _score_classes(table)
    support = table.sum(axis="columns").to_numpy()
    ratios = np.vstack(
        [
            scores,
            np.full(3, _compute_accuracy(table)),
            scores.mean(axis=0),
            _divide(support @ scores, support.sum()),
        ]
    )
    summary = pd.DataFrame(
        ratios,
        index=[*table.index, "accuracy", "macro average", "weighted average"],
        columns=["precision", "recall", "f1"],
    )
    return summary.assign(support=np.append(support, np.full(3, support.sum())))


def summarize_class(table: pd.DataFrame, positive: Hashable) -> pd.Series:
    """Compute accuracy, precision, recall, F1 and support with one class as the positive one.

    Parameters
    ----------
    table : (K, K) DataFrame
        A confusion matrix, truth in rows, as `confusion_matrix` returns it.
    positive : label
        The positive class; all others are negative.

    Returns
    -------
    Series
        ``accuracy`` (the share of correct predictions over all K classes), ``precision``,
        ``recall``, ``f1`` and ``support`` (rows of the class), named ``positive``; defined as in
        `summarize_classification`, with 0 / 0 = 0.0.

    Raises
    ------
    ValueError
        If ``positive`` is not among the classes, or ``table`` is no confusion matrix.

    Examples
    --------
    >>> table = pd.DataFrame([[34, 10], [7, 29]], index=[0, 1], columns=[0, 1])
    >>> summarize_class(table, positive=1).round(4).to_dict()
    {'accuracy': 0.7875, 'precision': 0.7436, 'recall': 0.8056, 'f1': 0.7733, 'support': 36.0}
    """
    scores = _score_classes(table)
    classes = list(table.index)
    if not isinstance(positive, Hashable) or positive not in classes:
        raise ValueError(
            f"positive is {quote(positive)}; give one of the classes [{listing(classes)}]"
        )
    place = classes.index(positive)
    precision, recall, f1 = scores[place]
    return pd.Series(
        {
            "accuracy": _compute_accuracy(table),
            "precision": precision,
            "recall": recall,
            "f1": f1,
            "support": float(table.to_numpy()[place].sum()),
        },
        name=positive,
    )


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
            f"[{listing(table.columns)}]; "
            "give a confusion matrix, with every class once in both and in the same order"
        )
    counts = table.to_numpy(dtype=float)
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(
            "the table has a negative or missing entry; give counts or sums of weights"
        )
    return counts


def _score_classes(table: pd.DataFrame) -> NDArray[np.float64]:
    """Return precision, recall and F1 of each class, (K, 3)."""
    counts = check_confusion_matrix(table)
    correct, predicted, support = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return np.column_stack(
        [
            _divide(correct, predicted),
            _divide(correct, support),
            _divide(2 * correct, predicted + support),
        ]
    )


def _compute_accuracy(table: pd.DataFrame) -> float:
    counts = table.to_numpy(dtype=float)
    return float(_divide(np.trace(counts), counts.sum()))


def _divide(numerator: ArrayLike, denominator: ArrayLike) -> NDArray[np.float64]:
    """Divide non-negative numbers, with 0 / 0 = 0."""
    top, bottom = np.broadcast_arrays(np.asarray(numerator, float), np.asarray(denominator, float))
    ratio = np.zeros(top.shape)
    np.divide(top, bottom, out=ratio, where=bottom > 0)
    return ratio


def _find_codes(given: Labels, classes: pd.Index, name: str) -> NDArray[np.intp]:
    """Return the positions of labels among the classes, (n,); ``name`` is the name for errors."""
    if np.ndim(given) != 1:
        raise ValueError(f"{name} has {np.ndim(given)} dimensions; give one label a row")
    values = pd.Index(given)
    missing = np.count_nonzero(values.isna())
    if missing:
        raise ValueError(
            f"{missing} of {pluralize(len(values), 'label')} in {name} "
            f"{'is' if missing == 1 else 'are'} missing; leave those "
            "rows out of truth and predicted"
        )
    # Index.get_indexer would compare integers of different types as floats.
    places, different = pd.factorize(values)
    known = {label: place for place, label in enumerate(classes.tolist())}
    labels = different.tolist()
    rounded = [one for one in labels if one in known and is_rounded(one, classes[known[one]])]
    if rounded:
        raise ValueError(
            f"{name} holds floats such as {rounded[0]!r}, which cannot tell whole numbers apart: "
            "give integers, as the classes are"
        )
    codes = np.array([known.get(label, -1) for label in labels], dtype=np.intp)[places]
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise ValueError(
            f"label {quote(values[row])} in {name} (row {row}) is not among the classes "
            f"[{listing(classes)}]"
        )
    return codes


def _check_weights(weights: ArrayLike, n: int) -> NDArray[np.float64]:
    try:
        checked = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"weights must be one number a row, not {quote(weights)}") from None
    if checked.shape != (n,):
        raise ValueError(f"weights have the shape {checked.shape}; give one number a row, ({n},)")
    bad = ~(np.isfinite(checked) & (checked >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"the weight of row {row} is {checked[row]}; weights are finite, 0 or above"
        )
    return checked
