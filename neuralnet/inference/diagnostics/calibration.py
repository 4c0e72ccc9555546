"""Calibration: what was observed where a model predicts about the same, in bins of predictions."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...model import Model
from ...perceptron import Batch
from ..distributions import normal_quantile, t_quantile
from ..effects.contrasts import compute_quantiles

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def calibrate(model: Model, theta: Vector, batch: Batch, bins: int, level: float) -> pd.DataFrame:
    """Tabulate predicted and observed means in bins; see `Inference.calibration`."""
    names, predicted, observed, w = _predict(model, theta, batch)
    if not (w > 0.0).any():
        raise ValueError("no row has a weight above 0, so that there is nothing to compare")
    kept, is_share = w > 0.0, _has_shares(model)
    tables = {
        name: _tabulate(predicted[kept, k], observed[kept, k], w[kept], bins, level, is_share)
        for k, name in enumerate(names)
    }
    if len(tables) == 1:
        return next(iter(tables.values()))
    for name, table in tables.items():
        table.insert(0, "group", [name] * len(table))
    return pd.concat(tables.values(), ignore_index=True)


def _has_shares(model: Model) -> bool:
    """True where the observed means are shares of classes or of trials."""
    return bool(model.labels.classes) or hasattr(model.perceptron.family, "trials")


def _predict(model: Model, theta: Vector, batch: Batch) -> tuple[list[Any], Floats, Floats, Vector]:
    """Names, predicted and observed means (n, m) of what is compared, and the rows' weights (n,).

    Of classes all, or of two the second; else all outputs.
    """
    family, classes = model.perceptron.family, list(model.labels.classes)
    mu = model.map_scores(family.mean, theta, batch.X, batch.offset)
    w = np.ones(len(mu)) if batch.w is None else batch.w
    if not classes:
        if (trials := getattr(family, "trials", None)) is not None:
            w = w * trials(batch.Y)
        return list(model.labels.outputs), mu, family.observed_means(batch.Y, mu.shape[1]), w
    codes = family.codes(batch.Y)
    assert codes is not None
    observed = np.equal.outer(codes, np.arange(len(classes))).astype(float)
    first = int(len(classes) == 2)
    return classes[first:], family.probabilities(mu)[:, first:], observed[:, first:], w


def _tabulate(
    predicted: Vector, observed: Vector, w: Vector, bins: int, level: float, is_share: bool
) -> pd.DataFrame:
    """Tabulate the bins that hold a row, from the lowest prediction to the highest."""
    edges = compute_quantiles(predicted, w, np.linspace(0.0, 1.0, bins + 1)[1:-1])
    # A prediction at an edge, as many alike are, is in the bin below.
    codes = np.searchsorted(edges, predicted)
    rows = [
        _describe_bin(predicted[rows], observed[rows], w[rows], level, is_share)
        for rows in _split(codes)
    ]
    return pd.DataFrame(rows, columns=["predicted", "observed", "lower", "upper", "n"])


def _split(codes: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the positions of each code that is there."""
    for code in np.unique(codes):
        yield np.flatnonzero(codes == code)


def _describe_bin(
    predicted: Vector, observed: Vector, w: Vector, level: float, is_share: bool
) -> tuple[float, float, float, float, float]:
    n = float(w.sum())
    mean = float(w @ observed / n)
    if is_share:
        lower, upper = compute_wilson_limits(mean, n, level)
    else:
        lower, upper = _compute_t_limits(mean, float(w @ (observed - mean) ** 2), n, level)
    return float(w @ predicted / n), mean, lower, upper, n


def compute_wilson_limits(share: float, n: float, level: float) -> tuple[float, float]:
    """Confidence limits of a probability from a share of n trials.

    Wilson (1927), Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> [round(each, 4) for each in compute_wilson_limits(0.0, 10, 0.95)]
    [0.0, 0.2775]
    """
    z = normal_quantile(0.5 + level / 2.0)
    middle, shrink = share + z * z / (2.0 * n), 1.0 + z * z / n
    width = z * sqrt(share * (1.0 - share) / n + (z / (2.0 * n)) ** 2)
    # At a share of 0 or 1 a limit is that number, but for rounding.
    return max(0.0, (middle - width) / shrink), min(1.0, (middle + width) / shrink)


def _compute_t_limits(mean: float, squares: float, n: float, level: float) -> tuple[float, float]:
    """Confidence limits of a mean by Student's t; missing without a degree of freedom."""
    if n <= 1.0:
        return nan, nan
    width = t_quantile(0.5 + level / 2.0, n - 1.0) * sqrt(squares / (n - 1.0) / n)
    return mean - width, mean + width
