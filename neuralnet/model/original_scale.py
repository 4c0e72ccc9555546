"""Predictions on the scale of a column whose transformation is the response, as in ``log(y) ~ x``.

With residuals e of the training rows, the mean of y is that of ``inverse(mu + e)``, Duan's (1983)
smearing estimate; for a linear transformation it is ``inverse(mu)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import Response
from ..errors import DataWarning, cut, warn
from ..formula import Inverse
from ..perceptron import split_rows
from .model import Model
from .new_data import compute_means, compute_scores
from .smearing import Smearing

Floats = NDArray[np.float64]

# Rows of a block, so that their values at all residuals stay in the cache.
_BLOCK = 4_096


def find_inverses(model: Model) -> list[Inverse | None] | None:
    """Return the inverse of each response; None where no response is transformed.

    Raises
    ------
    ValueError
        If a response is not invertible, and for a family that does not go with it.
    """
    parts = _parts(model)
    inverses = [part.inverse for part in parts]
    if not any(inverses):
        return None
    family = model.perceptron.family
    if len(parts) != len(model.labels.outputs):
        raise ValueError(
            f"type='original' needs an output for each response; {cut(model.labels.response)} has "
            "one for all. Use type='response'"
        )
    curved = [p for p, each in zip(parts, inverses, strict=True) if each and not each.linear]
    # Residuals of equal spread belong to scores that are means.
    if curved and family.scalable_response(np.zeros((1, len(parts)))) is None:
        raise ValueError(
            f"type='original' of {cut(curved[0].name)} averages over residuals of equal spread, "
            f"and so needs family='gaussian', not {family.name!r}. Use type='response'"
        )
    return inverses


def _parts(model: Model) -> tuple[Response, ...]:
    return model.design.response.parts


def name_original(model: Model) -> str:
    """Describe in a sentence how predictions get the scale of the columns; empty if they do not."""
    if model.labels.classes:
        return ""
    try:
        inverses = find_inverses(model)
    except ValueError:
        return ""
    columns = [cut(each.column) for each in inverses or () if each]
    if not columns:
        return ""
    what = ", ".join(dict.fromkeys(columns))
    return (
        f"Predictions are of {cut(model.labels.response)}; predict(type='original') gives {what}."
    )


def fit_smearing(model: Model, theta: Floats) -> Smearing | None:
    """Summarize the residuals of the training rows; None where no prediction needs them."""
    if model.labels.classes:
        return None
    try:
        inverses = find_inverses(model)
    except ValueError:
        return None
    if inverses is None or all(each is None or each.linear for each in inverses):
        return None
    mu = compute_means(model, theta, None)
    residuals = model.perceptron.family.observed_means(model.batch.Y, mu.shape[1]) - mu
    return Smearing.fit(residuals, model.batch.w) if np.isfinite(residuals).all() else None


def predict_original(
    model: Model, theta: Floats, data: Any, unseen: str, smearing: Smearing | None
) -> pd.Series | pd.DataFrame:
    """Predict the means of the columns that the responses are made of.

    ``smearing`` are the residuals, which `fit_smearing` summarizes.
    """
    inverses = find_inverses(model)
    mu, index = compute_scores(model, theta, data, unseen, "response")
    if inverses is None:
        return model.labels.tabulate(mu, model.labels.outputs, index)
    columns = [part.inverse.column if part.inverse else part.name for part in _parts(model)]
    unique = len(set(columns)) == len(columns)
    means = mu.copy()
    for k, inverse in enumerate(inverses):
        if inverse is None:
            continue
        if not inverse.linear and smearing is None:
            raise ValueError(_explain_missing_residuals(model))
        for rows in split_rows(len(mu), _BLOCK):
            means[rows, k] = (
                inverse(mu[rows, k])
                if inverse.linear or smearing is None
                else smearing.average(inverse, mu[rows, k], k)
            )
    if undefined := int((np.isnan(means) & ~np.isnan(mu)).any(axis=1).sum()):
        warn(
            f"{undefined} of {len(mu)} rows are predicted as missing: with the residuals of the "
            f"training rows, {cut(model.labels.response)} would be outside its range. "
            "type='response' predicts it as it is",
            DataWarning,
        )
    # As in cbind(log(y), sqrt(y)), of which each gives y.
    names = columns if unique else list(model.labels.outputs)
    return model.labels.tabulate(means, names, index)


def _explain_missing_residuals(model: Model) -> str:
    if model.training is not None:
        return "type='original' needs the residuals of the training rows, which are not finite"
    return (
        "type='original' needs the residuals of the training rows. This network was loaded without "
        "them, and its weights were assigned or its file is of an earlier version: pass the rows, "
        "as in NeuralNetwork.load(path, data)"
    )
