"""Predictions of rows by a record of inference, with standard errors and intervals."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import ModelMatrices
from ...model import Model, label_predictions
from ...training import RestartResult
from ..effects.uncertainty import Uncertainty
from ..fit.judgement import Judgement
from ..fit.likelihood import Likelihood
from ..fit.requirements import check_requirements
from .averages import compute_link, predict_average
from .cross_conformal import FoldFits, find_rank
from .intervals import find_confidence, find_prediction, read_prediction_rows, tabulate
from .requests import Request
from .scales import choose_scale, to_contrasts
from .standard_errors import Measured, RowPredictions, measure_errors

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


class PredictingRecord(Protocol):
    """What predictions need of the record of inference."""

    @property
    def model(self) -> Model: ...
    @property
    def theta(self) -> Vector: ...
    @property
    def ends(self) -> tuple[RestartResult, ...]: ...
    @property
    def optima(self) -> tuple[Vector, ...]: ...
    @property
    def likelihood(self) -> Likelihood: ...
    @property
    def judgement(self) -> Judgement: ...
    @property
    def fold_fits(self) -> FoldFits: ...
    def find_uncertainty(self, method: str, kind: str, groups: Any) -> Uncertainty: ...


def predict_ensemble(
    record: PredictingRecord, data: Any, unseen: str, kind: str, threshold: float | None
) -> pd.Series | pd.DataFrame:
    """Predict rows by the average of the means of all optima of a record of inference."""
    rows, _ = read_prediction_rows(record.model, data, unseen)
    values = predict_average(record.model, record.optima, rows, kind, threshold)
    return label_predictions(kind, record.model.labels, values, rows.index)


def predict_rows(record: PredictingRecord, data: Any, unseen: str, asked: Request) -> pd.DataFrame:
    """Predict rows with standard errors and intervals; see `NeuralNetwork.predict`."""
    model = record.model
    rows, w = read_prediction_rows(model, data, unseen)
    thetas = record.optima if asked.method == "ensemble" else (record.theta,)
    fit = predict_average(model, thetas, rows, asked.kind)
    if asked.kind == "link":
        fit = to_contrasts(model, fit)
    complete, parts = rows.complete, {}
    some, mean, w = rows.pick(complete), fit[complete], w[complete]
    scale = choose_scale(model, asked.kind)
    by_folds = asked.interval == "prediction" and _choose_conformal(model, asked.method)
    if asked.se_fit or not by_folds:
        found = _measure(record, some, asked, thetas)
    if asked.se_fit:
        errors = scale.find_slopes(found.center) * found.errors
        parts["se_fit"] = np.broadcast_to(errors, mean.shape)
    if by_folds:
        rank = find_rank(model, asked.level)
        bounds = record.fold_fits.predict(some.X, some.offset, rank)
    elif asked.interval == "prediction":
        bounds = find_prediction(model, found, mean, w, _find_dispersion(record), asked.level)
    elif asked.interval == "confidence":
        bounds = find_confidence(found, scale, asked.level)
    if asked.interval is not None:
        parts["lower"], parts["upper"] = bounds
    return tabulate(model, rows, asked, fit, parts)


def _choose_conformal(model: Model, method: str | None) -> bool:
    """Whether prediction intervals are conformal: by default with a hidden layer."""
    return method == "conformal" or (method is None and bool(model.perceptron.activations))


def _measure(
    record: PredictingRecord, rows: ModelMatrices, asked: Request, thetas: tuple[Vector, ...]
) -> Measured:
    """Measure the standard errors of the predictions of complete rows by some weights."""
    method, model = asked.method, record.model
    if method is None or method == "conformal":
        method = "ensemble" if len(record.ends) > 1 else "delta"
    if method != "bootstrap":
        by_refits = "conformal" if asked.interval == "prediction" else "bootstrap"
        _require(record, "standard errors of predictions", by_refits)
    uncertainty = record.find_uncertainty(method, "hessian", None)
    predictions = RowPredictions(model, rows, choose_scale(model, asked.kind))
    link = to_contrasts(model, compute_link(model, thetas, rows))
    center = predictions.scale.transform(link)
    work = partial(measure_errors, predictions, center, uncertainty)
    return model.compute(work, len(center), hessian=True)


def _find_dispersion(record: PredictingRecord) -> float:
    """The residual variance; 1 for a family without one."""
    if not getattr(record.model.perceptron.family, "has_dispersion", False):
        return 1.0
    _require(record, "the variance of a response", "conformal", judged=False)
    return record.likelihood.dispersion


def _require(record: PredictingRecord, what: str, instead: str, judged: bool = True) -> None:
    """Raise ValueError, with another method as a remedy, where nothing may be inferred.

    ``judged``: also from a fit that is not at rest or not identified.
    """
    try:
        check_requirements(record.model)
        if judged:
            record.judgement.require(what)
    except ValueError as fault:
        remedy = f"Or take method={instead!r}, which refits the network instead"
        raise ValueError(f"{str(fault).rstrip('.')}. {remedy}") from None
