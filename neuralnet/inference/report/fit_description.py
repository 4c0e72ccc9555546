"""Description of a fit in words: sizes, decay, likelihood, its judgement, and what to mind."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite, isnan, log10, sqrt
from typing import Any

import numpy as np
import pandas as pd

from ...errors import cut, pluralize, quote
from ...model import join_lines, measure_classes, measure_numbers
from ..diagnostics.lack_of_fit import describe_lack_of_fit
from ..evidence import find_evidence_decay
from ..fit.fit_record import FitRecord
from ..fit.likelihood import Likelihood
from ..weights.weight_methods import WeightMethods

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


def describe_fit(inference: FitRecord) -> tuple[str, ...]:
    """Describe a fit line by line: formula, sizes, decay, likelihood and judgement."""
    model, found = inference.model, inference.likelihood
    n, P = len(model.rows.X), model.perceptron.n_parameters
    weighed = "" if found.nobs == n else f" of weight {found.nobs:g}"
    dropped = model.model_frame.n_selected - n
    left_out = f" ({dropped:,} with missing values left out)" if dropped else ""
    sizes = f"{pluralize(n, 'row')}{weighed}{left_out}, {pluralize(P, 'weight')}"
    edf = "not computed" if isnan(found.edf) else f"{found.edf:.1f}"
    return (
        f"NeuralNetwork  {join_lines(model.design.formula.text)}",
        f"{model.perceptron.describe()}; {sizes}",
        f"Effective degrees of freedom {edf}; {describe_decay(inference)}",
        *_describe_likelihood(found),
        _describe_rest(inference) if inference.judgement.allows else _describe_scores(inference),
    )


def describe_decay(inference: FitRecord) -> str:
    """Describe the decay, and how it was chosen."""
    decays = np.ravel(inference.model.used.decays).tolist()
    if not any(decays):
        return "no decay"
    values = ", ".join(f"{each:.3g}" for each in dict.fromkeys(decays))
    if inference.model.mixture:
        values += f" (mixture {inference.model.mixture:g})"
    source = inference.decay_source
    if source in _CHOSEN:
        return f"decay {values}, chosen {_CHOSEN[source]}"
    return f"decay {values}" + (f", {_DEFAULT}" if source == "default" else "")


def _describe_likelihood(found: Likelihood) -> Iterator[str]:
    """Describe likelihood, deviance and dispersion, as far as they are defined."""
    if isfinite(found.aic):
        yield f"Log-likelihood {_show(found.llf)}, AIC {_show(found.aic)}, BIC {_show(found.bic)}"
    else:
        llf = "not defined" if isnan(found.llf) else _show(found.llf)
        yield f"Log-likelihood {llf}; AIC and BIC not computed"
    if isnan(found.deviance):
        return
    text = f"Deviance {_show(found.deviance)}"
    if found.null_deviance > 0.0:
        text += f", of an intercept alone {_show(found.null_deviance)}"
    if found.null_deviance > found.deviance:
        text += f": {1.0 - found.deviance / found.null_deviance:.1%} explained"
    yield text
    if isfinite(found.dispersion) and found.has_dispersion:
        error = f"Residual standard error {_show(sqrt(found.dispersion), 4)}"
        df = f"{found.df_resid:.1f} degrees of freedom"
        yield f"{error} on {df}, dispersion {_show(found.dispersion, 4)}"


def _show(value: float, digits: int = 5) -> str:
    """Format a number with at least so many significant digits, without an exponent."""
    if not isfinite(value) or not 1e-4 < abs(value) < 1e15:
        return f"{value:.{digits}g}"
    return f"{value:,.{max(0, digits - 1 - floor(log10(abs(value))))}f}"


def _describe_rest(inference: FitRecord) -> str:
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


def _describe_scores(inference: FitRecord) -> str:
    """Measures of the predictions for the training rows, which need no standard errors."""
    model, batch = inference.model, inference.model.batch
    measures: pd.DataFrame | pd.Series
    if model.labels.classes:
        measures = measure_classes(model, inference.theta, batch).overall
        names = {"accuracy": "accuracy", "log_loss": "log loss", "brier": "Brier score"}
    else:
        measures = measure_numbers(model, inference.theta, batch)
        names = {"r2": "R squared", "rmse": "RMSE", "mae": "MAE"}
    parts = [f"{words} {_join_measures(measures.loc[name])}" for name, words in names.items()]
    return f"Predictions of the training rows: {', '.join(parts)}"


def _join_measures(values: Any) -> str:
    """Format a measure, or that of each of several responses with its name."""
    if np.ndim(values) == 0 or len(values) == 1:
        return f"{np.ravel(values)[0]:.4g}"
    return " and ".join(f"{value:.4g} ({cut(name)})" for name, value in values.items())


def describe_errors(inference: WeightMethods, kind: str, groups: Any) -> str:
    """Describe a `kind` of standard errors; '' for those of the likelihood."""
    if kind == "hessian":
        return ""
    codes = inference.read_clusters(kind, groups)
    name, against = quote(kind), "another variance than the family's"
    if codes is not None:
        against = f"dependence within {pluralize(int(codes.max()) + 1, 'group')} of rows"
    return f"Standard errors by {name}, robust to {against} (overall tests are not)"


def list_notes(inference: FitRecord, has_tests: bool = True) -> list[str]:
    """List what a reader of the tables has to know."""
    notes = [_CHANGES, _OVERALL] if has_tests else []
    if has_tests and inference.model.perceptron.activations:
        notes = [_CHANGES, _OVERALL_OF_NETS]
    notes = [" ".join(notes)] if notes else []
    if inference.decay_source == "cross-validation":
        notes.append(_compare_decay(inference))
    if advice := describe_lack_of_fit(inference):
        notes.append(advice)
    return notes


def _compare_decay(inference: FitRecord) -> str:
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
