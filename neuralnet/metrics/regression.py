"""Measures of predicted numbers: R squared, RMSE and MAE."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import ignore_overflow
from .checks import Floats, check_numbers, check_weights


def summarize_regression(
    truth: ArrayLike, predicted: ArrayLike, weights: ArrayLike | None = None
) -> pd.Series:
    """Compute R squared, the root mean squared error and the mean absolute error.

    With residuals ``r = truth - predicted``, weights w and the weighted mean m of ``truth``::

        r2   = 1 - sum(w * r**2) / sum(w * (truth - m)**2)
        rmse = sqrt(sum(w * r**2) / sum(w))
        mae  = sum(w * abs(r)) / sum(w)

    Parameters
    ----------
    truth, predicted : (n,) numbers
        Matched by position: an index is ignored.
    weights : (n,) numbers, optional
        Case weights, 0 or above: a weight of 2 counts a row twice.

    Returns
    -------
    Series
        ``r2``, at most 1, and below 0 where the mean alone predicts better; ``rmse`` and ``mae`` in
        units of the response. R squared is nan where ``truth`` does not vary, as in one row, and
        all are nan where the weights sum to 0.

    Raises
    ------
    TypeError, ValueError
        For a number that is missing, or lengths that differ.

    Examples
    --------
    >>> summarize_regression([1.0, 2.0, 6.0], [2.0, 2.0, 5.0]).round(4).to_dict()
    {'r2': 0.8571, 'rmse': 0.8165, 'mae': 0.6667}
    """
    n = len(np.atleast_1d(np.asarray(truth)))
    y = check_numbers("truth", truth, n)
    mu, w = check_numbers("predicted", predicted, n), check_weights(weights, n)
    counted = w > 0
    y, mu, w = y[counted], mu[counted], w[counted]
    if not len(y):
        return pd.Series({"r2": np.nan, "rmse": np.nan, "mae": np.nan})
    with ignore_overflow():
        residuals = y - mu
        mean_square = np.average(residuals**2, weights=w)
        return pd.Series(
            {
                "r2": 1.0 - mean_square / _compute_variance(y, w),
                "rmse": np.sqrt(mean_square),
                "mae": np.average(abs(residuals), weights=w),
            }
        )


def _compute_variance(y: Floats, w: Floats) -> float:
    """Return the weighted variance; nan instead of 0."""
    if y.min() == y.max():  # the mean of equal numbers may be rounded
        return np.nan
    return float(np.average((y - np.average(y, weights=w)) ** 2, weights=w)) or np.nan
