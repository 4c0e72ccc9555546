"""Grids: the values of a column at which a fit is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import ColumnReader, Unseen, Variable, find_coded, read_complete
from ...errors import check_number, check_whole, listing, quote
from ..effects.contrasts import compute_quantiles, read_numbers
from ..effects.effect_rows import EffectRows

Vector = NDArray[np.float64]

# From the 5 % to the 95 % quantile: beyond them are few rows, which would decide the picture.
INNER, WHOLE = (0.05, 0.95), (0.0, 1.0)
# Points of a number or a date where none are given.
POINTS = 20


class Grid(NamedTuple):
    """Values of a column: a Categorical of levels, numbers, or dates without a time zone."""

    name: str
    points: Any


def find_levels(rows: EffectRows, name: str) -> tuple[Any, ...]:
    """Return the levels of a column, or the different numbers of which the formula makes levels.

    Empty for other numbers and for dates.
    """
    variable = rows.model.design.variables[name]
    if variable.levels or name not in find_coded(rows.model.design.formula):
        return variable.levels
    return tuple(np.unique(_drop_missing(read_numbers(rows.frame, variable))).tolist())


def read_codes(rows: EffectRows, name: str, levels: tuple[Any, ...]) -> NDArray[np.intp]:
    """Return the positions of the rows' values among the levels of the column, -1 where missing.

    Levels that training never saw count as missing: `read_effect_rows` lets none pass that do not.
    """
    variable = rows.model.design.variables[name]
    if not variable.levels:
        x = read_numbers(rows.frame, variable)
        return np.where(np.isnan(x), -1, np.searchsorted(levels, np.nan_to_num(x)))
    unfilled = {name: replace(variable, fill=np.nan)}
    values: Any = read_complete(unfilled, ColumnReader(rows.frame), Unseen())[0][name]
    return np.asarray(values.codes, dtype=np.intp)


def count_levels(rows: EffectRows, name: str, levels: tuple[Any, ...]) -> Vector:
    """Return the weight of the rows of each level."""
    codes = read_codes(rows, name, levels)
    known = codes >= 0
    counts: Vector = np.bincount(codes[known], rows.w[known], len(levels)).astype(np.float64)
    return counts


def read_weighted(rows: EffectRows, name: str) -> tuple[Vector, Vector]:
    """Return the numbers of a column that are known, in rows with a weight, and these weights."""
    x = read_numbers(rows.frame, rows.model.design.variables[name])
    keep = (rows.w > 0.0) & ~np.isnan(x)
    return x[keep], rows.w[keep]


def make_grid(rows: EffectRows, name: str, grid: Any, shares: tuple[float, float]) -> Grid:
    """Make the grid of a column from a number of points, or from its values in a mapping.

    Levels are all on it. Numbers are evenly spaced from one quantile to another, by case weight;
    where the rows have fewer different numbers than that, these are the grid. Dates are evenly
    spaced over their range in training, in whole seconds.

    Raises
    ------
    TypeError, ValueError
        For values that the column does not have, and where there are fewer than two.
    """
    variable, levels = rows.model.design.variables[name], find_levels(rows, name)
    if isinstance(grid, Mapping):
        if name in grid:
            return Grid(name, _read_values(variable, levels, grid[name]))
        grid = POINTS
    if levels:
        points = _label_levels(variable, levels)
    elif variable.kind == "date":
        seconds = np.unique(np.linspace(variable.low, variable.high, grid).round())
        points = seconds.astype("datetime64[s]").astype("datetime64[us]")
    else:
        points = _space(*read_weighted(rows, name), grid, shares)
    if len(points) < 2:
        raise ValueError(
            f"column {quote(name)} has one value in these rows, {quote(points[0])}, so that "
            "predictions cannot change with it: give rows with more values"
            if len(points)
            else f"column {quote(name)} has no value in these rows"
        )
    return Grid(name, points)


def check_grid(grid: Any, names: Sequence[str]) -> Any:
    """Check ``grid=``: a number of points, or a mapping from columns to values."""
    if not isinstance(grid, Mapping):
        if isinstance(grid, list | tuple | np.ndarray | pd.Series):
            raise TypeError(
                "grid must be a number of points, or a dict of columns and their values, as in "
                f"grid={{{quote(names[0])}: [...]}}; not {quote(grid)}"
            )
        return check_whole("grid", grid, least=2)
    if wrong := [name for name in grid if name not in names]:
        raise ValueError(
            f"grid names {listing(wrong)}, and the columns that change are {listing(names)}"
        )
    return grid


def _space(x: Vector, w: Vector, count: int, shares: tuple[float, float]) -> Vector:
    different = np.unique(x)
    if len(different) <= count:
        return different
    low, high = compute_quantiles(x, w, np.array(shares))
    return np.linspace(low, high, count) if low < high else np.linspace(x.min(), x.max(), count)


def _read_values(variable: Variable, levels: tuple[Any, ...], values: Any) -> Any:
    what = f"grid of {quote(variable.name)}"
    given = values.tolist() if isinstance(values, np.ndarray | pd.Series | pd.Index) else values
    if not isinstance(given, list | tuple | pd.Categorical | range) or len(given) < 2:
        raise ValueError(f"{what} must be a list of two values or more, not {quote(values)}")
    if levels:
        if strange := [each for each in given if each not in levels]:
            raise ValueError(f"{what} holds {listing(strange)}; the levels are [{listing(levels)}]")
        return _label_levels(variable, tuple(given))
    if variable.kind == "date":
        return _read_dates(what, given)
    return np.array([check_number(what, each, least=-inf) for each in given])


def _read_dates(what: str, given: Any) -> Any:
    try:
        dates = pd.to_datetime(list(given), format="ISO8601")
    except (TypeError, ValueError):
        dates = pd.DatetimeIndex([pd.NaT])
    if dates.hasnans:
        raise ValueError(f"{what} must be ISO dates, as in '2024-03-31', not {quote(given)}")
    return dates.to_numpy().astype("datetime64[us]")


def _label_levels(variable: Variable, levels: tuple[Any, ...]) -> Any:
    if not variable.levels:
        return np.array(levels, dtype=np.float64)
    codes = [variable.places[level] for level in levels]
    return pd.Categorical.from_codes(codes, dtype=variable.categories)


def _drop_missing(x: Vector) -> Vector:
    return x[~np.isnan(x)]
