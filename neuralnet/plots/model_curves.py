"""Curves, residuals and titles of a model: what the pictures of its statistics are drawn from.

Predictions with intervals and residuals are given: this wing does not compute them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import Variable
from ..errors import check_whole, quote
from ..model import Model, check_offset, check_unseen
from .bands import plot_interval
from .canvas import format_dates
from .prediction_grid import MOST_POINTS
from .predictor_axes import (
    Matrix,
    find_predictor,
    from_positions,
    hold_others,
    leave_out_missing,
    name_levels,
    name_mean,
    observe,
    read_points,
    to_positions,
)
from .residual_plot import plot_residuals

if TYPE_CHECKING:
    from .canvas import Axes

Predict = Callable[[pd.DataFrame], "pd.Series | pd.DataFrame"]

_LOSSES = ("rmse", "mae", "log_loss", "brier")


def draw_interval(
    model: Model,
    predict: Predict,
    x: str,
    at: Mapping[str, Any] | None,
    data: Any,
    unseen: str,
    resolution: int,
    note: str,
    ax: Axes | None,
) -> Axes:
    """Draw the prediction along one predictor, with each of the others held at one value.

    ``predict`` gives means for a frame, or a frame of ``fit``, ``lower`` and ``upper``.
    """
    variable = find_predictor(model, x)
    held = hold_others(model, {x}, at or {})
    resolution = check_whole("resolution", resolution, least=2, most=MOST_POINTS)
    check_offset(model)
    check_unseen(unseen)
    frame, rows = read_points(model, data, unseen)
    (places,), rows = leave_out_missing((to_positions(variable, frame),), rows, quote(x))
    levels = name_levels(variable)
    # Not beyond the data: an interval says nothing of what is there.
    grid = np.linspace(places.min(), places.max(), resolution)
    if levels is not None:
        grid = np.arange(len(levels), dtype=np.float64)
    classes, observed = model.labels.classes, observe(model, rows)
    values = pd.DataFrame({x: from_positions(variable, grid), **held}, index=range(len(grid)))
    axes = plot_interval(
        take_second(model, tabulate_curves(predict(values), grid)),
        x,
        name_mean(model),
        points=(places, observed[:, -1] if len(classes) == 2 else observed),
        classes=bool(classes),
        levels=levels,
        response_name=str(model.labels.response) if classes else "",
        held=held,
        note=note,
        ax=ax,
    )
    if variable.kind == "date":
        format_dates(axes.xaxis)
    return axes


def tabulate_curves(predicted: pd.Series | pd.DataFrame, grid: Matrix) -> pd.DataFrame:
    """Arrange predictions as `plot_interval` takes them: one row for each position and group.

    Examples
    --------
    >>> tabulate_curves(pd.DataFrame({"no": [0.1, 0.2], "yes": [0.9, 0.8]}), np.array([3.0, 4.0]))
      group  value  fit
    0    no    3.0  0.1
    1    no    4.0  0.2
    2   yes    3.0  0.9
    3   yes    4.0  0.8
    """
    if isinstance(predicted, pd.Series):
        return pd.DataFrame({"value": grid, "fit": predicted.to_numpy()})
    known = ["fit", "lower", "upper"]
    if predicted.columns.nlevels == 1 and "lower" in predicted:
        return pd.DataFrame({"value": grid, **{name: predicted[name].array for name in known}})
    if predicted.columns.nlevels == 1:
        predicted = pd.concat({"fit": predicted}, axis=1)
    kept = [name for name in known if name in predicted.columns.get_level_values(0)]
    parts = {name: predicted[name] for name in kept}
    groups = [*parts["fit"]]
    table = {"group": np.repeat([str(group) for group in groups], len(grid))}
    return pd.DataFrame(
        table
        | {"value": np.tile(grid, len(groups))}
        | {name: part.to_numpy().ravel(order="F") for name, part in parts.items()}
    )


def take_second(model: Model, table: pd.DataFrame) -> pd.DataFrame:
    """Take the rows of the second of two classes, as those of the first only mirror them."""
    classes = model.labels.classes
    if len(classes) != 2 or "group" not in table:
        return table
    second = table["group"].astype(str) == str(classes[1])
    return table[second].drop(columns="group")


def draw_residuals(
    model: Model,
    residuals: pd.Series | pd.DataFrame,
    fitted: pd.Series | pd.DataFrame,
    kind: str,
    against: str,
    standard: bool,
    ax: Axes | None,
) -> Axes:
    """Draw residuals against fitted means, normal quantiles or a predictor."""
    if len(model.labels.classes) == 2:
        residuals, fitted = (
            each.iloc[:, -1] if isinstance(each, pd.DataFrame) else each
            for each in (residuals, fitted)
        )
    levels: list[str] | None = None
    date = False
    places: NDArray[Any] | None = None
    if against == "normal":
        title = "Normal quantile"
    elif against == "fitted":
        places, title = _choose_fitted(model, residuals, fitted)
    else:
        variable = find_predictor(model, against, "against")
        places, title = to_positions(variable, model.model_frame.frame), against
        levels, date = name_levels(variable), variable.kind == "date"
        (shown,), _ = leave_out_missing((places,), model.rows, quote(against))
        residuals, places = residuals[~np.isnan(places)], shown
    options: dict[str, Any] = {"standard": standard, "levels": levels, "ax": ax}
    if model.labels.classes:
        options["response_name"] = str(model.labels.response)
    axes = plot_residuals(residuals, places, title, f"{kind.capitalize()} residual", **options)
    if date:
        format_dates(axes.xaxis)
    return axes


def _choose_fitted(
    model: Model, residuals: pd.Series | pd.DataFrame, fitted: pd.Series | pd.DataFrame
) -> tuple[Matrix, str]:
    """Choose the fitted means that belong to residuals: of one for several classes, the largest."""
    means = fitted.to_numpy(dtype=np.float64)
    if means.ndim == 2 and residuals.ndim == 1:
        return means.max(axis=1), "Fitted probability of the most probable class"
    if len(model.labels.classes) == 2:
        name = name_mean(model)
        return means, f"Fitted {name[0].lower()}{name[1:]}"
    return means, f"Fitted {'probability' if model.labels.classes else 'mean'}"


def draw_shape(
    model: Model, table: pd.DataFrame, strands: pd.DataFrame | None, title: str, ax: Axes | None
) -> Axes:
    """Draw the curves of an explanation along one predictor; the table has its values.

    ``strands`` is the table of the curves of single rows, if any.
    """
    name = str(table["term"].iloc[0])
    variable = find_predictor(model, name, "variable")
    axes = plot_interval(
        _place_curves(model, variable, table),
        name,
        title or name_mean(model),
        strands=None if strands is None else _place_curves(model, variable, strands),
        levels=name_levels(variable),
        response_name=_name_groups(model, table),
        ax=ax,
    )
    if variable.kind == "date":
        format_dates(axes.xaxis)
    return axes


def _place_curves(model: Model, variable: Variable, table: pd.DataFrame) -> pd.DataFrame:
    """Arrange a table of an explanation as `plot_interval` takes it; quantiles are groups too."""
    table = take_second(model, table)
    if "quantile" in table:
        names = table["quantile"].map("{:g}".format)
        if "group" in table:
            names = table["group"].astype(str) + " at " + names
        table = table.assign(group=names)
    places = to_positions(variable, pd.DataFrame({variable.name: table["value"]}))
    return table.assign(value=places, fit=table["estimate"])


def _name_groups(model: Model, table: pd.DataFrame) -> str:
    """Title of the legend of groups."""
    if "quantile" in table and ("group" not in table or len(model.labels.classes) == 2):
        return "others at quantile"
    return str(model.labels.response) if model.labels.classes else ""


def name_effect(model: Model, type: str) -> str:
    """Title of the axis of effects."""
    if type == "link":
        return "Average change of the score"
    if model.labels.classes:
        name = name_mean(model)
        return f"Average change of the {name[0].lower()}{name[1:]}"
    outputs = model.labels.outputs
    return "Average change of the mean" + (f" of {outputs[0]}" if len(outputs) == 1 else "")


def name_importance(measure: str | None) -> str:
    """Title of the axis of importance.

    Examples
    --------
    >>> name_importance(None), name_importance("brier"), name_importance("roc_auc")
    ('Loss of deviance explained', 'Increase of brier', 'Loss of roc auc')
    """
    if measure is None:
        return "Loss of deviance explained"
    return f"{'Increase' if measure in _LOSSES else 'Loss'} of {measure.replace('_', ' ')}"
