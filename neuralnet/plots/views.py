"""Pictures of a network: what `plots` needs, gathered from a model and its weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import Variable, as_frame, make_native, pick_column, read_new_column
from ..errors import listing, quote, suggest
from ..model import Model, standardize_weights
from ..perceptron import Standardized
from .diagram import plot_network
from .loss import plot_loss
from .regions import plot_regions, plot_surface

Matrix = NDArray[np.float64]


def draw_diagram(model: Model, theta: Matrix, ax: Any) -> Any:
    """The network with names on its inputs and outputs, and standardized weights."""
    perceptron, design = model.perceptron, model.design
    if model.training is not None:
        X, w, intercept = model.batch.X, model.batch.w, design.terms.intercept
        weights = standardize_weights(perceptron, theta, X, w, intercept)
        caption = "line widths: weights times standard deviations"
    else:
        # The coordinates of a network with scale=True hold the spread of its numeric columns.
        weights = perceptron.unflatten(model.coordinates.from_raw(theta))
        known = isinstance(model.coordinates, Standardized)
        what = "weights, numeric inputs standardized" if known else "weights as they are"
        caption = f"line widths: {what} (no training rows)"
    outputs = [str(name) for name in model.labels.outputs]
    skip = bool(perceptron.skip)
    return plot_network(weights, design.x_names, outputs, skip=skip, caption=caption, ax=ax)


def draw_loss(model: Model, history: pd.DataFrame, weights: tuple[float, float], ax: Any) -> Any:
    """The loss with that of an intercept alone, and of the rows held out: then all of them per row.

    ``weights`` are those of the rows trained on and of the rows held out, nan where all trained.
    """
    baseline = None if model.training is None else model.baseline
    trained, held = weights
    if np.isnan(held) or "validation_loss" not in history:
        return plot_loss(history, baseline=baseline, ax=ax)
    total = trained
    if baseline is not None:
        total = model.apply_class_weights(model.batch).weight
        baseline /= total
    # Iterations that held no rows out were trained on all.
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
    """What is predicted over two predictors, the others held at one value each."""
    first, second = _choose_axes(model, x, y)
    held = _hold(model, {first.name, second.name}, at or {})
    model.check_offset()
    if data is None:
        frame, rows = model.model_frame.frame, model.rows
    else:
        frame = make_native(as_frame(data))
        rows, _, shown = model.read_complete(frame, unseen)
        frame = frame[shown]
    across, up = (_place(axis, frame) for axis in (first, second))
    family = model.perceptron.family

    def predict(grid_x: Matrix, grid_y: Matrix) -> NDArray[Any]:
        grid = {first.name: _unplace(first, grid_x), second.name: _unplace(second, grid_y)}
        eta, _ = model.read_scores(theta, pd.DataFrame({**grid, **held}, index=range(len(grid_x))))
        codes = family.classify(eta)
        return family.mean(eta)[:, 0] if codes is None else codes

    where = {
        "x_levels": [str(level) for level in first.levels] or None,
        "y_levels": [str(level) for level in second.levels] or None,
        "held": held,
        "resolution": resolution,
        "ax": ax,
    }
    axes, points = (first.name, second.name), (across, up)
    classes, response = model.labels.classes, model.labels.response
    if classes:
        return plot_regions(predict, *points, rows.response, classes, *axes, response, **where)
    # Of several responses the first is drawn, and named.
    output, K = str(model.labels.outputs[0]), model.perceptron.sizes[-1]
    values = family.indicator(family.encode(rows.response, rows.index), K)[:, 0]
    return plot_surface(predict, *points, values, *axes, output, **where)


def _choose_axes(model: Model, x: str | None, y: str | None) -> tuple[Variable, Variable]:
    """The two predictors named, else the first ones, numbers before categories."""
    predictors = {name: model.design.variables[name] for name in model.design.formula.columns}
    for name in (x, y):
        if name is not None and name not in predictors:
            hint = suggest(name, predictors)
            raise ValueError(
                f"{quote(name)} is no predictor; they are {listing(predictors)}.{hint}"
            )
    if len(predictors) < 2:
        raise ValueError(
            f"regions need two predictors; {quote(model.design.formula.text)} has fewer"
        )
    ordered = sorted(predictors.values(), key=lambda variable: variable.kind != "number")
    free = [variable for variable in ordered if variable.name not in (x, y)]
    first = predictors[x] if x is not None else free.pop(0)
    second = predictors[y] if y is not None else free.pop(0)
    if first is second:
        raise ValueError(f"regions need two different predictors, not {quote(x)} twice")
    return first, second


def _hold(model: Model, axes: set[str], at: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the other columns: as given, else the mean or the most frequent level."""
    if not isinstance(at, Mapping):
        raise TypeError(f"at must be a dict of predictors and their values, not {quote(at)}")
    # Columns of an offset are among the variables too.
    others = [name for name in model.design.variables if name not in axes]
    wrong = [name for name in at if name not in others]
    if wrong:
        raise ValueError(f"at= holds {listing(wrong)}; it can hold {listing(others)}")
    return {name: at.get(name, model.design.variables[name].typical) for name in others}


def _place(variable: Variable, frame: Any) -> Matrix:
    """Values along an axis: numbers, or codes of levels; nan where missing."""
    read = read_new_column(variable, pick_column(frame, variable.name))
    if isinstance(read, pd.Categorical):
        return np.where(read.codes < 0, np.nan, read.codes)
    return np.asarray(read)


def _unplace(variable: Variable, places: Matrix) -> Any:
    if not variable.levels:
        return places
    return np.array(variable.levels, dtype=object)[np.asarray(places, dtype=int)]
