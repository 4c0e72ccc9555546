"""Description of a fit in words: sizes, decay, likelihood, its judgement, and what to mind."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite, log10, sqrt
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ...errors import pluralize
from ...model import Model, join_lines, measure_classes, measure_numbers
from ..diagnostics.lack_of_fit import describe_lack_of_fit
from ..evidence import find_evidence_decay
from ..fit.judgement import Judgement
from ..fit.likelihood import Likelihood
from ..weights.parameters import Parameters

_CHOSEN = {"cross-validation": "by cross-validation", "evidence": "by evidence"}
_DEFAULT = "a default for few rows"
# A distance from the optimum, in standard errors, that is not worth a number.
_NEGLIGIBLE = 0.001

_CHANGES = (
    "Changes of a number are from its lower to its upper quartile, with the other columns as they "
    "are, averaged over the rows; 'slope' is the average derivative."
)
_OVERALL = "'overall' tests all terms that contain the predictor."
_OVERALL_OF_NETS = (
    "'overall' tests whether the predictor matters at all, by the score test beside the network "
    "without it; 'nonlinear' whether it adds more than a line."
)


class FittedModel(Protocol):
    """What a summary needs of the record of inference, `Inference`."""

    @property
    def model(self) -> Model: ...
    @property
    def theta(self) -> Any: ...
    @property
    def ends(self) -> tuple[Any, ...]: ...
    @property
    def optima(self) -> tuple[Any, ...]: ...
    @property
    def decay_source(self) -> str: ...
    @property
    def judgement(self) -> Judgement: ...
    @property
    def likelihood(self) -> Likelihood: ...
    @property
    def parameters(self) -> Parameters: ...
    @property
    def params(self) -> pd.Series: ...
    @property
    def bse(self) -> pd.Series: ...
    def comparisons(self, *, level: float) -> pd.DataFrame: ...
    def slopes(self, *, level: float) -> pd.DataFrame: ...


def describe_fit(inference: FittedModel) -> tuple[str, ...]:
    """Describe a fit line by line: formula, sizes, decay, likelihood and judgement."""
    model, found = inference.model, inference.likelihood
    n, P = len(model.rows.X), model.perceptron.n_parameters
    weighed = "" if found.nobs == n else f" of weight {found.nobs:g}"
    sizes = f"{pluralize(n, 'row')}{weighed}, {pluralize(P, 'weight')}"
    return (
        f"NeuralNetwork  {join_lines(model.design.formula.text)}",
        f"{model.perceptron.describe()}; {sizes}",
        f"Effective degrees of freedom {found.edf:.1f}; {describe_decay(inference)}",
        f"Log-likelihood {_show(found.llf)}, AIC {_show(found.aic)}, BIC {_show(found.bic)}",
        *_describe_deviance(found),
        _describe_rest(inference) if inference.judgement.allows else _describe_scores(inference),
    )


def describe_decay(inference: FittedModel) -> str:
    """Describe the decay, and how it was chosen."""
    decays = np.ravel(inference.model.used.decays).tolist()
    if not any(decays):
        return "no decay"
    values = ", ".join(f"{each:.3g}" for each in dict.fromkeys(decays))
    source = inference.decay_source
    if source in _CHOSEN:
        return f"decay {values}, chosen {_CHOSEN[source]}"
    return f"decay {values}" + (f", {_DEFAULT}" if source == "default" else "")


def _describe_deviance(found: Likelihood) -> Iterator[str]:
    text = f"Deviance {_show(found.deviance)}"
    if found.null_deviance > 0.0:
        share = 1.0 - found.deviance / found.null_deviance
        null = f"of an intercept alone {_show(found.null_deviance)}"
        text += f", {null}: {share:.1%} explained"
    yield text
    if found.has_dispersion:
        error = f"Residual standard error {_show(sqrt(found.dispersion), 4)}"
        df = f"{found.df_resid:.1f} degrees of freedom"
        yield f"{error} on {df}, dispersion {_show(found.dispersion, 4)}"


def _show(value: float, digits: int = 5) -> str:
    """Format a number with at least so many significant digits, without an exponent."""
    if not isfinite(value) or not 1e-4 < abs(value) < 1e15:
        return f"{value:.{digits}g}"
    return f"{value:,.{max(0, digits - 1 - floor(log10(abs(value))))}f}"


def _describe_rest(inference: FittedModel) -> str:
    """Describe the distance to the optimum, the condition, and the optima found."""
    found, starts = inference.judgement, len(inference.ends)
    away = f"within {_NEGLIGIBLE} standard errors"
    if found.distance >= _NEGLIGIBLE:
        away = f"{found.distance:.2g} standard errors away"
    condition = _show(float(f"{found.condition:.2g}"), 2)
    text = f"At the optimum ({away}), condition number {condition}"
    if starts > 1:
        text += f"; {pluralize(len(inference.optima), 'optimum', 'optima')} from {starts} starts"
    return text


def _describe_scores(inference: FittedModel) -> str:
    """Measures of the predictions for the training rows, which need no standard errors."""
    model, batch = inference.model, inference.model.batch
    if model.labels.classes:
        measures = measure_classes(model, inference.theta, batch).overall
        names = {"accuracy": "accuracy", "log_loss": "log loss", "brier": "Brier score"}
    else:
        measures = measure_numbers(model, inference.theta, batch).iloc[:, 0]
        names = {"r2": "R squared", "rmse": "RMSE", "mae": "MAE"}
    parts = [f"{words} {measures[name]:.4g}" for name, words in names.items()]
    return f"Predictions of the training rows: {', '.join(parts)}"


def list_notes(inference: FittedModel, has_tests: bool = True) -> list[str]:
    """List what a reader of the tables has to know."""
    notes = [_CHANGES, _OVERALL] if has_tests else []
    if has_tests and inference.model.perceptron.activations:
        notes = [_CHANGES, _OVERALL_OF_NETS]
    notes = [" ".join(notes)] if notes else []
    if inference.decay_source == "cross-validation":
        notes.append(_compare_decay(inference))
    if advice := describe_lack_of_fit(inference.model, inference.theta):
        notes.append(advice)
    return notes


def _compare_decay(inference: FittedModel) -> str:
    """Say what the intervals condition on, and what evidence would have given."""
    text = (
        "The decay was chosen by cross-validation, for prediction: standard errors and intervals "
        "are given that choice."
    )
    found = find_evidence_decay(inference.model, inference.theta)
    if found is None:
        return text
    if not found.at_rest:
        return f"{text} Evidence gives no decay from these weights: {found.message}."
    return (
        f"{text} Evidence, for inference, gives {found.decay:.3g} with {found.edf:.1f} effective "
        "degrees of freedom from these weights: decay='evidence' trains with it."
    )
