"""Scores of a fit on rows, by the name of a measure, of which more is always better."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import check_choice
from ...model import Model, fit_intercept, measure_baseline, measure_fold, measure_numbers
from ...perceptron import Batch

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Those of classes, and those of numbers.
ImportanceMeasure = Literal[
    "deviance_explained",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    "r2",
    "rmse",
    "mae",
]
# The measures of which less is better.
_LOSSES = ("rmse", "mae", "log_loss", "brier")
# The measure of all families, and its sum of squares in `measure_numbers`, which has no unit.
_DEFAULT, _SUM = "deviance_explained", "deviance"


class Score(NamedTuple):
    """A measure.

    Attributes
    ----------
    compute : callable
        From a batch to the scores (m,), of which more is better.
    outputs : tuple
        The responses that they are of, if there are several.
    """

    compute: Callable[[Batch], Vector]
    outputs: tuple[Any, ...] = ()


def choose_score(model: Model, theta: Vector, batch: Batch, measure: str | None) -> Score:
    """Choose a measure by its name; None: the share of the deviance that is explained.

    Raises
    ------
    ValueError
        For another name, and where the measure is not defined for the rows.
    """
    if measure is None or (isinstance(measure, str) and measure == _DEFAULT):
        return _explain_deviance(model, theta, batch)
    several = not model.labels.classes and len(model.labels.outputs) > 1
    known = _measure(model, theta, batch)
    name = check_choice("measure", measure, {name: name for name in [_DEFAULT, *known]})
    if not np.isfinite(known[name]).all():
        raise ValueError(
            f"measure={name!r} is not defined for these rows, as where the response does not vary "
            "or a class is never predicted: give more rows, or another measure"
        )
    sign = -1.0 if name in _LOSSES else 1.0

    def compute(some: Batch) -> Vector:
        return sign * _measure(model, theta, some)[name]

    return Score(compute, tuple(model.labels.outputs) if several else ())


def _measure(model: Model, theta: Vector, batch: Batch) -> dict[str, Vector]:
    """All measures by name, (m,) of the classes together or of each response."""
    if model.labels.classes:
        found = measure_fold(model, theta, batch)
        return {name: np.array([number]) for name, number in found.items()}
    table = measure_numbers(model, theta, batch).drop(index=[_SUM, _DEFAULT])
    return {str(name): row for name, row in zip(table.index, table.to_numpy(float), strict=True)}


def _explain_deviance(model: Model, theta: Vector, batch: Batch) -> Score:
    """The deviance as a share of that of an intercept alone, of all responses together.

    The intercept is that of the rows as they are, whatever changes in them.
    """
    perceptron = model.perceptron
    baseline = measure_baseline(perceptron, batch, fit_intercept(perceptron, batch)) / batch.weight
    if not baseline > 0.0:
        raise ValueError(
            "the response does not vary in these rows, so that there is no deviance to explain: "
            "give other rows, or a measure such as 'rmse' or 'accuracy'"
        )
    loss = model.evaluate(theta, batch).loss
    if not isfinite(loss):
        raise ValueError(
            f"the loss of these rows is {loss}: the weights of the network are so large that its "
            "scores overflow. Train it anew, with a smaller learn_rate or scale=True"
        )

    def compute(some: Batch) -> Vector:
        return np.array([1.0 - model.evaluate(theta, some).loss / some.weight / baseline])

    return Score(compute)
