"""The conditioned objective, and the units in which a gradient tolerance applies.

Knows a model and rows; no options and no loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from ..perceptron import (
    Batch,
    Objective,
    Scaling,
    Unscaled,
    allow_for_penalty,
    standardize_objective,
)


def condition_objective(model: Model, objective: Objective, rows: Batch) -> Objective:
    """Express the objective in standardized columns, whatever the coordinates of the penalty."""
    rows, all_rows = model.apply_class_weights(rows), model.apply_class_weights(model.batch)
    # Where the loss of an intercept alone is 0, the optimizer needs another reference.
    reference = model.share_baseline(rows)
    scaling = model.standard
    if model.penalty and scaling is not model.scaling:
        scaling = allow_for_penalty(scaling, _list_curvatures(model), all_rows.weight)
    return standardize_objective(objective, scaling, rows, reference or None)


def find_gradient_scale(model: Model) -> tuple[Scaling, float]:
    """Return coordinates in which gradients have no units, and the loss to compare them with.

    Those of standardized columns and of a standardized numeric response, which ``scale=True`` has
    anyway, and the loss of an intercept alone in the optimizer's unit.
    """
    if isinstance(model.scaling, Unscaled):
        return model.standard, model.baseline
    return Unscaled(), model.baseline / model.scaling.loss_scale


def _list_curvatures(model: Model) -> list[NDArray[np.float64]]:
    """Second derivatives of the penalty by the rows of each matrix that reads columns of X.

    They are the same for all outputs of a row. Where several matrices read a column, the scaling
    of the first one applies to all.
    """
    perceptron = model.perceptron
    curvature = np.broadcast_to(model.penalty.curvature, perceptron.n_parameters)
    first, *others = (W[:, 0] for W in perceptron.unflatten(curvature))
    if not perceptron.skip:
        return [first]
    intercept, last = model.design.terms.intercept, others[-1].copy()
    if intercept is not None:
        last[0] = first[intercept]
    last[-len(perceptron.skip) :] = first[list(perceptron.skip)]
    return [first, last]
