"""Averaged predictions: the means of a row, averaged over several fits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...design import ModelMatrices
from ...model import Model, from_scores

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def compute_link(model: Model, thetas: Sequence[Vector], rows: ModelMatrices) -> Floats:
    """Compute the scores (n, K) of complete rows: of several fits the link of their average mean.

    Means are averaged, not scores: averages of probabilities are probabilities, and in predictions
    of new rows they do better (Lakshminarayanan and others, 2017).
    """
    if len(thetas) == 1:
        return model.map_scores(lambda eta: eta, thetas[0], rows.X, rows.offset)
    family = model.perceptron.family
    means = (model.map_scores(family.mean, theta, rows.X, rows.offset) for theta in thetas)
    return family.link(reduce(np.add, means) / len(thetas))


def predict_average(
    model: Model,
    thetas: Sequence[Vector],
    rows: ModelMatrices,
    kind: str,
    threshold: float | None = None,
) -> NDArray[Any]:
    """Compute what `score_rows` does for one fit, from the averages of several.

    In a row with a missing value it is nan, or -1 for a class.
    """
    eta = fill_rows(rows.complete, compute_link(model, thetas, rows.pick(rows.complete)))
    return from_scores(kind, model.perceptron.family, threshold)(eta)


def fill_rows(complete: NDArray[np.bool_], values: Floats) -> Floats:
    """Place values of complete rows (m, L) among all rows (n, L), with nan in the others."""
    if complete.all():
        return values
    filled = np.full((len(complete), values.shape[1]), np.nan)
    filled[complete] = values
    return filled
