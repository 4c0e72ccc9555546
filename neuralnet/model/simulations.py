"""Simulated responses: random draws from the fitted distribution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import read_weights
from ..errors import check_memory
from .model import Model
from .new_data import (
    check_unseen,
    read_complete_rows,
    read_rows,
    read_table,
    warn_of_no_weights,
)

Floats = NDArray[np.float64]


def simulate(
    model: Model,
    theta: Floats,
    n: int,
    generator: np.random.Generator,
    data: Any = None,
    unseen: str = "error",
) -> pd.DataFrame:
    """Draw n responses for the training rows, or for the rows of other data.

    Raises
    ------
    ValueError
        If the family draws no responses, or its spread is not known.
    """
    family = model.perceptron.family
    if not hasattr(family, "draw"):
        raise ValueError(
            f"family {family.name!r} draws no responses: give it a method draw(mu, response, w, "
            "spread, generator), as neuralnet.families.Family describes it"
        )
    check_unseen(unseen)
    X, offset, response, w, keep, index = _read(model, data, unseen)
    mu = model.map_scores(family.mean, theta, X, offset)
    check_memory(f"{n:,} responses of {len(keep):,} rows", n * mu.size, "Ask for fewer")
    spread = _measure_spread(model, theta)
    drawn = [family.draw(mu, response, w, spread, generator) for _ in range(n)]
    return _label(model, drawn, keep, index)


def _read(model: Model, data: Any, unseen: str) -> tuple[Any, ...]:
    """Return X, offset, response and weights of complete rows, their mask, and the whole index."""
    if data is None:
        rows = model.rows
        return rows.X, rows.offset, rows.response, model.batch.w, rows.complete, rows.index
    has_trials = hasattr(model.perceptron.family, "has_trials")
    frame = read_table(model, data, response=has_trials)
    if has_trials:
        rows, w, keep = read_complete_rows(model, frame, unseen)
        if w is None:
            warn_of_no_weights(model)
        return rows.X, rows.offset, rows.response, w, keep, frame.index
    rows = read_rows(model, frame, unseen)
    name = model.row_options.weights
    w = read_weights(name, frame) if name in frame.columns else None
    if w is None and hasattr(model.perceptron.family, "measure_spread"):
        warn_of_no_weights(model)
    keep = rows.complete if w is None else rows.complete & ~np.isnan(w)
    some = rows.pick(keep)
    return some.X, some.offset, None, None if w is None else w[keep], keep, rows.index


def _measure_spread(model: Model, theta: Floats) -> Floats | None:
    """Return the standard deviations of the responses where the means do not imply them.

    Without hidden layers the parameters of an output are counted by the rank of X. With hidden
    layers their effective number is not known, and the variance is the mean square.
    """
    family = model.perceptron.family
    if not hasattr(family, "measure_spread"):
        return None
    rows, batch = model.rows, model.batch
    mu = model.map_scores(family.mean, theta, rows.X, rows.offset)
    weighed = rows.X if batch.w is None else rows.X[batch.w > 0]
    hidden = bool(model.perceptron.activations)
    rank = 0 if hidden else int(np.linalg.matrix_rank(np.linalg.qr(weighed, mode="r")))
    spread: Floats | None = family.measure_spread(mu, batch.Y, batch.w, rank)
    return spread


def _label(
    model: Model, drawn: list[NDArray[Any]], keep: NDArray[np.bool_], index: pd.Index
) -> pd.DataFrame:
    """Return draws as the columns sim_1, sim_2, ..., each of several columns for ``cbind``.

    They have the type of the response, and are missing in rows that are not complete.
    """
    names = [f"sim_{number}" for number in range(1, len(drawn) + 1)]
    if model.labels.classes:
        codes = np.full((len(drawn), len(keep)), -1, dtype=np.intp)
        codes[:, keep] = drawn
        # Arrays instead of Series, whose index pandas would compare for each of them.
        labels = [model.labels.classify(each, index).array for each in codes]
        return pd.DataFrame(dict(zip(names, labels, strict=True)), index=index)
    values = np.hstack(drawn)
    if not keep.all():
        whole = np.full((len(keep), values.shape[1]), np.nan)
        whole[keep] = values
        values = whole
    if drawn[0].shape[1] == 1:
        return pd.DataFrame(values, index, names)
    columns = pd.MultiIndex.from_product([names, model.design.response.names])
    return pd.DataFrame(values, index, columns)
