"""Lek's profile: predictions along a column with the others held at their quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_number, quote
from ...model import read_matrices
from ..effects.contrasts import compute_quantiles
from ..effects.effect_rows import EffectRows, Inputs
from .curves import predict, warn_of_undefined
from .grids import Grid, count_levels, find_levels, read_weighted

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def check_shares(at: Any) -> Vector:
    """Check ``at=``: the shares of the quantiles."""
    given = at.tolist() if isinstance(at, np.ndarray) else at
    if not isinstance(given, list | tuple) or not given:
        raise TypeError(f"at must be a list of numbers from 0 to 1, as in [0.5], not {quote(at)}")
    return np.array([check_number("at", each, most=1.0) for each in given])


def profile(rows: EffectRows, theta: Vector, grid: Grid, shares: Vector, link: bool) -> Floats:
    """Predict along a grid with the other columns held, (L, shares, G); nan without a number."""
    model, (S, G) = rows.model, (len(shares), len(grid.points))
    columns = {
        name: _hold(rows, name, shares) for name in model.design.variables if name != grid.name
    }
    places = np.arange(S * G)
    frame = pd.DataFrame(
        {
            grid.name: pd.Series(grid.points).take(places % G).array,
            **{name: pd.Series(each).take(places // G).array for name, each in columns.items()},
        }
    )
    matrices, _ = read_matrices(model, frame)
    known = matrices.complete
    warn_of_undefined((~known).sum(), len(known))
    some = predict(model, theta, Inputs(matrices.X, matrices.offset).pick(known), link)
    values = np.full((S * G, some.shape[1]), np.nan)
    values[known] = some
    return values.T.reshape(-1, S, G)


def _hold(rows: EffectRows, name: str, shares: Vector) -> Any:
    """Values of a column for each share: quantiles of a number, else one value for all.

    That is the level of the largest weight, and for a date, or where only an offset uses the
    column, the mean of training.
    """
    design = rows.model.design
    variable, levels = design.variables[name], find_levels(rows, name)
    if levels:
        level = levels[int(count_levels(rows, name, levels).argmax())]
        if not variable.levels:
            return np.full(len(shares), level)
        codes = np.full(len(shares), variable.places[level])
        return pd.Categorical.from_codes(codes, dtype=variable.categories)
    if variable.kind == "date" or name not in design.formula.columns:
        return [variable.typical] * len(shares)
    x, w = read_weighted(rows, name)
    if not len(x):
        raise ValueError(f"column {quote(name)} has no value in these rows to be held at")
    return compute_quantiles(x, w, shares)
