"""The predictors of a picture: their positions along axes, the rows shown, and what is held.

Reads a model; knows no picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import (
    ColumnReader,
    ModelMatrices,
    Unseen,
    Variable,
    read_complete,
)
from ..errors import DataWarning, listing, pluralize, quote, suggest, warn
from ..model import Model, read_complete_rows, read_table

Matrix = NDArray[np.float64]

_DAY = 86_400_000_000  # microseconds


def read_points(model: Model, data: Any, unseen: str) -> tuple[Any, Any]:
    """Read the rows to draw as points, of `data` or of the training data: frame and matrices."""
    if data is None:
        return model.model_frame.frame, model.rows
    frame = read_table(model, data, response=True)
    rows, _, complete = read_complete_rows(model, frame, unseen)
    return frame[complete], rows


def leave_out_missing(
    points: tuple[Matrix, ...], rows: ModelMatrices, names: str
) -> tuple[tuple[Matrix, ...], ModelMatrices]:
    """Leave out the rows where a predictor of the axes was imputed, with a warning."""
    missing: NDArray[np.bool_] = np.logical_or.reduce([np.isnan(each) for each in points])
    if not missing.any():
        return points, rows
    if missing.all():
        raise ValueError(f"no row can be drawn: {names} is missing in each of {len(missing)} rows")
    warn(
        f"{missing.sum()} of {pluralize(len(missing), 'row')} not drawn: {names} is missing there",
        DataWarning,
    )
    return tuple(each[~missing] for each in points), rows.pick(~missing)


def hold_others(model: Model, axes: set[str], at: Mapping[str, Any]) -> dict[str, Any]:
    """Choose values of the other columns: those given, else the mean or the most frequent level."""
    if not isinstance(at, Mapping):
        raise TypeError(f"at must be a dict of predictors and their values, not {quote(at)}")
    # The variables include the columns of an offset.
    others = [name for name in model.design.variables if name not in axes]
    wrong = [name for name in at if name not in others]
    if wrong:
        raise ValueError(f"at= holds {listing(wrong)}; it can hold {listing(others)}")
    for name, value in at.items():
        single = np.isscalar(value) or value is None or value is pd.NA or value is pd.NaT
        imputed = model.design.variables[name].fill is not None
        if not single or (pd.isna(value) and not imputed):
            raise TypeError(f"at[{quote(name)}] must be one value, not {quote(value)}")
    return {name: at.get(name, model.design.variables[name].typical) for name in others}


def to_positions(variable: Variable, frame: Any) -> Matrix:
    """Convert a column to positions along an axis: numbers, days since 1970 or codes of levels.

    They are nan where it is missing.
    """
    # Missing values that are imputed have no position; nor have levels that training never saw.
    unfilled = {variable.name: replace(variable, fill=np.nan)}
    read = read_complete(unfilled, ColumnReader(frame), Unseen())[0][variable.name]
    if variable.kind == "date":
        times = np.asarray(read)
        return np.where(np.isnat(times), np.nan, times.astype(np.int64) / _DAY)
    if isinstance(read, pd.Categorical):
        return np.where(read.codes < 0, np.nan, read.codes)
    return np.asarray(read)


def from_positions(variable: Variable, positions: Matrix) -> Any:
    """Convert positions along an axis to values of the column."""
    if variable.kind == "date":
        return (positions * _DAY).astype(np.int64).astype("datetime64[us]")
    if not variable.levels:
        return positions
    return np.array(variable.levels, dtype=object)[np.asarray(positions, dtype=int)]


def find_predictor(model: Model, name: Any, what: str = "x") -> Variable:
    """Find a predictor of the formula by its name; ``what`` is the argument that names it."""
    predictors = {each: model.design.variables[each] for each in model.design.formula.columns}
    if not isinstance(name, str):
        raise TypeError(f"{what} must be the name of a predictor, not {quote(name)}")
    if name not in predictors:
        hint = suggest(name, predictors)
        raise ValueError(f"{quote(name)} is no predictor; they are {listing(predictors)}.{hint}")
    return predictors[name]


def name_levels(variable: Variable) -> list[str] | None:
    """Names of the levels of a predictor, in their order; None for numbers and dates."""
    return [str(level) for level in variable.levels] or None


def observe(model: Model, rows: ModelMatrices) -> Matrix:
    """Means that the responses of rows are alone, (n, K): numbers, shares, 0 or 1 for a class."""
    family, K = model.perceptron.family, model.perceptron.sizes[-1]
    observed: Matrix = family.observed_means(family.encode(rows.response, rows.index), K)
    return observed


def name_mean(model: Model) -> str:
    """Name of the mean that is drawn: a response, or a probability, of two classes the second's."""
    labels = model.labels
    if not labels.classes:
        outputs = labels.outputs
        return str(outputs[0]) if len(outputs) == 1 else "Mean"
    if len(labels.classes) > 2:
        return "Probability"
    return f"Probability of {labels.response} = {labels.classes[1]}"
