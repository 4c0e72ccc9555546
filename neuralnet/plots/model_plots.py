"""Plots of a model: arrays, names and predictions, as the plot functions need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    as_frame,
    make_native,
    read_complete,
)
from ..errors import DataWarning, listing, pluralize, quote, suggest, warn
from ..model import (
    Model,
    check_offset,
    check_unseen,
    read_complete_rows,
    read_matrices,
    score_rows,
    standardize_weights,
)
from ..perceptron import Scaled
from .diagram import plot_network
from .loss import plot_loss
from .regions import plot_regions
from .surface import plot_surface

Matrix = NDArray[np.float64]

# The order in which predictors are chosen for the axes of a plot.
_ORDER = ("number", "boolean", "category", "date")
_DAY = 86_400_000_000  # microseconds


def draw_diagram(model: Model, theta: Matrix, ax: Any) -> Any:
    """Draw the network diagram with standardized weights and the names of inputs and outputs."""
    perceptron, design = model.perceptron, model.design
    if model.training is not None:
        X, w, intercept = model.batch.X, model.batch.w, design.terms.intercept
        weights = standardize_weights(perceptron, theta, X, w, intercept)
        caption = "line widths: weights times standard deviations"
    else:
        # With scale=True, the scaled coordinates know the standard deviations of numeric columns.
        weights = perceptron.unflatten(model.scaling.from_raw(theta))
        known = isinstance(model.scaling, Scaled)
        what = "weights, numeric inputs standardized" if known else "weights as they are"
        caption = f"line widths: {what} (no training rows)"
    outputs = [str(name) for name in model.labels.outputs]
    skip = bool(perceptron.skip)
    return plot_network(weights, design.x_names, outputs, skip=skip, caption=caption, ax=ax)


def draw_loss(model: Model, history: pd.DataFrame, weights: tuple[float, float], ax: Any) -> Any:
    """Draw the learning curve with the loss of an intercept alone, and the validation loss.

    With rows held out all losses are per row. ``weights`` are the total weights of the training
    rows and of the rows held out, nan where none were.
    """
    baseline = None if model.training is None else model.baseline
    trained, held = weights
    if np.isnan(held) or "validation_loss" not in history:
        return plot_loss(history, baseline=baseline, ax=ax)
    total = trained
    if baseline is not None:
        total = model.apply_class_weights(model.batch).weight
        baseline /= total
    # Iterations without rows held out were trained on all rows.
    rows = np.where(history["validation_loss"].isna(), total, trained)
    history = history.assign(
        loss=history["loss"] / rows, validation_loss=history["validation_loss"] / held
    )
    return plot_loss(history, baseline=baseline, per_row=True, ax=ax)


def draw_regions(
    model: Model,
    theta: Matrix,
    x: str | None,
    y: str | None,
    at: Mapping[str, Any] | None,
    data: Any,
    unseen: str,
    resolution: int,
    ax: Any,
) -> Any:
    """Draw predictions over two predictors, with each of the others held at one value."""
    first, second = _choose_predictors(model, x, y)
    held = _hold_others(model, {first.name, second.name}, at or {})
    check_offset(model)
    check_unseen(unseen)
    frame, rows = _read_points(model, data, unseen)
    points = _to_positions(first, frame), _to_positions(second, frame)
    points, rows = _leave_out_missing(points, rows, f"{quote(first.name)} or {quote(second.name)}")
    names = first.name, second.name
    predict = _make_predict(model, theta, first, second, held)
    options = {
        "x_levels": [str(level) for level in first.levels] or None,
        "y_levels": [str(level) for level in second.levels] or None,
        "held": held,
        "resolution": resolution,
        "ax": ax,
    }
    classes, response = model.labels.classes, model.labels.response
    if classes:
        axes = plot_regions(predict, *points, rows.response, classes, *names, response, **options)
    else:
        # Of several responses the first is drawn, under its own name.
        output, K = str(model.labels.outputs[0]), model.perceptron.sizes[-1]
        family = model.perceptron.family
        values = family.observed_means(family.encode(rows.response, rows.index), K)[:, 0]
        axes = plot_surface(predict, *points, values, *names, output, **options)
    for variable, side in ((first, "x"), (second, "y")):
        if variable.kind == "date":
            getattr(axes, f"{side}axis").axis_date()
    return axes


def _read_points(model: Model, data: Any, unseen: str) -> tuple[Any, Any]:
    """Read the rows to draw as points, of `data` or of the training data: frame and matrices."""
    if data is None:
        return model.model_frame.frame, model.rows
    frame = make_native(as_frame(data))
    rows, _, complete = read_complete_rows(model, frame, unseen)
    return frame[complete], rows


def _leave_out_missing(
    points: tuple[Matrix, Matrix], rows: ModelMatrices, names: str
) -> tuple[tuple[Matrix, Matrix], ModelMatrices]:
    """Leave out the rows where a predictor of the axes was imputed, with a warning."""
    missing = np.isnan(points[0]) | np.isnan(points[1])
    if not missing.any():
        return points, rows
    if missing.all():
        raise ValueError(f"no row can be drawn: {names} is missing in each of {len(missing)} rows")
    warn(
        f"{missing.sum()} of {pluralize(len(missing), 'row')} not drawn: {names} is missing there",
        DataWarning,
    )
    across, up = points
    return (across[~missing], up[~missing]), rows.pick(~missing)


def _make_predict(
    model: Model, theta: Matrix, first: Variable, second: Variable, held: Mapping[str, Any]
) -> Callable[[Matrix, Matrix], NDArray[Any]]:
    """Make the function from positions on both axes to class codes or means."""
    family = model.perceptron.family

    def predict(grid_x: Matrix, grid_y: Matrix) -> NDArray[Any]:
        grid = {
            first.name: _from_positions(first, grid_x),
            second.name: _from_positions(second, grid_y),
        }
        # Where a term has no value, as log(x) below 0, nothing is drawn, without a warning.
        frame = pd.DataFrame({**grid, **held}, index=range(len(grid_x)))
        eta = score_rows(model, theta, read_matrices(model, frame)[0])
        codes = family.classify(eta)
        return family.mean(eta)[:, 0] if codes is None else codes

    return predict


def _choose_predictors(model: Model, x: str | None, y: str | None) -> tuple[Variable, Variable]:
    """Choose the predictors of the axes: those named, else the first in the order of kinds."""
    predictors = {name: model.design.variables[name] for name in model.design.formula.columns}
    for name in (x, y):
        if name is not None and not isinstance(name, str):
            raise TypeError(f"x and y must be names of predictors, not {quote(name)}")
        if name is not None and name not in predictors:
            hint = suggest(name, predictors)
            raise ValueError(
                f"{quote(name)} is no predictor; they are {listing(predictors)}.{hint}"
            )
    if len(predictors) < 2:
        raise ValueError(
            f"regions need two predictors; {quote(model.design.formula.text)} has fewer"
        )
    ordered = sorted(predictors.values(), key=lambda each: _ORDER.index(each.kind))
    free = [variable for variable in ordered if variable.name not in (x, y)]
    first = predictors[x] if x is not None else free.pop(0)
    second = predictors[y] if y is not None else free.pop(0)
    if first is second:
        raise ValueError(f"regions need two different predictors, not {quote(x)} twice")
    return first, second


def _hold_others(model: Model, axes: set[str], at: Mapping[str, Any]) -> dict[str, Any]:
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


def _to_positions(variable: Variable, frame: Any) -> Matrix:
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


def _from_positions(variable: Variable, positions: Matrix) -> Any:
    """Convert positions along an axis to values of the column."""
    if variable.kind == "date":
        return (positions * _DAY).astype(np.int64).astype("datetime64[us]")
    if not variable.levels:
        return positions
    return np.array(variable.levels, dtype=object)[np.asarray(positions, dtype=int)]
