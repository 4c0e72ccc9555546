"""The training rows of a model, as tables, as arrays and as the penalized loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np

from ..design import ModelFrame, ModelMatrices
from ..perceptron import Batch, Objective


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
