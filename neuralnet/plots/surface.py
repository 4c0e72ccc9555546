"""Response surface: the predicted mean over two predictors.

Sees arrays, names and a predict function; does not know the model that predicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import visible
from .canvas import INK, check_column, open_axes
from .notes import write_note
from .panels import find_panel, lay_out
from .prediction_grid import (
    Levels,
    Predict,
    choose_point_size,
    jitter_codes,
    predict_grid,
    widen_range,
    write_axis_titles,
    write_level_names,
)

if TYPE_CHECKING:
    from .canvas import Axes


def plot_surface(
    predict: Predict,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    values: npt.ArrayLike | None,
    x_name: str,
    y_name: str,
    response_name: str,
    *,
    x_levels: Levels = None,
    y_levels: Levels = None,
    held: Mapping[str, object] | None = None,
    resolution: int = 300,
    ax: Axes | None = None,
) -> Axes:
    """Draw the response surface: the predicted mean over two predictors, with the data.

    Surface and points have the same color scale: a point is fitted well where its color is that of
    its surroundings.

    Parameters
    ----------
    predict : callable
        ``predict(grid_x, grid_y)``, two (m,) arrays, gives (m,) predicted means.
    x, y : (n,) arrays
        The two columns of the data; the grid extends 5 % beyond their range.
    values : (n,) numbers or None
        The response of each row; None draws no points.
    x_name, y_name, response_name : str
        Titles of the axes and of the color bar.
    x_levels, y_levels, held, resolution, ax
        As in `plot_regions`.

    Returns
    -------
    matplotlib Axes
        Beside it the figure has the Axes of a color bar.

    Raises
    ------
    ValueError
        If columns or predictions differ in length or are not finite.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_surface(lambda x, y: x + y, [0, 1, 2], [2, 1, 0], [2, 2.5, 2],
    ...                   "x1", "x2", "y", ax=Figure().add_subplot())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x1', 'x2')
    """
    across, up = check_column(x_name, x), check_column(y_name, y, np.size(x))
    heights = None if values is None else check_column(response_name, values, len(across))
    grid_x, grid_y, means = predict_grid(predict, across, up, x_levels, y_levels, resolution)
    check_column("predict's means", means.ravel())
    low, high = widen_range(means if heights is None else np.append(means, heights), 0.0)
    axes = open_axes(ax)
    panel = find_panel(axes)
    scale: dict[str, Any] = {"cmap": "cividis", "vmin": low, "vmax": high}
    shown: Any = axes.contourf(grid_x, grid_y, means, levels=np.linspace(low, high, 16), **scale)
    if heights is not None:
        across, up = jitter_codes(across, x_levels, "x"), jitter_codes(up, y_levels, "y")
        size = choose_point_size(len(across)) * panel.scale**2
        # A white rim under the dark one is visible at both ends of the color scale.
        axes.scatter(across, up, s=2 * size, color="white", zorder=2)
        edge: dict[str, Any] = {"edgecolors": INK, "linewidths": 0.8, "zorder": 3}
        shown = axes.scatter(across, up, s=size, c=heights, **scale, **edge)
    write_axis_titles(axes, x_name, y_name)
    bar = axes.figure.colorbar(shown, ax=axes)
    bar.set_label(visible(response_name), parse_math=False)
    write_note(panel, axes, held or {})
    lay_out(panel, axes, bar.ax, write=lambda: write_level_names(panel, axes, x_levels, y_levels))
    return axes
