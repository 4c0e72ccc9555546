"""Measures of predicted probabilities: log loss and Brier score; and all measures of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .checks import Floats, Labels, check_classes, check_probabilities, check_weights, find_codes
from .classification import average_classes
from .ranking import rank


def log_loss(
    truth: Labels, probabilities: Any, classes: Labels, weights: ArrayLike | None = None
) -> float:
    """Compute the log loss: the mean negative log-likelihood of the true classes.

    ``-sum(w * log(p)) / sum(w)``, where p is the probability of the true class of a row. It is half
    the mean deviance. Infinite where a true class has the probability 0 (scikit-learn takes the
    smallest number that it tells from 0 instead).

    Parameters
    ----------
    truth : (n,) labels
        The true classes of the rows, matched by position: an index is ignored.
    probabilities : (n, K) numbers from 0 to 1
        A column for each class, as ``net.predict(data, type="probs")`` returns them; the columns of
        a DataFrame are matched by name. For two classes (n,) is the probability of the second.
    classes : (K,) labels
        Every class once.
    weights : (n,) numbers, optional
        Case weights, 0 or above: a weight of 2 counts a row twice.

    Returns
    -------
    float
        0 or above; nan if the weights sum to 0.

    Raises
    ------
    TypeError, ValueError
        For a label that is missing or not in ``classes``, a probability that is missing or not from
        0 to 1, or lengths that differ.

    Examples
    --------
    >>> round(log_loss(["yes", "no"], [0.5, 0.2], classes=["no", "yes"]), 4)
    0.4581
    """
    codes, P, w = _read(truth, probabilities, check_classes(classes), weights)
    with np.errstate(divide="ignore"):
        losses = -np.log(P[np.arange(len(codes)), codes])
    return _average(losses, w)


def brier_score(
    truth: Labels, probabilities: Any, classes: Labels, weights: ArrayLike | None = None
) -> float:
    """Compute the Brier score: the mean squared error of the probabilities.

    For two classes ``(p - y)**2`` of the second, from 0 to 1; for more the sum over the classes,
    from 0 to 2 (Brier, 1950), as scikit-learn has it.

    Parameters
    ----------
    truth, probabilities, classes, weights
        As in `log_loss`.

    Returns
    -------
    float
        nan if the weights sum to 0.

    Raises
    ------
    TypeError, ValueError
        As `log_loss`.

    References
    ----------
    G. W. Brier (1950). Verification of forecasts expressed in terms of probability. Monthly Weather
    Review 78, 1-3.

    Examples
    --------
    >>> round(brier_score(["yes", "no"], [0.5, 0.2], classes=["no", "yes"]), 4)
    0.145
    """
    codes, P, w = _read(truth, probabilities, check_classes(classes), weights)
    K = P.shape[1]
    each = [_average((P[:, k] - (codes == k)) ** 2, w) for k in range(K)]
    return each[1] if K == 2 else sum(each)


def summarize_probabilities(
    truth: Labels, probabilities: Any, classes: Labels, weights: ArrayLike | None = None
) -> pd.DataFrame:
    """Compute ROC AUC, average precision and Brier score of each class against the others.

    Parameters
    ----------
    truth, probabilities, classes, weights
        As in `log_loss`.

    Returns
    -------
    DataFrame
        (K + 2, 5): columns ``roc_auc``, ``average_precision``, ``prevalence`` (the share of the
        class, which is the average precision of probabilities without information), ``brier`` and
        ``support``; a row for each class, then ``macro average`` (the mean over the classes) and
        ``weighted average`` (the mean weighted by support), each over the classes with a value.

    Raises
    ------
    TypeError, ValueError
        As `log_loss`.

    Notes
    -----
    Without rows of a class its ROC AUC and average precision are undefined, nan; the ROC AUC also
    where all rows are of the class.

    Examples
    --------
    >>> P = [[0.9, 0.1], [0.7, 0.3], [0.6, 0.4], [0.2, 0.8]]
    >>> summarize_probabilities(list("abab"), P, classes=["a", "b"]).round(3)
                      roc_auc  average_precision  prevalence  brier  support
    a                    0.75              0.833         0.5  0.175        2
    b                    0.75              0.833         0.5  0.175        2
    macro average        0.75              0.833         0.5  0.175        4
    weighted average     0.75              0.833         0.5  0.175        4
    """
    names = check_classes(classes)
    codes, P, w = _read(truth, probabilities, names, weights)
    masks = [codes == k for k in range(len(names))]
    counts = np.array([mask.sum() if weights is None else w[mask].sum() for mask in masks])
    total = counts.sum()
    scores = np.array(
        [
            [
                *rank(mask, P[:, k], w),
                counts[k] / total if total else np.nan,
                _average((P[:, k] - mask) ** 2, w),
            ]
            for k, mask in enumerate(masks)
        ]
    )
    summary = pd.DataFrame(
        np.vstack([scores, average_classes(scores, counts)]),
        index=[*names, "macro average", "weighted average"],
        columns=["roc_auc", "average_precision", "prevalence", "brier"],
    )
    return summary.assign(support=np.append(counts, np.full(2, total)))


def _read(
    truth: Labels, probabilities: Any, classes: pd.Index, weights: ArrayLike | None
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return class codes (n,), probabilities (n, K) and weights (n,)."""
    codes = find_codes(truth, classes, "truth")
    n = len(codes)
    return codes, check_probabilities(probabilities, classes, n), check_weights(weights, n)


def _average(values: Floats, w: Floats) -> float:
    """Return the weighted mean; rows of weight 0 do not count, even where their value is infinite.

    nan if the weights sum to 0.
    """
    counted = w > 0
    return float(np.average(values[counted], weights=w[counted])) if counted.any() else np.nan
