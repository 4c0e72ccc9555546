"""Whether a network knows as much of new rows as it seems to: deviances held out and trained on.

And, where no rows were held out, whether it has enough free weights to learn rows by heart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from ..perceptron import Batch, Objective
from .tuning import Tuning

# By what share a deviance has to be apart from an intercept's to say something.
MARGIN = 0.01
# A loss below this share of an intercept's is next to nothing.
NOTHING = 1e-3


def judge_confidence(
    model: Model,
    theta: NDArray[Any],
    tuning: Tuning | None,
    validation: Objective | None,
    vain: bool,
) -> str:
    """A warning where rows held out say other than those trained on; else ''.

    Parameters
    ----------
    model : Model
    theta : (P,) array
    tuning : Tuning or None
        Whose folds judge, where decays were tried.
    validation : Objective or None
        Of rows held out, which judge else.
    vain : bool
        Whether decays were tried to the end, and none was better than an intercept alone.
    """
    if tuning is not None and (trial := tuning.chosen) is not None:
        held, intercept = trial.deviance, tuning.intercept
    elif validation is not None:
        (batch,) = validation.batches()
        loss = validation.evaluate(validation.coordinates.from_raw(theta)).loss
        held, intercept = (
            2.0 * each / batch.weight for each in (loss, model.judge_intercept(batch))
        )
    else:
        return ""
    batch = model.apply_class_weights(model.batch)
    trained = 2.0 * model.evaluate(theta, batch).loss / batch.weight
    baseline = 2.0 * model.baseline / batch.weight
    if vain and 0.0 < (1.0 - MARGIN) * baseline <= trained:
        return _NOTHING.format(held, intercept)
    return tell_overconfidence(held, intercept, trained, baseline)


def finds_nothing(model: Model, tuning: Tuning | None) -> bool:
    """Whether columns were there, and no decay made them better than an intercept alone."""
    trial = None if tuning is None else tuning.chosen
    if tuning is None or trial is None or model.design.x_names == ("Intercept",):
        return False
    return min(each.deviance for each in tuning.trials) >= (1.0 - MARGIN) * tuning.intercept


_NOTHING = (
    "No decay that was tried does better than an intercept alone on rows held out ({:.3g} against "
    "{:.3g} per row): nothing was found that holds for rows not seen."
)


def tell_overconfidence(held: float, intercept: float, trained: float, baseline: float) -> str:
    """A warning of predictions that are worse than an intercept's on rows not seen; else ''.

    Parameters
    ----------
    held, intercept : float
        Deviance per row held out, and that of an intercept alone.
    trained, baseline : float
        The same on the rows trained on.
    """
    worse = held > (1.0 + MARGIN) * intercept
    if not (worse and trained < (1.0 - MARGIN) * baseline):
        return ""
    return (
        f"Overconfident: on rows held out the deviance is {held:.3g} per row, and that of an "
        f"intercept alone {intercept:.3g}, though on the rows trained on it is {trained:.3g} "
        f"against {baseline:.3g}. Do not rely on predictions for new rows: more decay, "
        "fewer columns or units, or more rows may help."
    )


def tell_memorizing(model: Model, theta: NDArray[Any], rows: Batch) -> str:
    """A warning of more weights than rows that fit these without error and are held by no penalty.

    ``rows``: those trained on.
    """
    P, n = model.perceptron.n_parameters, len(rows.X)
    free = np.count_nonzero(model.free)
    if free <= n or model.baseline == 0.0:
        return ""
    rows = model.apply_class_weights(rows)
    loss, baseline = model.evaluate(theta, rows).loss, model.share_baseline(rows)
    if not loss < NOTHING * baseline:
        return ""
    which = "weights" if free == P else "weights without a penalty"
    fewer = "hidden units" if model.perceptron.activations else "columns"
    return (
        f"Overconfident: {free} {which} fit {n} rows almost without error (loss {loss:.2g}, that "
        f"of an intercept alone {baseline:.3g}), so that predictions for new rows are likely to be "
        "surer than they should be. Pass some decay (decay='cv' chooses it), or take fewer "
        f"{fewer}."
    )
