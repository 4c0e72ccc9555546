"""Measures of a ranking: ROC AUC, average precision, and the threshold of the highest F1.

All are computed from the counts of true and false positives at each distinct score, by one sort.
"""

from __future__ import annotations

from math import nan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .checks import Floats, check_numbers, check_truth, check_weights

# No threshold above 0 is below a smaller probability.
_SMALLEST = np.finfo(float).tiny


def roc_auc(truth: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Compute the area under the ROC curve: how well scores rank positive above negative rows.

    It is the probability that a random positive row has a higher score than a random negative one,
    where a tie counts half (the statistic of Mann and Whitney, divided by the number of pairs).

    Parameters
    ----------
    truth : (n,) bool
        True where a row is of the positive class, such as ``y == "yes"``.
    scores : (n,) numbers
        Probabilities of the positive class, or anything that grows with them.
    weights : (n,) numbers, optional
        Case weights, 0 or above: a weight of 2 counts a row twice.

    Returns
    -------
    float
        From 0 to 1; 0.5 where all scores are equal. nan where only one class has rows of a weight
        above 0, as there is no pair.

    Raises
    ------
    TypeError, ValueError
        For values that are not True or False, a missing score, or a weight that is negative or not
        finite.

    References
    ----------
    J. A. Hanley, B. J. McNeil (1982). The meaning and use of the area under a receiver operating
    characteristic (ROC) curve. Radiology 143, 29-36.

    Examples
    --------
    Of four pairs three are in the right order:

    >>> roc_auc([False, True, False, True], [0.1, 0.3, 0.4, 0.8])
    0.75
    """
    return rank(truth, scores, weights)[0]


def average_precision(
    truth: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None
) -> float:
    """Compute the average precision: precision averaged over recall.

    With the precision ``P`` and the recall ``R`` at each distinct score, from the highest to the
    lowest, it is ``sum((R[i] - R[i - 1]) * P[i])``: the area under the curve of precision against
    recall, without interpolation. Scores without information give the prevalence, the share of
    positive rows.

    Parameters
    ----------
    truth, scores, weights
        As in `roc_auc`.

    Returns
    -------
    float
        From 0 to 1; nan without a positive row.

    Raises
    ------
    TypeError, ValueError
        As `roc_auc`.

    Examples
    --------
    The recall is a half at precision 1, and then 1 at precision 2 / 3:

    >>> round(average_precision([False, True, False, True], [0.1, 0.3, 0.4, 0.8]), 4)
    0.8333
    """
    return rank(truth, scores, weights)[1]


def rank(
    truth: ArrayLike, scores: ArrayLike, weights: ArrayLike | None = None
) -> tuple[float, float]:
    """Compute ROC AUC and average precision, by one sort."""
    _, hits, alarms = _count_positives(truth, scores, weights)
    if not hits[-1] > 0:
        return nan, nan
    auc, predicted = nan, hits + alarms
    if alarms[-1] > 0:
        halves = (hits + np.append(0.0, hits[:-1])) / 2.0
        auc = float(np.diff(alarms, prepend=0.0) @ halves / (hits[-1] * alarms[-1]))
    precision = np.divide(hits, predicted, out=np.zeros_like(hits), where=predicted > 0)
    return auc, float(np.diff(hits, prepend=0.0) @ precision / hits[-1])


def find_best_threshold(
    truth: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None = None
) -> tuple[float, float]:
    """Find the threshold of the highest F1, where probabilities above it are predicted positive.

    The same rows cannot choose a threshold and evaluate it: F1 on new rows tends to be lower.

    Parameters
    ----------
    truth, weights
        As in `roc_auc`.
    probabilities : (n,) numbers from 0 to 1

    Returns
    -------
    threshold, f1 : float
        The highest of several equally good thresholds, with as few digits as separate the two
        probabilities that it lies between; both nan without a positive row, or where all
        probabilities are 0.

    Raises
    ------
    TypeError, ValueError
        As `roc_auc`.

    Examples
    --------
    >>> find_best_threshold([False, True, False, True], [0.1, 0.3, 0.4, 0.8])
    (0.2, 0.8)
    """
    found, hits, alarms = _count_positives(truth, probabilities, weights)
    possible = found >= _SMALLEST
    if not (hits[-1] > 0 and possible.any()):
        return nan, nan
    f1 = 2.0 * hits / (hits + alarms + hits[-1])
    best = int(np.argmax(np.where(possible, f1, -1.0)))
    below = float(found[best + 1]) if best + 1 < len(found) else 0.0
    return _round_between(below, float(found[best])), float(f1[best])


def _round_between(low: float, high: float) -> float:
    """Return a number of few digits that is at least ``low``, below ``high``, and above 0."""
    middle = low + (high - low) / 2.0
    for digits in range(1, 17):
        rounded = float(f"{middle:.{digits}g}")
        if rounded > 0.0 and low <= rounded < high:
            return rounded
    return low or middle


def _count_positives(
    truth: ArrayLike, scores: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Count the true and false positives if rows of at least each distinct score are predicted so.

    Returns the scores, from the highest to the lowest, and the weights of the positive and of the
    negative rows that have at least this score. Without rows there is one score, of no weight.
    """
    positive = check_truth(truth)
    numbers = check_numbers("scores", scores, len(positive))
    w = check_weights(weights, len(positive))
    if not len(positive):
        return np.zeros(1), np.zeros(1), np.zeros(1)
    order = np.argsort(numbers)[::-1]
    ordered = numbers[order]
    ends: NDArray[np.intp] = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(order) - 1)
    hits = np.cumsum(np.where(positive, w, 0.0)[order])[ends]
    alarms = np.cumsum(np.where(positive, 0.0, w)[order])[ends]
    return ordered[ends], hits, alarms
