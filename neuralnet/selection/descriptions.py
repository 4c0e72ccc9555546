"""Descriptions of the choices of automatic training, as messages and stages report them."""

from __future__ import annotations

from math import isnan

from ..errors import pluralize
from ..inference import FixedPoint
from ..model import Model
from ..perceptron import Unscaled
from .one_standard_error import GridSummary
from .regularization_path import GridSearch


def describe_choice(
    search: GridSearch, n_folds: int, summary: GridSummary, sample: int, n: int
) -> str:
    """Describe which decay was chosen, and by which rule.

    Parameters
    ----------
    search : GridSearch
    n_folds : int
    summary : GridSummary
    sample, n : int
        Number of training rows on which decays were tried, and of all of them.
    """
    trial, glm = summary.trial, summary.glm
    how = f"{n_folds}-fold cross-validation"
    how += f", on {sample:,} of {n:,} rows" if sample < n else ""
    beside = "" if isnan(glm) else f", {glm:.3g} without a hidden layer"
    if glm + trial.std_error < trial.deviance:
        beside += ": try hidden=0, or more units"
    within = " as the greatest within a standard error of the least deviance"
    return (
        f"Chose decay {trial.decay:g}{within if search.rule == '1se' else ''} by {how} (deviance "
        f"{trial.deviance:.3g} per row{beside})"
    )


def describe_fixed_point(point: FixedPoint, starts: int) -> str:
    """Describe a decay that evidence gave, and whether it is a fixed point."""
    of = f", the highest of {starts} starts" if starts > 1 else ""
    text = (
        f"Chose decay {point.decay:.4g} by evidence ({point.edf:.1f} effective parameters, log "
        f"evidence {point.evidence:.5g}{of}), by Newton in standardized columns"
    )
    return f"{text}; {point.message}" if point.message else text


def describe_fits(
    model: Model, optimizer: object, batch_size: int | None, starts: int, fresh: bool
) -> str:
    """Describe the optimizer, the scaling of the columns and the starting weights.

    ``fresh``: all starts are drawn; else the first has the present weights.
    """
    how = type(optimizer).__name__
    how += f" in mini-batches of {pluralize(batch_size, 'row')}," if batch_size is not None else ""
    raw = isinstance(model.scaling, Unscaled)
    columns = "columns as they are" if raw else "standardized columns"
    where = "from a new start" if fresh else "from the present weights"
    if starts > 1:
        where = f"best of {starts} starts" + ("" if fresh else ", the present weights first")
    return f"{how} in {columns}, {where}"
