"""Coordinates of training: the conditioned objective, and the units in which gradients are small.

Knows a model and rows; no options and no loop.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from ..perceptron import Batch, Coordinates, Objective, Raw, condition, damp


def condition_objective(model: Model, objective: Objective, rows: Batch) -> Objective:
    """Express the objective in standardized columns, whatever the coordinates of the penalty."""
    rows, all_rows = model.weigh(rows), model.weigh(model.batch)
    # Where the loss of an intercept alone is 0, the optimizer needs another reference.
    reference = model.share_baseline(rows)
    coordinates = model.standard
    if model.penalty and coordinates is not model.coordinates:
        coordinates = damp(coordinates, _list_curvatures(model), all_rows.weight)
    return condition(objective, coordinates, rows, reference or None)


def find_gradient_scale(model: Model) -> tuple[Coordinates, float]:
    """Coordinates in which gradients do not depend on units, and the loss they are small beside.

    Those of standardized columns and of a standardized numeric response, which ``scale=True`` has
    anyway, and the loss of an intercept alone in the optimizer's unit.
    """
    if isinstance(model.coordinates, Raw):
        return model.standard, model.baseline
    return Raw(), model.baseline / model.coordinates.unit


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
