"""Diagnosis of overfitting: deviance on held-out rows against that of an intercept alone.

Without rows held out: more unpenalized weights than rows, which they fit without error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import pluralize
from ..model import Model, evaluate_intercept
from ..perceptron import Batch, Objective
from .tuning import Tuning

# Relative difference from the deviance of an intercept below which deviances count as equal.
MARGIN = 0.01
# Share of the loss of an intercept below which rows count as fitted without error.
NEGLIGIBLE = 1e-3


def diagnose_overconfidence(
    model: Model,
    theta: NDArray[Any],
    tuning: Tuning | None,
    validation: Objective | None,
    no_signal: bool,
) -> str:
    """Diagnose predictions that are worse than an intercept on rows held out.

    Parameters
    ----------
    model : Model
    theta : (P,) array
    tuning : Tuning or None
        The folds of its chosen trial are used where there is one.
    validation : Objective or None
        Else the rows held out for validation.
    no_signal : bool
        True where `lacks_signal` is, after a complete search.

    Returns
    -------
    str
        A warning; '' where there is nothing to warn of.
    """
    if tuning is not None and (trial := tuning.chosen) is not None:
        held_out, intercept = trial.deviance, tuning.intercept
    elif validation is not None:
        batch = validation.batch
        loss = validation.evaluate(validation.scaling.from_raw(theta)).loss
        alone = evaluate_intercept(model.perceptron, batch, model.intercept)
        held_out, intercept = 2.0 * loss / batch.weight, 2.0 * alone / batch.weight
    else:
        return ""
    batch = model.apply_class_weights(model.batch)
    trained = 2.0 * model.evaluate(theta, batch).loss / batch.weight
    baseline = 2.0 * model.baseline / batch.weight
    if no_signal and 0.0 < (1.0 - MARGIN) * baseline <= trained:
        return _NO_SIGNAL.format(held_out, intercept)
    return describe_overconfidence(held_out, intercept, trained, baseline)


def lacks_signal(model: Model, tuning: Tuning | None) -> bool:
    """Return True where there are columns, and no decay made them better than an intercept."""
    trial = None if tuning is None else tuning.chosen
    if tuning is None or trial is None or model.design.x_names == ("Intercept",):
        return False
    return min(each.deviance for each in tuning.trials) >= (1.0 - MARGIN) * tuning.intercept


_NO_SIGNAL = (
    "No decay that was tried does better than an intercept alone on rows held out ({:.3g} against "
    "{:.3g} per row): nothing was found that holds for new rows."
)


def describe_overconfidence(
    held_out: float, intercept: float, trained: float, baseline: float
) -> str:
    """Describe deviances that are above an intercept's on rows held out only; else ''.

    Parameters
    ----------
    held_out, intercept : float
        Deviance per row held out, and that of an intercept alone.
    trained, baseline : float
        The same on the training rows.
    """
    worse = held_out > (1.0 + MARGIN) * intercept
    if not (worse and trained < (1.0 - MARGIN) * baseline):
        return ""
    return (
        f"Overconfident: on rows held out the deviance is {held_out:.3g} per row, and that of an "
        f"intercept alone {intercept:.3g}, though on the rows trained on it is {trained:.3g} "
        f"against {baseline:.3g}. Do not rely on predictions for new rows: more decay, "
        "fewer columns or units, or more rows may help."
    )


def diagnose_memorization(
    model: Model, theta: NDArray[Any], rows: Batch, mask: NDArray[np.bool_] | None = None
) -> str:
    """Diagnose more unpenalized weights than training rows, which they fit almost without error.

    Returns
    -------
    str
        A warning; '' where there is nothing to warn of.
    """
    P, n = model.perceptron.n_parameters, len(rows.X)
    free = np.count_nonzero(model.free if mask is None else model.free & mask)
    if free <= n or model.baseline == 0.0:
        return ""
    rows = model.apply_class_weights(rows)
    loss, baseline = model.evaluate(theta, rows).loss, model.share_baseline(rows)
    if not loss < NEGLIGIBLE * baseline:
        return ""
    which = "weights" if free == P or not model.penalty else "weights without a penalty"
    fewer = "hidden units" if model.perceptron.activations else "columns"
    return (
        f"Overconfident: {free:,} {which} fit {pluralize(n, 'row')} almost without error (loss "
        f"{loss:.2g}, that "
        f"of an intercept alone {baseline:.3g}), so that predictions for new rows are likely to be "
        "surer than they should be. Pass some decay (decay='cv' chooses it), or take fewer "
        f"{fewer}."
    )
