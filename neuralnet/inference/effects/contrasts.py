"""Contrasts of the predictors: rows at two values of a column, which effects compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import ColumnReader, Variable, find_coded, find_cut
from ...errors import check_number, closest, listing, quote
from ...model import Model
from .effect_rows import EffectRows, Inputs

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Length of a step of differences, in standard deviations of the column: the relative errors of
# truncation and of rounding are both about 1e-8.
_STEP = 1e-4
# Near 0 a step is this share of the value, as for a logarithm, ...
_SHARE = 1e-4
# ... but of this length at least.
_SHORTEST = 1e-8
# Differences to one side have an error of first order, and take this share of the step.
_ONE_SIDED = 1e-2


class Contrast(NamedTuple):
    """The rows with a column at two values.

    Attributes
    ----------
    term, label : str
        The column, and the values.
    high, low : Inputs or None
        The known rows at both values; without the second the contrast is a prediction.
    step : (m,) array or None
        The difference of the values, by which effects are divided, for slopes.
    known : (n,) array of bool
        The rows in which the formula gives numbers for both values.
    """

    term: str
    label: str
    high: Inputs
    low: Inputs | None
    step: Vector | None
    known: Mask


class Predictors(NamedTuple):
    """The columns of a formula whose effects are asked for, by kind.

    Attributes
    ----------
    numbers : tuple of str
    levels : dict of str to tuple
        The levels of each column that has levels, the reference first.
    order : tuple of str
    """

    numbers: tuple[str, ...]
    levels: Mapping[str, tuple[Any, ...]]
    order: tuple[str, ...]


def choose_predictors(model: Model, variables: Any, slopes: bool) -> Predictors:
    """Read the names of columns; None: all predictors that have such an effect.

    Raises
    ------
    TypeError, ValueError
        For a name that is no predictor, and for one without such an effect.
    """
    chosen = list_predictors(model, variables, slopes)
    if not chosen.order:
        raise ValueError("the formula has no predictor whose effect could be estimated")
    return chosen


def list_predictors(model: Model, variables: Any, slopes: bool) -> Predictors:
    """Do the same, but without an error where there is none."""
    design = model.design
    names = list(design.formula.columns) if variables is None else _read_names(model, variables)
    coded = find_coded(design.formula)
    cut_up = find_cut(design.formula) - coded if slopes else set()
    numbers, levels, order = [], {}, []
    for name in names:
        variable = design.variables[name]
        if fault := _explain_no_effect(variable, name in cut_up):
            if variables is not None:
                raise ValueError(f"variables={quote(name)}: {fault}")
            continue
        order.append(name)
        if variable.levels or name in coded:
            levels[name] = variable.levels or _find_numbers(model, name)
        else:
            numbers.append(name)
    return Predictors(tuple(numbers), levels, tuple(order))


def _read_names(model: Model, variables: Any) -> list[str]:
    names = [variables] if isinstance(variables, str) else variables
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise TypeError(
            "variables must be the name of a column or a list of names, as in ['x1', 'x2'], not "
            f"{quote(variables)}"
        )
    if not names:
        raise ValueError("variables names no column: leave it out for all predictors")
    known = list(model.design.variables)
    for name in names:
        if name in known:
            continue
        if name in model.design.response.variables:
            raise ValueError(
                f"variables={quote(name)} is the response: effects are those of the predictors, "
                f"[{listing(known)}]"
            )
        raise ValueError(
            f"variables={quote(name)} is no predictor of the formula: {closest(name, known)} Give "
            "columns of the data, not terms"
        )
    return list(dict.fromkeys(names))


def _explain_no_effect(variable: Variable, is_cut: bool) -> str:
    """Explain why a predictor has no such effect; '' where it has one."""
    if variable.kind == "date":
        return "dates are no numbers and have no levels: compare predictions(data=...) instead"
    if variable.kind == "number" and is_cut:
        return (
            "the formula divides the column into intervals, so that it has no slope: compare two "
            "of its values with comparisons()"
        )
    return ""


def _find_numbers(model: Model, name: str) -> tuple[Any, ...]:
    """The different values of a column in the training rows, sorted."""
    return tuple(sorted(model.model_frame.frame[name].dropna().unique().tolist()))


def read_numbers(frame: pd.DataFrame, variable: Variable) -> Vector:
    """Read a column of numbers as floats, nan where missing."""
    values = ColumnReader(frame).read(variable.name, variable)
    matched = variable.match(values, frame[variable.name].dtype)
    return np.array(matched, dtype=np.float64)


def make_slopes(rows: EffectRows, chosen: Predictors) -> Iterator[Contrast]:
    """Yield the contrasts of slopes: short steps of numbers, and the levels of the others."""
    for name in chosen.order:
        if name in chosen.levels:
            yield from _compare_levels(rows, name, chosen.levels[name])
        else:
            yield _make_slope(rows, name)


def _make_slope(rows: EffectRows, name: str) -> Contrast:
    """Central differences; to one side where the other leaves the formula's domain.

    Steps do not leave the range of training, beyond which splines may not be defined.
    """
    variable = rows.model.design.variables[name]
    x = read_numbers(rows.frame, variable)
    spread = float(np.nanstd(read_numbers(rows.model.model_frame.frame, variable)))
    sizes = np.where(x == 0.0, 1.0, np.abs(x) / (spread or 1.0))
    h = spread * np.clip(_SHARE * sizes, _SHORTEST, _STEP)
    above = (x <= variable.high) & (x + h > variable.high)
    below = (x >= variable.low) & (x - h < variable.low)
    ends = _place_ends(x, h, above, below)
    high, low = (rows.change(name, end) for end in ends)
    if not (high[1].all() and low[1].all()):
        ends = _place_ends(x, h, above | ~high[1], below | ~low[1])
        high, low = (rows.change(name, end) for end in ends)
    return _join(name, "dY/dX", high, low, ends[0] - ends[1])


def _place_ends(x: Vector, h: Vector, above: Mask, below: Mask) -> tuple[Vector, Vector]:
    """The ends of steps h to both sides of x, but to neither where it is not allowed."""
    h = np.where(above | below, _ONE_SIDED * h, h)
    return np.where(above, x, x + h), np.where(below, x, x - h)


def make_comparisons(rows: EffectRows, chosen: Predictors, contrast: Any) -> Iterator[Contrast]:
    """Yield the contrasts of comparisons: pairs of numbers, and each level against the first."""
    pairs = _read_pairs(chosen, contrast)
    for name in chosen.order:
        if name in chosen.levels and name not in pairs:
            yield from _compare_levels(rows, name, chosen.levels[name])
        else:
            low, high = pairs.get(name) or find_quartiles(rows.model, name)
            yield _compare(rows, name, low, high)


def _read_pairs(chosen: Predictors, contrast: Any) -> dict[str, tuple[Any, Any]]:
    """Check ``contrast=``: two values for each of some columns."""
    wanted = "contrast must be a dict with two values for a column, as in {'x': (0, 1)}"
    if contrast is None:
        return {}
    if not isinstance(contrast, Mapping):
        raise TypeError(f"{wanted}; not {quote(contrast)}")
    for name, pair in contrast.items():
        if name not in chosen.order:
            raise ValueError(
                f"contrast names {quote(name)}, which is none of the variables compared: "
                f"[{listing(chosen.order)}]"
            )
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ValueError(f"{wanted}; not {quote(pair)} for {quote(name)}")
        for value in pair:
            what = f"contrast of {quote(name)}"
            if name not in chosen.levels:
                check_number(what, value, least=-inf)
            elif not any(value == level for level in chosen.levels[name]):
                raise ValueError(
                    f"{what} must be two of its levels [{listing(chosen.levels[name])}], not "
                    f"{quote(value)}"
                )
    return {name: (pair[0], pair[1]) for name, pair in contrast.items()}


def _compare_levels(rows: EffectRows, name: str, levels: tuple[Any, ...]) -> Iterator[Contrast]:
    for level in levels[1:]:
        yield _compare(rows, name, levels[0], level)


def _compare(rows: EffectRows, name: str, low: Any, high: Any) -> Contrast:
    label = f"{_show(high)} - {_show(low)}"
    read = [rows.change(name, rows.fill(name, each)) for each in (high, low)]
    return _join(name, label, read[0], read[1])


def _show(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _join(
    name: str,
    label: str,
    high: tuple[Inputs, Mask],
    low: tuple[Inputs, Mask],
    step: Vector | None = None,
) -> Contrast:
    """Join two copies of the rows, without the rows that are not known in both."""
    known = high[1] & low[1]
    if step is not None:
        known &= step > 0.0
        step = step[known]
    return Contrast(name, label, high[0].pick(known), low[0].pick(known), step, known)


def find_quartiles(model: Model, name: str) -> tuple[float, float]:
    """Quartiles of a column of numbers over the training rows, by their case weights.

    The smallest and the largest value of a column that has only two, or whose quartiles are the
    same number, as those of a rare 0 and 1 are.
    """
    x = read_numbers(model.model_frame.frame, model.design.variables[name])
    w = np.ones(len(x)) if model.batch.w is None else model.batch.w
    keep = (w > 0.0) & ~np.isnan(x)
    shares, values = np.array([0.25, 0.75]), np.unique(x[keep])
    low, high = compute_quantiles(x[keep], w[keep], shares)
    if len(values) == 2 or low == high:
        low, high = values[[0, -1]]
    return float(low), float(high)


def compute_quantiles(x: Vector, w: Vector, shares: Vector) -> Vector:
    """Quantiles of weighted numbers, as of the numbers repeated by their weights.

    Of the repeated numbers by linear interpolation, R's type 7. Weights below 1 are taken in units
    of the smallest.

    Examples
    --------
    >>> x, w = np.array([1.0, 2.0, 5.0]), np.array([1.0, 2.0, 1.0])
    >>> compute_quantiles(x, w, np.array([0.25, 0.75])).tolist()
    [1.75, 2.75]
    >>> np.quantile([1, 2, 2, 5], [0.25, 0.75]).tolist()
    [1.75, 2.75]
    """
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    ends, unit = w.cumsum(), min(1.0, float(w.min()))
    places = np.column_stack([ends - w, ends - unit]).ravel()
    return np.asarray(np.interp(shares * (ends[-1] - unit), places, np.repeat(x, 2)))
