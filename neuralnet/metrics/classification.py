"""Precision, recall and F1 of each class, from a confusion matrix."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..errors import listing, quote
from .confusion import check_confusion_matrix

Floats = NDArray[np.float64]


def summarize_classification(table: pd.DataFrame) -> pd.DataFrame:
    """Compute precision, recall and F1 of every class, and their averages.

    For a class with tp true positives::

        precision = tp / rows predicted as the class
        recall    = tp / rows of the class (the support)
        f1        = 2 tp / (rows predicted as the class + rows of the class)

    F1 is the harmonic mean of precision and recall. **A ratio 0 / 0 is undefined, nan**: the
    precision of a class that is never predicted, the recall of a class without rows, and F1 where
    a class is neither. The averages are over the classes with a value, as by scikit-learn's
    ``zero_division=np.nan``.

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
    accuracy = np.full((1, 3), _compute_accuracy(table))
    summary = pd.DataFrame(
        np.vstack([scores, accuracy, average_classes(scores, support)]),
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
        `summarize_classification`, nan where a ratio is 0 / 0.

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


def average_classes(scores: Floats, support: ArrayLike) -> Floats:
    """Average scores (K, m) over the classes where they are defined: macro, then weighted (2, m).

    The macro average is the mean, the weighted average weights each class by its support. nan
    where no class has a value.
    """
    weights = np.vstack([np.ones(len(scores)), support])
    defined = ~np.isnan(scores)
    return _divide(weights @ np.where(defined, scores, 0.0), weights @ defined)


def _compute_accuracy(table: pd.DataFrame) -> float:
    counts = table.to_numpy(dtype=float)
    return float(_divide(np.trace(counts), counts.sum()))


def _divide(numerator: ArrayLike, denominator: ArrayLike) -> Floats:
    """Divide non-negative numbers; 0 / 0 is nan."""
    with np.errstate(invalid="ignore"):
        return np.true_divide(numerator, denominator)
