"""A table with what a fit says of each of its rows, in the columns of R's broom."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import as_frame, make_native
from ...errors import DataWarning, quote
from ...model import (
    Model,
    compute_scores,
    from_scores,
    label_predictions,
    read_complete_rows,
    read_matrices,
    score_rows,
)
from ..diagnostics.diagnostic_methods import DiagnosticMethods
from ..diagnostics.residuals import compute_deviance
from ..prediction.prediction_methods import PredictionMethods
from ..prediction.requests import Request
from ..prediction.scales import to_contrasts

Floats = NDArray[np.float64]

# Columns of predictions, and broom's names for them.
_NAMES = {"se_fit": ".se.fit", "lower": ".lower", "upper": ".upper"}


class RowRecord(PredictionMethods, DiagnosticMethods):
    """A fit, with the methods that a table of its rows needs."""


def augment(record: RowRecord, data: Any, asked: Request, unseen: str) -> pd.DataFrame:
    """Add fitted values, residuals and influence to a table; see `Inference.augment`."""
    model = record.model
    frame = model.model_frame.frame if data is None else make_native(as_frame(data))
    known = None if data is None else frame
    eta, index = compute_scores(model, record.theta, known, unseen)
    family = model.perceptron.family
    fitted = to_contrasts(model, eta) if asked.kind == "link" else family.mean(eta)
    columns = _name_columns(model, ".fitted", fitted)
    if not asked.is_plain:
        columns |= _find_uncertainty(record, known, asked, unseen)
    if model.labels.classes:
        codes = from_scores("class", family, None)(eta)
        columns[".class"] = label_predictions("class", model.labels, codes, index).array
    if data is None:
        columns |= _describe_training(record)
    elif set(model.design.response.variables) <= set(frame.columns):
        residuals = _find_new_residuals(model, record.theta, frame, unseen)
        columns |= _name_columns(model, ".resid", residuals)
    _check_names(frame, columns)
    return frame.assign(**columns)


def _name_columns(model: Model, name: str, values: Floats) -> dict[str, Any]:
    """Name one column, or several, each with the class or the response at the end."""
    L, outputs = values.shape[1], model.labels.outputs
    if L == 1:
        return {name: values[:, 0]}
    return {f"{name}_{each}": column for each, column in zip(outputs[-L:], values.T, strict=True)}


def _find_uncertainty(record: RowRecord, data: Any, asked: Request, unseen: str) -> dict[str, Any]:
    """Standard errors of predictions, and intervals, as far as asked for."""
    with warnings.catch_warnings():
        # What is missing was said of the fitted values.
        warnings.simplefilter("ignore", DataWarning)
        found = record.predict_rows(data, unseen, asked)
    columns: dict[str, Any] = {}
    for name, ours in _NAMES.items():
        if name in found:
            columns |= _name_columns(record.model, ours, _to_columns(found[name]))
    return columns


def _to_columns(values: pd.Series | pd.DataFrame) -> Floats:
    outputs = values.shape[1] if isinstance(values, pd.DataFrame) else 1
    return values.to_numpy(dtype=np.float64).reshape(len(values), outputs)


def _describe_training(record: RowRecord) -> dict[str, Any]:
    """Residuals and influence of the training rows; missing where inference is refused."""
    model, n = record.model, len(record.model.rows.X)
    residuals = record.residuals("deviance").to_numpy().reshape(n, -1)
    allowed, missing = record.judgement.allows, np.full(n, np.nan)
    columns = _name_columns(model, ".resid", residuals)
    columns[".hat"] = record.leverage.to_numpy() if allowed else missing
    columns[".cooksd"] = record.cooks_distance.to_numpy() if allowed else missing
    if residuals.shape[1] == model.perceptron.sizes[-1]:
        standardized = np.full(residuals.shape, np.nan)
        if allowed:
            found = record.residuals("deviance", standardized=True)
            standardized = found.to_numpy().reshape(n, -1)
        columns |= _name_columns(model, ".std.resid", standardized)
    return columns


def _find_new_residuals(model: Model, theta: Floats, data: pd.DataFrame, unseen: str) -> Floats:
    """Deviance residuals of rows that have a response, missing in the others."""
    family = model.perceptron.family
    with warnings.catch_warnings():
        # Rows that are incomplete were counted when they were predicted.
        warnings.simplefilter("ignore", DataWarning)
        rows, _ = read_matrices(model, data, True, unseen)
        if not rows.complete.any():
            return np.full((len(data), 1), np.nan)
        rows, w, keep = read_complete_rows(model, data, unseen)
    Y, move = family.encode(rows.response, rows.index), getattr(family, "move_trials", None)
    if move is not None and w is not None:
        Y, _ = move(Y, w)
    found = compute_deviance(family, score_rows(model, theta, rows), Y)
    residuals = np.full((len(data), found.shape[1]), np.nan)
    residuals[keep] = found
    return residuals


def _check_names(frame: pd.DataFrame, columns: dict[str, Any]) -> None:
    for name in columns:
        if name in frame.columns:
            raise ValueError(
                f"the data has a column {quote(name)}, which augment() would add: give the data "
                "without it"
            )
