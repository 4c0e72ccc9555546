"""Predictions on a grid over two predictors, numeric or categorical, and the axes of these.

Knows neither the model that predicts nor the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import check_whole, listing, pluralize, visible
from .canvas import FloatArray
from .panels import Panel
from .tick_labels import write_tick_labels

if TYPE_CHECKING:
    from .canvas import Axes

Array = npt.NDArray[Any]
Predict = Callable[[Array, Array], Array]
Levels = Sequence[str] | None

# Grid points along an axis: more than a large figure has pixels.
MOST_POINTS = 2_000


def predict_grid(
    predict: Predict,
    x: FloatArray,
    y: FloatArray,
    x_levels: Levels,
    y_levels: Levels,
    resolution: int,
) -> tuple[FloatArray, FloatArray, Array]:
    """Lay a grid over two predictors: positions along x (a,) and y (b,), predictions (b, a)."""
    resolution = check_whole("resolution", resolution, least=2, most=MOST_POINTS)
    x_positions, x_inputs = _choose_positions(x, x_levels, resolution)
    y_positions, y_inputs = _choose_positions(y, y_levels, resolution)
    grid_x, grid_y = np.meshgrid(x_inputs, y_inputs)
    predicted = np.asarray(predict(grid_x.ravel(), grid_y.ravel()))
    if predicted.shape != (grid_x.size,):
        raise ValueError(
            f"predict returned shape {predicted.shape} for {grid_x.size} grid points; "
            f"it must be ({grid_x.size},)"
        )
    return x_positions, y_positions, predicted.reshape(grid_x.shape)


def _choose_positions(
    column: FloatArray, levels: Levels, resolution: int
) -> tuple[FloatArray, Array]:
    """Choose the positions of the grid points along one axis, and the inputs of `predict` there."""
    if levels is None:
        positions = np.linspace(*widen_range(column, 0.05), resolution)
        return positions, positions
    known = np.arange(len(levels))
    if not np.isin(column, known).all():
        raise ValueError(
            f"codes of a predictor with {pluralize(len(levels), 'level')} must be "
            f"[{listing(known.tolist())}]"
        )
    # Each level has two grid points, at the edges of its band, so that bands have sharp borders.
    codes = np.repeat(known, 2)
    return codes + np.tile([-0.5 + 1e-6, 0.5 - 1e-6], len(levels)), codes


def widen_range(values: FloatArray, share: float) -> tuple[float, float]:
    """Range of `values`, widened by `share` of it at both ends; one unit for a constant."""
    low, high = float(np.min(values)), float(np.max(values))
    margin = share * (high - low) if high > low else 0.5
    return low - margin, high + margin


def jitter_codes(column: FloatArray, levels: Levels, direction: str) -> FloatArray:
    """Spread the codes of a categorical column by up to 0.3, by a quasi-random sequence.

    Multiples of 1/g and 1/g**2 modulo 1, with g = 1.3247... the root of g**3 = g + 1, fill a square
    evenly (Roberts 2018, the R2 sequence), so that the points of two categorical axes are not on a
    line.
    """
    if levels is None:
        return column
    step = 0.7548776662466927 if direction == "x" else 0.5698402909980532
    return column + 0.6 * (np.arange(len(column)) * step % 1 - 0.5)


def choose_point_size(n: int) -> float:
    """Area of a marker in square points, smaller for many rows."""
    return float(np.clip(12000 / n, 6, 32))


def write_axis_titles(axes: Axes, x_name: str, y_name: str) -> None:
    """Write the titles of both axes, and set their limits to the data."""
    axes.set_xlabel(visible(x_name), parse_math=False)
    axes.set_ylabel(visible(y_name), parse_math=False)
    axes.margins(0)
    axes.autoscale_view()


def write_level_names(panel: Panel, axes: Axes, x_levels: Levels, y_levels: Levels) -> None:
    """Write the levels of categorical predictors as tick labels."""
    if x_levels is not None:
        write_tick_labels(panel, axes, x_levels, "x")
    if y_levels is not None:
        write_tick_labels(panel, axes, y_levels, "y")
