"""What a network predicts over two predictors: regions of classes, or the surface of a mean.

It sees arrays, names and a predict function; it does not know what predicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import visible
from .canvas import CLASS_COLORS, CLASS_MARKERS, INK, FloatArray, check_column, lighten, open_axes
from .legends import write_legend_beside, write_note, write_ticks
from .panels import Panel, find_panel, settle

if TYPE_CHECKING:
    from .canvas import Axes

Array = npt.NDArray[Any]
Predict = Callable[[Array, Array], Array]
Levels = Sequence[str] | None


def plot_regions(
    predict: Predict,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    labels: npt.ArrayLike | None,
    classes: Sequence[object],
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
    """Draw the regions of two predictors in which each class is predicted, the data on top.

    Parameters
    ----------
    predict : callable
        ``predict(grid_x, grid_y)``, two (m,) arrays, gives (m,) class codes 0, ..., K - 1.
    x, y : (n,) arrays
        The two columns of the data; they also say how far the grid reaches (5 % beyond).
    labels : (n,) class codes or None
        The class of each row; None draws no points.
    classes : sequence of K labels
        In the order of the codes.
    x_name, y_name, response_name : str
        Titles of the axes and of the legend.
    x_levels, y_levels : sequence of str or None
        For a categorical predictor, its levels: the column holds codes 0, 1, ..., `predict` gets
        such codes, and each level is a band, in which the points are spread out to be seen.
    held : dict or None
        Where other predictors are held: the first of them are written below the axes, and the
        rest counted.
    resolution : int
        Grid points along each numeric axis.
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If columns are of different length or not finite, or codes are not those of `classes`.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_regions(lambda x, y: (x > y).astype(int), [0, 1, 2], [2, 1, 0], [0, 0, 1],
    ...                   ["no", "yes"], "x1", "x2", "more", ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['no', 'yes']
    """
    across, up = check_column(x_name, x), check_column(y_name, y, np.size(x))
    codes = None if labels is None else _check_codes("labels", labels, across.shape, classes)
    grid = _predict_grid(predict, across, up, x_levels, y_levels, resolution)
    predicted = _check_codes("predict's codes", grid[2], grid[2].shape, classes)
    axes = open_axes(ax)
    panel = find_panel(axes)
    _fill_regions(axes, grid[0], grid[1], predicted)
    across, up = _spread_out(across, x_levels, "x"), _spread_out(up, y_levels, "y")
    handles = _draw_classes(axes, across, up, codes, len(classes), panel.scale)
    _name_axes(axes, x_name, y_name)
    write_note(panel, axes, held or {})

    def write() -> None:
        write_legend_beside(panel, axes, handles, [*map(str, classes)], response_name)
        _name_levels(panel, axes, x_levels, y_levels)

    settle(panel, axes, write=write)
    return axes


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
    """Draw a predicted number over two predictors, the data on top on the same color scale.

    A point that disappears in its surroundings is fitted well; one that stands out is not.

    Parameters
    ----------
    predict : callable
        ``predict(grid_x, grid_y)``, two (m,) arrays, gives (m,) predicted means.
    x, y : (n,) arrays
        The two columns of the data; they also say how far the grid reaches (5 % beyond).
    values : (n,) numbers or None
        The response of each row; None draws no points.
    x_name, y_name, response_name : str
        Titles of the axes and of the color bar.
    x_levels, y_levels, held, resolution, ax
        As in `plot_regions`.

    Returns
    -------
    matplotlib Axes
        With a color bar beside it, which is another Axes of the figure.

    Raises
    ------
    ValueError
        If columns or predictions are of different length or not finite.
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
    grid_x, grid_y, means = _predict_grid(predict, across, up, x_levels, y_levels, resolution)
    check_column("predict's means", means.ravel())
    low, high = _widen(means if heights is None else np.append(means, heights), 0.0)
    axes = open_axes(ax)
    panel = find_panel(axes)
    scale: dict[str, Any] = {"cmap": "cividis", "vmin": low, "vmax": high}
    shown: Any = axes.contourf(grid_x, grid_y, means, levels=np.linspace(low, high, 16), **scale)
    if heights is not None:
        across, up = _spread_out(across, x_levels, "x"), _spread_out(up, y_levels, "y")
        size = _choose_size(len(across)) * panel.scale**2
        # A white rim under the dark one: seen on the dark end of the scale and on the light one.
        axes.scatter(across, up, s=2 * size, color="white", zorder=2)
        edge: dict[str, Any] = {"edgecolors": INK, "linewidths": 0.8, "zorder": 3}
        shown = axes.scatter(across, up, s=size, c=heights, **scale, **edge)
    _name_axes(axes, x_name, y_name)
    bar = axes.figure.colorbar(shown, ax=axes)
    bar.set_label(visible(response_name), parse_math=False)
    write_note(panel, axes, held or {})
    settle(panel, axes, bar.ax, write=lambda: _name_levels(panel, axes, x_levels, y_levels))
    return axes


def _predict_grid(
    predict: Predict,
    x: FloatArray,
    y: FloatArray,
    x_levels: Levels,
    y_levels: Levels,
    resolution: int,
) -> tuple[FloatArray, FloatArray, Array]:
    """Positions along x (a,) and y (b,), and the predictions (b, a) there."""
    if resolution < 2:
        raise ValueError(f"resolution must be 2 or more grid points, not {resolution}")
    x_places, x_inputs = _lay_axis(x, x_levels, resolution)
    y_places, y_inputs = _lay_axis(y, y_levels, resolution)
    grid_x, grid_y = np.meshgrid(x_inputs, y_inputs)
    predicted = np.asarray(predict(grid_x.ravel(), grid_y.ravel()))
    if predicted.shape != (grid_x.size,):
        raise ValueError(
            f"predict gave shape {predicted.shape} for {grid_x.size} grid points; "
            f"wanted ({grid_x.size},)"
        )
    return x_places, y_places, predicted.reshape(grid_x.shape)


def _lay_axis(column: FloatArray, levels: Levels, resolution: int) -> tuple[FloatArray, Array]:
    """Where the grid points of one axis stand, and what `predict` is given for them."""
    if levels is None:
        places = np.linspace(*_widen(column, 0.05), resolution)
        return places, places
    known = np.arange(len(levels))
    if not np.isin(column, known).all():
        raise ValueError(f"codes of a predictor with {len(levels)} levels must be {known.tolist()}")
    # Each level is asked twice, at the two edges of its band, so that bands have sharp borders.
    codes = np.repeat(known, 2)
    return codes + np.tile([-0.5 + 1e-6, 0.5 - 1e-6], len(levels)), codes


def _widen(values: FloatArray, share: float) -> tuple[float, float]:
    """Range of `values` with `share` of it added at both ends; a constant gets one unit."""
    low, high = float(np.min(values)), float(np.max(values))
    margin = share * (high - low) if high > low else 0.5
    return low - margin, high + margin


def _check_codes(
    name: str, codes: npt.ArrayLike, shape: tuple[int, ...], classes: Sequence[object]
) -> Array:
    given = np.asarray(codes)
    if given.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, one code a row, not {given.shape}")
    if not np.isin(given, np.arange(len(classes))).all():
        raise ValueError(
            f"{name} must be codes 0 to {len(classes) - 1} of the classes {list(classes)}"
        )
    return given


def _fill_regions(axes: Axes, x: FloatArray, y: FloatArray, codes: Array) -> None:
    """Fill each class's region and draw the borders.

    One indicator at a time: contours of the codes themselves would put a sliver of class 1
    between the classes 0 and 2.
    """
    present = np.unique(codes).astype(int)
    for k in present:
        inside = (codes == k).astype(float)
        color = lighten(CLASS_COLORS[k % len(CLASS_COLORS)])
        axes.contourf(x, y, inside, levels=[0.5, 1.5], colors=[color], zorder=1)
        if k != present[-1]:  # every border has a class other than the last on one side
            axes.contour(x, y, inside, levels=[0.5], colors=[INK], linewidths=0.8, zorder=2)


def _draw_classes(
    axes: Axes, x: FloatArray, y: FloatArray, codes: Array | None, classes: int, scale: float
) -> list[Any]:
    """Draw the points of each class, or without codes only a key to its region."""
    handles: list[Any] = []
    size = _choose_size(len(x)) * scale**2
    for k in range(classes):
        color, marker = CLASS_COLORS[k % len(CLASS_COLORS)], CLASS_MARKERS[k % len(CLASS_MARKERS)]
        if codes is None:
            handles += axes.plot([], [], "s", markersize=9 * scale, color=lighten(color), mec=INK)
            continue
        points = axes.scatter(x[codes == k], y[codes == k], s=size, marker=marker)
        points.set(facecolor=color, edgecolor=INK, linewidth=0.6 * scale, zorder=3)
        handles.append(points)
    return handles


def _spread_out(column: FloatArray, levels: Levels, direction: str) -> FloatArray:
    """Shift the codes of a categorical column by up to 0.3, evenly and without chance.

    Multiples of 1/g and 1/g**2 modulo 1, g = 1.3247... the root of g**3 = g + 1, fill a square
    evenly (Roberts 2018, the R2 sequence), so two categorical axes do not give a line of points.
    """
    if levels is None:
        return column
    step = 0.7548776662466927 if direction == "x" else 0.5698402909980532
    return column + 0.6 * (np.arange(len(column)) * step % 1 - 0.5)


def _choose_size(n: int) -> float:
    """Area of a point in square points: smaller where there are many."""
    return float(np.clip(12000 / n, 6, 32))


def _name_axes(axes: Axes, x_name: str, y_name: str) -> None:
    axes.set_xlabel(visible(x_name), parse_math=False)
    axes.set_ylabel(visible(y_name), parse_math=False)
    axes.margins(0)
    axes.autoscale_view()


def _name_levels(panel: Panel, axes: Axes, x_levels: Levels, y_levels: Levels) -> None:
    if x_levels is not None:
        write_ticks(panel, axes, x_levels, "x")
    if y_levels is not None:
        write_ticks(panel, axes, y_levels, "y")
