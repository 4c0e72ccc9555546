"""Predictions of rows by a record of inference, with standard errors and intervals."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import ModelMatrices
from ...model import Model, label_predictions
from ...perceptron import read_family
from ..effects.effect_methods import EffectMethods
from .averages import compute_link, predict_average
from .cross_conformal import FoldFits, find_rank, fit_folds
from .intervals import find_confidence, find_prediction, read_prediction_rows, tabulate
from .requests import Request
from .scales import choose_scale, to_contrasts
from .standard_errors import Measured, RowPredictions, measure_errors

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


class PredictionMethods(EffectMethods):
    """Predictions of rows, which `NeuralNetwork.predict` asks for."""

    def predict_average(
        self, data: Any, unseen: str, kind: str, threshold: float | None
    ) -> pd.Series | pd.DataFrame:
        """Predict rows by the average of the means of all `optima`."""
        rows, _ = read_prediction_rows(self.model, data, unseen)
        values = predict_average(self.model, self.optima, rows, kind, threshold)
        return label_predictions(kind, self.model.labels, values, rows.index)

    def predict_rows(self, data: Any, unseen: str, asked: Request) -> pd.DataFrame:
        """Predict rows with standard errors and intervals; see `NeuralNetwork.predict`."""
        model = self.model
        rows, w = read_prediction_rows(model, data, unseen)
        thetas = self.optima if asked.method == "ensemble" else (self.theta,)
        fit = predict_average(model, thetas, rows, asked.kind)
        if asked.kind == "link":
            fit = to_contrasts(model, fit)
        complete, parts = rows.complete, {}
        some, mean, w = rows.pick(complete), fit[complete], w[complete]
        scale = choose_scale(model, asked.kind)
        by_folds = asked.interval == "prediction" and _choose_conformal(model, asked.method)
        if asked.se_fit or not by_folds:
            found = _measure(self, some, asked, thetas)
        if asked.se_fit:
            errors = scale.find_slopes(found.center) * found.errors
            parts["se_fit"] = np.broadcast_to(errors, mean.shape)
        if by_folds:
            rank = find_rank(model, asked.level)
            bounds = self.fold_fits.predict(some.X, some.offset, rank)
        elif asked.interval == "prediction":
            bounds = find_prediction(model, found, mean, w, _find_dispersion(self), asked.level)
        elif asked.interval == "confidence":
            bounds = find_confidence(found, scale, asked.level)
        if asked.interval is not None:
            parts["lower"], parts["upper"] = bounds
        return tabulate(model, rows, asked, fit, parts)

    @cached_property
    def fold_fits(self) -> FoldFits:
        """The fits of conformal intervals, without a fold of the training rows each."""
        return fit_folds(self.model)


def _choose_conformal(model: Model, method: str | None) -> bool:
    """Whether prediction intervals are conformal: by default with a hidden layer."""
    return method == "conformal" or (method is None and bool(model.perceptron.activations))


def _measure(
    record: PredictionMethods, rows: ModelMatrices, asked: Request, thetas: tuple[Vector, ...]
) -> Measured:
    """Measure the standard errors of the predictions of complete rows by some weights."""
    method, model = asked.method, record.model
    if method is None or method == "conformal":
        method = "ensemble" if len(record.ends) > 1 else "delta"
    if method != "bootstrap":
        by_refits = "conformal" if asked.interval == "prediction" else "bootstrap"
        record.judgement.require("standard errors of predictions", _offer(by_refits))
    uncertainty = record.find_uncertainty(method, "hessian", None)
    predictions = RowPredictions(model, rows, choose_scale(model, asked.kind))
    link = to_contrasts(model, compute_link(model, thetas, rows))
    center = predictions.scale.transform(link)
    work = partial(measure_errors, predictions, center, uncertainty)
    return model.compute(work, len(center), hessian=True)


def _find_dispersion(record: PredictionMethods) -> float:
    """The residual variance; 1 for a family without one."""
    if not read_family(record.model.perceptron.family).has_dispersion:
        return 1.0
    # A fit that is not at rest has a residual variance too.
    if record.obstacle:
        record.judgement.require("the variance of a response", _offer("conformal"))
    return record.likelihood.dispersion


def _offer(method: str) -> str:
    """Return the remedy where nothing may be inferred from the curvature of a fit."""
    return f" Or take method={method!r}, which refits the network instead."
