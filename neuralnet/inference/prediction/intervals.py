"""Intervals of predictions, and the table of predictions with errors and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import ModelMatrices, read_weights
from ...model import Model, check_unseen, read_rows, read_table
from ...perceptron import read_family
from ..distributions import t_quantile
from .averages import fill_rows
from .count_quantiles import count_quantile
from .requests import Request
from .scales import Scale
from .standard_errors import Measured

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def read_prediction_rows(model: Model, data: Any, unseen: str) -> tuple[ModelMatrices, Vector]:
    """Read rows to predict, with their case weights: 1 where the data has no column of them."""
    check_unseen(unseen)
    if data is None:
        rows, w = model.rows, model.batch.w
    else:
        frame = read_table(model, data)
        rows, name = read_rows(model, frame, unseen), model.row_options.weights
        w = read_weights(name, frame) if name in frame.columns else None
    return rows, np.ones(len(rows.index)) if w is None else w


def find_confidence(found: Measured, scale: Scale, level: float) -> tuple[Floats, Floats]:
    """Bounds (n, M) of the means: those on the scale, mapped back."""
    width = t_quantile(0.5 + level / 2.0, found.df) * found.errors
    ends = [scale.report(found.center - width), scale.report(found.center + width)]
    # Of two classes, the probability of the first decreases with the score.
    return np.minimum(*ends), np.maximum(*ends)


def find_prediction(
    model: Model,
    found: Measured,
    mean: Floats,
    w: Vector,
    dispersion: float,
    level: float,
) -> tuple[Floats, Floats]:
    """Bounds (n, K) of new responses, from the errors of their means."""
    tails = 0.5 - level / 2.0, 0.5 + level / 2.0
    if read_family(model.perceptron.family).is_count:
        pairs = list(zip(mean.ravel().tolist(), found.errors.ravel().tolist(), strict=True))
        bounds = [[count_quantile(p, *pair) for pair in pairs] for p in tails]
        lower, upper = (np.reshape(each, mean.shape) for each in bounds)
        return lower, upper
    with np.errstate(divide="ignore"):
        noise = dispersion / w[:, None]
    width = t_quantile(tails[1], found.df) * np.sqrt(found.errors**2 + noise)
    return mean - width, mean + width


def tabulate(
    model: Model, rows: ModelMatrices, asked: Request, fit: Floats, parts: dict[str, Floats]
) -> pd.DataFrame:
    """Make a table of predictions (n, M) of all rows, and of parts (m, M) of the complete ones.

    With several outputs columns have two levels: the part, and the class or the response.
    """
    labels = model.labels
    outputs: Sequence[Any] = labels.classes if asked.kind == "probs" else labels.outputs
    outputs = outputs[len(outputs) - fit.shape[1] :]
    filled = {"fit": fit}
    filled |= {name: fill_rows(rows.complete, each) for name, each in parts.items()}
    columns: pd.Index = pd.Index(list(filled))
    if len(outputs) > 1:
        columns = pd.MultiIndex.from_product([list(filled), pd.Index(list(outputs))])
    return pd.DataFrame(np.hstack([*filled.values()]), rows.index, columns)
