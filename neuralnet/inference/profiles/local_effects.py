"""Accumulated local effects of a column (Apley and Zhu, 2020)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_whole, listing, pluralize, quote
from ..effects.contrasts import read_numbers
from ..effects.effect_rows import EffectRows
from .curves import predict, warn_of_undefined
from .grids import POINTS, Grid, count_levels, find_levels, read_codes, read_weighted

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]
# Share of a weight that is rounding error of a sum of weights.
_ROUNDING = 1e-12


class Differences(NamedTuple):
    """Differences (n, L) of predictions, each over an interval between values of a column.

    Attributes
    ----------
    places : (n,) array
        The interval, -1 for none.
    values : (n, L) array
        nan where the formula has no number.
    """

    places: NDArray[np.intp]
    values: Floats


def accumulate_effects(
    rows: EffectRows, theta: Vector, name: str, bins: int | None, link: bool
) -> tuple[Grid, Floats]:
    """Compute the effect at each value of a column, (L, G), with a weighted mean of 0.

    Raises
    ------
    ValueError
        For a date, a column with one value, and more bins than rows.
    """
    variable, levels = rows.model.design.variables[name], find_levels(rows, name)
    if variable.kind == "date":
        raise ValueError(
            f"variable={quote(name)}: local effects are of numbers and levels, and dates are "
            "neither: use partial_dependence()"
        )
    if levels:
        if bins is not None:
            raise ValueError(
                f"bins= divides numbers, and {quote(name)} has the levels [{listing(levels)}]: "
                "leave it out"
            )
        return _accumulate_levels(rows, theta, name, levels, link)
    return _accumulate_numbers(rows, theta, name, bins, link)


def _accumulate_numbers(
    rows: EffectRows, theta: Vector, name: str, bins: int | None, link: bool
) -> tuple[Grid, Floats]:
    """Differences over the interval between quantiles in which each row lies."""
    edges = _find_edges(*read_weighted(rows, name), bins)
    _check_values(name, edges)
    x = read_numbers(rows.frame, rows.model.design.variables[name])
    places = np.where(np.isnan(x), -1, np.clip(np.searchsorted(edges, x), 1, len(edges) - 1) - 1)
    differences = Differences(
        places, _subtract(rows, theta, name, link, edges[places], edges[places + 1])
    )
    curve = _accumulate([differences], rows.w, len(edges) - 1)
    shares = np.bincount(places[places >= 0], rows.w[places >= 0], len(edges) - 1)
    middles = (curve[1:] + curve[:-1]) / 2.0
    return Grid(name, edges), (curve - shares @ middles / shares.sum()).T


def _accumulate_levels(
    rows: EffectRows, theta: Vector, name: str, levels: tuple[Any, ...], link: bool
) -> tuple[Grid, Floats]:
    """Differences between the level of each row and the next one, to both sides."""
    shares = count_levels(rows, name, levels)
    present = np.flatnonzero(shares > 0.0)
    kept = tuple(levels[place] for place in present)
    _check_values(name, kept)
    ranks = np.full(len(levels) + 1, -1)  # the last one is of missing values, at -1
    ranks[present] = np.arange(len(present))
    rank = ranks[read_codes(rows, name, levels)]
    last = len(kept) - 1
    at = [_take_levels(rows, name, kept, np.clip(rank + step, 0, last)) for step in (-1, 0, 1)]
    below = _subtract(rows, theta, name, link, at[0], at[1])
    above = _subtract(rows, theta, name, link, at[1], at[2])
    curve = _accumulate(
        [
            Differences(np.where(rank > 0, rank - 1, -1), below),
            Differences(np.where(rank < last, rank, -1), above),
        ],
        rows.w,
        last,
    )
    points = _take_levels(rows, name, kept, np.arange(len(kept)))
    return Grid(name, points), (curve - shares[present] @ curve / shares.sum()).T


def _find_edges(x: Vector, w: Vector, bins: int | None) -> Vector:
    """Different quantiles of type 1, each the value of a row: where the shares of weight end."""
    if bins is not None:
        bins = check_whole("bins", bins, least=1)
        if bins > len(x):
            raise ValueError(
                f"bins={bins} for {pluralize(len(x), 'row')} with a value and a case weight above "
                "0: give as many bins as such rows or fewer"
            )
    if not len(x):
        return x
    order = np.argsort(x, kind="stable")
    x, ends = x[order], w[order].cumsum()
    shares = np.linspace(0.0, 1.0, (bins or POINTS) + 1) - _ROUNDING
    return np.unique(x[np.searchsorted(ends, shares * ends[-1])])


def _check_values(name: str, values: Any) -> None:
    if len(values) < 2:
        only = f"one value, {quote(values[0])}," if len(values) else "no value"
        raise ValueError(
            f"variable={quote(name)} has {only} in these rows, so that there is no effect of a "
            "change: give rows with more values"
        )


def _take_levels(
    rows: EffectRows, name: str, levels: tuple[Any, ...], places: NDArray[np.intp]
) -> Any:
    """Values of a column by their positions among the levels."""
    variable = rows.model.design.variables[name]
    if not variable.levels:
        return np.array(levels, dtype=np.float64)[places]
    codes = np.array([variable.places[level] for level in levels])
    return pd.Categorical.from_codes(codes[places], dtype=variable.categories)


def _subtract(
    rows: EffectRows, theta: Vector, name: str, link: bool, low: Any, high: Any
) -> Floats:
    """Differences (n, L) of predictions at two values of a column in each row; nan if unknown."""
    (above, some), (below, others) = rows.change(name, high), rows.change(name, low)
    known = some & others
    warn_of_undefined((~known).sum(), len(known))
    means = [predict(rows.model, theta, each.pick(known), link) for each in (above, below)]
    values = np.full((len(known), means[0].shape[1]), np.nan)
    values[known] = means[0] - means[1]
    return values


def _accumulate(parts: Iterable[Differences], w: Vector, count: int) -> Floats:
    """Add up the weighted mean differences of intervals, (count + 1, L), from 0."""
    sums: Any = 0.0
    totals = np.zeros((count, 1))
    for places, values in parts:
        keep = (places >= 0) & ~np.isnan(values).any(axis=1)
        part = np.zeros((count, values.shape[1]))
        np.add.at(part, places[keep], w[keep, None] * values[keep])
        sums = sums + part
        totals[:, 0] += np.bincount(places[keep], w[keep], count)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / totals
    return np.vstack([np.zeros((1, means.shape[1])), means.cumsum(axis=0)])
