"""Plots of a model: arrays, names and predictions, as the plot functions need them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import ModelMatrices, Variable
from ..errors import check_flag, listing, quote, suggest
from ..model import (
    Model,
    check_offset,
    check_unseen,
    read_matrices,
    score_rows,
    standardize_weights,
)
from ..perceptron import Scaled
from .canvas import format_dates
from .diagram import plot_network
from .loss import plot_loss
from .predictor_axes import (
    from_positions,
    hold_others,
    leave_out_missing,
    name_levels,
    observe,
    read_points,
    to_positions,
)
from .regions import plot_regions
from .surface import plot_surface

if TYPE_CHECKING:
    from .canvas import Axes

Matrix = NDArray[np.float64]
Function = Callable[[Matrix, Matrix], Any]

# The order in which predictors are chosen for the axes of a plot.
_ORDER = ("number", "boolean", "category", "date")


def draw_diagram(model: Model, theta: Matrix, ax: Axes | None) -> Axes:
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


def draw_loss(
    model: Model, history: pd.DataFrame, weights: tuple[float, float], ax: Axes | None
) -> Axes:
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
    shade: bool,
    ax: Axes | None,
) -> Axes:
    """Draw predictions over two predictors, with each of the others held at one value."""
    if check_flag("shade", shade) and not model.labels.classes:
        raise ValueError("shade=True is for classes; numbers are shaded by their mean as it is")
    first, second = _choose_predictors(model, x, y)
    held = hold_others(model, {first.name, second.name}, at or {})
    across, up, rows = _place_rows(model, first, second, data, unseen)
    names = first.name, second.name
    options: dict[str, Any] = {
        "x_levels": name_levels(first),
        "y_levels": name_levels(second),
        "held": held,
        "resolution": resolution,
        "ax": ax,
    }
    classify, predict, find_certainty = _make_functions(model, theta, first, second, held)
    classes, response = model.labels.classes, model.labels.response
    if classes:
        if shade:
            options["certainty"] = find_certainty
        axes = plot_regions(
            classify, across, up, rows.response, classes, *names, response, **options
        )
    else:
        output, values = str(model.labels.outputs[0]), observe(model, rows)[:, 0]
        axes = plot_surface(predict, across, up, values, *names, output, **options)
    for variable, side in ((first, "x"), (second, "y")):
        if variable.kind == "date":
            format_dates(getattr(axes, f"{side}axis"))
    return axes


def _place_rows(
    model: Model, first: Variable, second: Variable, data: Any, unseen: str
) -> tuple[Matrix, Matrix, ModelMatrices]:
    """Read the rows to be drawn as points, with their positions on both axes."""
    check_offset(model)
    check_unseen(unseen)
    frame, rows = read_points(model, data, unseen)
    places = to_positions(first, frame), to_positions(second, frame)
    name = f"{quote(first.name)} or {quote(second.name)}"
    (across, up), rows = leave_out_missing(places, rows, name)
    return across, up, rows


def _make_functions(
    model: Model, theta: Matrix, first: Variable, second: Variable, held: Mapping[str, Any]
) -> tuple[Function, Function, Function]:
    """Make the functions from positions on both axes to class codes, means and certainty."""
    family = model.perceptron.family

    def score(grid_x: Matrix, grid_y: Matrix) -> Matrix:
        grid = {
            first.name: from_positions(first, grid_x),
            second.name: from_positions(second, grid_y),
        }
        # Where a term has no value, as log(x) below 0, nothing is drawn, without a warning.
        frame = pd.DataFrame({**grid, **held}, index=range(len(grid_x)))
        eta: Matrix = score_rows(model, theta, read_matrices(model, frame)[0])
        return eta

    # Of several responses the first is drawn, under its own name.
    return (
        lambda x, y: family.classify(score(x, y)),
        lambda x, y: family.mean(score(x, y))[:, 0],
        lambda x, y: _find_certainty(family.mean(score(x, y))),
    )


def _find_certainty(mean: Matrix) -> Matrix:
    """Probability of the most probable class, from 0 where all are alike to 1 where it is sure."""
    classes = max(mean.shape[1], 2)
    top = np.maximum(mean, 1.0 - mean)[:, 0] if mean.shape[1] == 1 else mean.max(axis=1)
    certainty: Matrix = (top - 1.0 / classes) * classes / (classes - 1.0)
    return certainty


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
