"""Partial dependence: predictions of all rows with a column at one value, and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..effects.effect_rows import EffectRows
from .curves import predict, warn_of_undefined
from .grids import Grid

Floats = NDArray[np.float64]


def compute_partial_dependence(
    rows: EffectRows, theta: Floats, grids: Sequence[Grid], link: bool, ice: bool
) -> Floats:
    """Average predictions over the rows, (L, G1, ...), or keep those of each row, (L, n, G1, ...).

    Rows in which the formula has no number for a value are left out there, and nan without average.
    """
    found: list[Any] = []
    undefined = []
    for values in product(*(grid.points for grid in grids)):
        columns = {
            grid.name: rows.fill(grid.name, value)
            for grid, value in zip(grids, values, strict=True)
        }
        inputs, known = rows.change_columns(columns)
        some = predict(rows.model, theta, inputs.pick(known), link)
        undefined.append((~known).sum())
        if ice:
            means = np.full((len(known), some.shape[1]), np.nan)
            means[known] = some
        else:
            means = _average(some, rows.w[known])
        found.append(means)
    warn_of_undefined(undefined, len(rows.w))
    shape = [len(grid.points) for grid in grids]
    stacked = np.moveaxis(np.array(found), -1, 0)
    if ice:
        return np.moveaxis(stacked, 1, 2).reshape(len(stacked), len(rows.w), *shape)
    return stacked.reshape(len(stacked), *shape)


def _average(values: Floats, w: Floats) -> Floats:
    """Weighted mean of the rows; nan without a weight."""
    total = w.sum()
    return np.asarray(w @ values / (total or np.nan))
