"""What training tells of its choices: a sentence for the message and the stages."""

from __future__ import annotations

from math import isnan

from ..model import Model
from ..perceptron import Unscaled
from .search import Search
from .tuning import Trial


def tell_decay(search: Search, folds: int, trial: Trial, glm: float, rows: int, n: int) -> str:
    """Which decay was chosen, and by what.

    ``glm`` is the least deviance without a hidden layer, nan where there is none anyway; ``rows``
    of the n training rows are those on which decays were tried.
    """
    how = f"{folds}-fold cross-validation"
    how += f", on {rows:,} of {n:,} rows" if rows < n else ""
    beside = "" if isnan(glm) else f", {glm:.3g} without a hidden layer"
    if glm + trial.std_error < trial.deviance:
        beside += ": try hidden=0, or more units"
    within = " as the greatest within a standard error of the least deviance"
    return (
        f"Chose decay {trial.decay:g}{within if search.rule == '1se' else ''} by {how} (deviance "
        f"{trial.deviance:.3g} per row{beside})"
    )


def tell_fits(
    model: Model, optimizer: object, batch_size: int | None, starts: int, fresh: bool
) -> str:
    """By what, in which columns and from where the network is trained."""
    how = type(optimizer).__name__
    how += f" in mini-batches of {batch_size} rows," if batch_size is not None else ""
    raw = isinstance(model.scaling, Unscaled)
    columns = "columns as they are" if raw else "standardized columns"
    where = "from a new start" if fresh else "from the present weights"
    if starts > 1:
        where = f"best of {starts} starts" + ("" if fresh else ", the present weights first")
    return f"{how} in {columns}, {where}"
