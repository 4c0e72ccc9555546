"""Whether a network knows as much of new rows as it seems to: deviances held out and trained on."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..model import Model
from .tuning import Tuning

__all__ = ["judge_confidence", "tell_overconfidence"]

# A deviance no lower than this share of an intercept's is no claim to know anything.
CLAIM = 0.99


def judge_confidence(model: Model, theta: NDArray[Any], tuning: Tuning) -> str:
    """A warning where cross-validation says other than the rows trained on; else ''."""
    trial = tuning.chosen
    if trial is None:
        return ""
    batch = model.weigh(model.batch)
    trained = 2.0 * model.evaluate(theta, batch).loss / batch.weight
    baseline = 2.0 * model.baseline / batch.weight
    return tell_overconfidence(trial.deviance, tuning.intercept, trained, baseline)


def tell_overconfidence(held: float, intercept: float, trained: float, baseline: float) -> str:
    """A warning of predictions that are worse than an intercept's on rows not seen; else ''.

    Parameters
    ----------
    held, intercept : float
        Deviance per row held out, and that of an intercept alone.
    trained, baseline : float
        The same on the rows trained on.
    """
    if not (held > intercept and trained < CLAIM * baseline):
        return ""
    return (
        f"Overconfident: on rows held out the deviance is {held:.3g} per row, and that of an "
        f"intercept alone {intercept:.3g}, though on the rows trained on it is {trained:.3g} "
        f"against {baseline:.3g}. Do not rely on predictions for new rows: take fewer hidden "
        "units, fewer columns, more decay or more rows."
    )
