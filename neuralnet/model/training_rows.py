"""The training rows of a model, as tables, as arrays and as the penalized loss."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ..design import ModelFrame, ModelMatrices
from ..perceptron import Batch, Objective, Penalty, Perceptron, Scaling

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """The training rows, as tables and as a batch.

    Attributes
    ----------
    rows : ModelMatrices
        X, the response, its labels and the index.
    model_frame : ModelFrame
        The columns that the formula uses, and the positions of the rows in the data.
    batch : Batch
        The same rows as arrays for the perceptron.
    objective : Objective
        The penalized loss of these rows.
    """

    rows: ModelMatrices
    model_frame: ModelFrame
    batch: Batch
    objective: Objective

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 digest of X, Y, weights and offset, which identifies the rows in a file."""
        digest = sha256()
        for part in self.batch:
            digest.update(b"-" if part is None else f"{part.dtype.str}{part.shape}".encode())
            if part is not None:
                digest.update(np.ascontiguousarray(part).reshape(-1).view(np.uint8).data)
        return digest.hexdigest()

    def configure(self, perceptron: Perceptron, penalty: Penalty, scaling: Scaling) -> TrainingRows:
        """Return the same rows with another penalized loss; arrays and engine are shared."""
        old = self.objective
        same = perceptron is old.perceptron
        objective = replace(
            old,
            perceptron=perceptron,
            penalty=penalty,
            scaling=scaling,
            engine=old.engine if same else old.engine.copy(perceptron),
        )
        return replace(self, objective=objective)

    def copy(self, class_weights: Matrix | None) -> TrainingRows:
        """Copy the arrays and frames; the engine is copied, and other frozen parts are shared."""
        every = np.ones(len(self.rows.X), dtype=bool)
        rows, w = self.rows.pick(every), self.batch.w
        batch = Batch(
            freeze(rows.X), self.batch.Y.copy(), None if w is None else w.copy(), rows.offset
        )
        objective = replace(self.objective, engine=self.objective.engine.copy())
        objective = _set_rows(objective, batch, class_weights)
        return TrainingRows(rows, self.model_frame.pick(every), batch, objective)


def make_training_rows(
    rows: ModelMatrices,
    model_frame: ModelFrame,
    objective: Objective,
    class_weights: Matrix | None,
) -> TrainingRows:
    """Encode rows for the perceptron of an objective; their arrays become read-only."""
    perceptron = objective.perceptron
    family, K = perceptron.family, perceptron.sizes[-1]
    if rows.offset is not None:
        rows = replace(rows, offset=freeze(family.spread_offset(rows.offset, K)))
    Y = family.encode(rows.response, rows.index)
    batch = Batch(freeze(rows.X), Y, model_frame.w, rows.offset)
    return TrainingRows(rows, model_frame, batch, _set_rows(objective, batch, class_weights))


def _set_rows(objective: Objective, batch: Batch, class_weights: Matrix | None) -> Objective:
    weighted = apply_class_weights(batch, class_weights)
    return replace(objective, batches=(weighted.cast(objective.engine.dtype),))


def apply_class_weights(batch: Batch, weights: Matrix | None) -> Batch:
    """Multiply case weights by the weights (number of classes,) of the rows' classes."""
    if weights is None:
        return batch
    w = weights[batch.Y.ravel().astype(np.intp)]
    return batch._replace(w=w if batch.w is None else batch.w * w)


def freeze(array: Matrix) -> Matrix:
    """Make an array read-only, and return it."""
    array.flags.writeable = False
    return array
