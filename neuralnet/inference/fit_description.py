"""Description of a fit in words: sizes, decay, likelihood, its judgement, and what to mind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..errors import pluralize
from ..model import join_lines, measure_classes, measure_numbers
from .evidence import find_evidence_decay

if TYPE_CHECKING:
    from .inference import Inference

_CHOSEN = {"cross-validation": "by cross-validation", "evidence": "by evidence"}
_DEFAULT = "a default for few rows"
# A distance from the optimum, in standard errors, that is not worth a number.
_NEGLIGIBLE = 0.001


def describe_fit(inference: Inference) -> tuple[str, ...]:
    """Describe a fit line by line: formula, sizes, decay, likelihood and judgement."""
    model = inference.model
    P = pluralize(model.perceptron.n_parameters, "weight")
    rows = pluralize(len(model.rows.X), "row")
    weighed = "" if inference.nobs == len(model.rows.X) else f" of weight {inference.nobs:g}"
    return (
        f"NeuralNetwork  {join_lines(model.design.formula.text)}",
        f"{model.perceptron.describe()}; {rows}{weighed}, {P}",
        f"Effective degrees of freedom {inference.edf:.1f}; {describe_decay(inference)}",
        f"Log-likelihood {inference.llf:.5g}, AIC {inference.aic:.5g}, BIC {inference.bic:.5g}",
        *_describe_deviance(inference),
        _describe_rest(inference) if inference.judgement.allows else _describe_scores(inference),
    )


def describe_decay(inference: Inference) -> str:
    """Describe the decay, and how it was chosen."""
    decays = np.ravel(inference.model.used.decays).tolist()
    if not any(decays):
        return "no decay"
    values = ", ".join(f"{each:.3g}" for each in dict.fromkeys(decays))
    source = inference.decay_source
    if source in _CHOSEN:
        return f"decay {values}, chosen {_CHOSEN[source]}"
    return f"decay {values}" + (f", {_DEFAULT}" if source == "default" else "")


def _describe_deviance(inference: Inference) -> Iterator[str]:
    text = f"Deviance {inference.deviance:.5g}"
    if inference.null_deviance > 0.0:
        share = 1.0 - inference.deviance / inference.null_deviance
        null = f"of an intercept alone {inference.null_deviance:.5g}"
        text += f", {null}: {share:.1%} explained"
    yield text
    if inference.likelihood.has_dispersion:
        df = f"{inference.df_resid:.1f} degrees of freedom"
        yield f"Dispersion {inference.dispersion:.4g} on {df}"


def _describe_rest(inference: Inference) -> str:
    """Describe the distance to the optimum, the condition, and the optima found."""
    found, starts = inference.judgement, len(inference.ends)
    away = f"{found.distance:.2g}" if found.distance >= _NEGLIGIBLE else f"under {_NEGLIGIBLE}"
    text = f"At the optimum: {away} standard errors from it, condition {found.condition:.2g}"
    if starts > 1:
        text += f"; {pluralize(len(inference.optima), 'optimum', 'optima')} from {starts} starts"
    return text


def _describe_scores(inference: Inference) -> str:
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


def list_notes(inference: Inference) -> list[str]:
    """List what a reader of the tables has to know."""
    notes = []
    if inference.model.perceptron.activations:
        notes.append(
            "Changes of numbers are from the lower to the upper quartile, with all other columns "
            "as they are, averaged over the rows. A slope is the average derivative. 'whole' tests "
            "whether the predictor matters at all, by the score test beside the network without it."
        )
    if inference.decay_source == "cross-validation":
        notes.append(_compare_decay(inference))
    return notes


def _compare_decay(inference: Inference) -> str:
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
