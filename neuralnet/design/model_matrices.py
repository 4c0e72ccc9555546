"""The matrices of a model: X, the response, its labels and the offset, row for row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .complete_columns import CompleteColumns, Unseen
from .matrix import Terms
from .offset import Offset, add_offsets

Floats = NDArray[np.float64]
_NO_LABELS = pd.Series(dtype=object)


@dataclass(frozen=True, eq=False)
class ModelMatrices:
    """A table as arrays, with the rows of the table.

    Attributes
    ----------
    X : (n, D) array
        nan in the rows where a predictor is missing, or where a term is not a finite number.
    response : (n,) or (n, m) array
        Class codes (-1 where it or a predictor is missing) or numbers (nan there); of size 0
        where it was not asked for.
    labels : Series or DataFrame
        The response as the data holds it; of size 0 where it was not asked for.
    index : Index
        Of the data.
    undefined : (n,) array of bool
        Rows without a missing value where a term or an offset is not a finite number.
    offset : (n, 1) or (n, K) array or None
        The sum of the offsets, nan as in X; None where there are none.
    without_value : dict of str to (n,) array of bool
        By the name of an expression: the rows that it gives no level, as ``cut`` does outside of
        its breaks; of the response in new rows also those without a number.
    """

    X: Floats
    response: NDArray[Any]
    labels: pd.Series | pd.DataFrame
    index: pd.Index
    undefined: NDArray[np.bool_]
    offset: Floats | None = None
    without_value: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Mask of the rows without a missing value."""
        missing = np.isnan(self.X).any(axis=1)
        if self.offset is not None:
            missing |= np.isnan(self.offset).any(axis=1)
        if self.response.size:
            missing |= self.without_response
        return np.asarray(~missing)

    @property
    def without_response(self) -> NDArray[np.bool_]:
        """Mask of the rows where the response, which was read, is missing."""
        codes = self.response.dtype.kind == "i"
        blank = self.response < 0 if codes else np.isnan(self.response)
        return np.asarray(blank if blank.ndim == 1 else blank.any(axis=1))

    def pick(self, keep: NDArray[np.bool_]) -> ModelMatrices:
        """A copy with some of the rows."""
        read = len(self.response) > 0
        return ModelMatrices(
            self.X[keep],
            self.response[keep] if read else self.response,
            self.labels[keep] if read else self.labels,
            self.index[keep],
            self.undefined[keep],
            None if self.offset is None else self.offset[keep],
            {name: mask[keep] for name, mask in self.without_value.items()},
        )


def build_matrices(
    terms: Terms,
    offsets: Sequence[Offset],
    index: pd.Index,
    columns: CompleteColumns,
    complete: NDArray[np.bool_],
    unseen: Unseen | None = None,
) -> ModelMatrices:
    """X and the offset of the rows of an index, from the columns of the complete ones."""
    X, without_value, strange = terms.build(columns, complete, unseen)
    shifts = [np.full((len(index), len(each.factors)), np.nan) for each in offsets]
    if complete.any():
        n = int(complete.sum())
        for shift, each in zip(shifts, offsets, strict=True):
            shift[complete] = each.build(columns, n)
    X[np.isinf(X)] = np.nan
    total = add_offsets(shifts, [each.name for each in offsets])
    blank = np.logical_or.reduce([~complete, strange, *without_value.values()])
    undefined = ~blank & np.isnan(X).any(axis=1)
    if total is not None:
        total[np.isinf(total)] = np.nan
        undefined |= ~blank & np.isnan(total).any(axis=1)
    return ModelMatrices(X, np.empty(0), _NO_LABELS, index, undefined, total, without_value)
