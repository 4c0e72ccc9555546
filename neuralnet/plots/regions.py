"""Decision regions: the class that is predicted over two predictors.

Sees arrays, names and a predict function; does not know the model that predicts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import listing
from .canvas import CLASS_COLORS, CLASS_MARKERS, INK, FloatArray, check_column, lighten, open_axes
from .legends import write_legend_beside
from .notes import write_note
from .panels import find_panel, lay_out
from .prediction_grid import (
    Array,
    Levels,
    Predict,
    choose_point_size,
    jitter_codes,
    predict_grid,
    write_axis_titles,
    write_level_names,
)

if TYPE_CHECKING:
    from .canvas import Axes


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
    certainty: Predict | None = None,
    resolution: int = 300,
    ax: Axes | None = None,
) -> Axes:
    """Draw the decision regions of a classifier over two predictors, with the data.

    Parameters
    ----------
    predict : callable
        ``predict(grid_x, grid_y)``, two (m,) arrays, gives (m,) class codes 0, ..., K - 1.
    x, y : (n,) arrays
        The two columns of the data; the grid extends 5 % beyond their range.
    labels : (n,) class codes or None
        The class of each row; None draws no points.
    classes : sequence of K labels
        In the order of the codes.
    x_name, y_name, response_name : str
        Titles of the axes and of the legend.
    x_levels, y_levels : sequence of str or None
        Levels of a categorical predictor. Its column holds codes 0, 1, ..., which `predict` gets
        too. Each level is a band, in which the points are spread out.
    held : dict or None
        Values at which the other predictors are held: the first are written below the axes, and
        the others counted.
    certainty : callable or None
        As `predict`, gives how sure the predicted class is, from 0 to 1: regions are the paler the
        less, and the note below the axes says so. None: they have one color each.
    resolution : int
        Grid points along each numeric axis, from 2 to 2,000.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If columns differ in length or are not finite, or there are codes beyond `classes`.
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
    grid = predict_grid(predict, across, up, x_levels, y_levels, resolution)
    predicted = _check_codes("predict's codes", grid[2], grid[2].shape, classes)
    sure = None
    if certainty is not None:
        sure = predict_grid(certainty, across, up, x_levels, y_levels, resolution)[2]
    axes = open_axes(ax)
    panel = find_panel(axes)
    _fill_regions(axes, grid[0], grid[1], predicted)
    if sure is not None:
        _veil(axes, grid[0], grid[1], sure)
    across, up = jitter_codes(across, x_levels, "x"), jitter_codes(up, y_levels, "y")
    handles = _draw_classes(axes, across, up, codes, len(classes), panel.scale)
    write_axis_titles(axes, x_name, y_name)
    write_note(panel, axes, held or {}, "paler where less sure" if sure is not None else "")

    def write() -> None:
        write_legend_beside(panel, axes, handles, [*map(str, classes)], response_name)
        write_level_names(panel, axes, x_levels, y_levels)

    lay_out(panel, axes, write=write)
    return axes


def _check_codes(
    name: str, codes: npt.ArrayLike, shape: tuple[int, ...], classes: Sequence[object]
) -> Array:
    given = np.asarray(codes)
    if given.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, one code a row, not {given.shape}")
    if not np.isin(given, np.arange(len(classes))).all():
        raise ValueError(
            f"{name} must be codes 0 to {len(classes) - 1} of the classes {listing(classes)}"
        )
    return given


def _fill_regions(axes: Axes, x: FloatArray, y: FloatArray, codes: Array) -> None:
    """Fill the region of each class and draw the decision boundaries.

    Contours of one indicator per class: contours of the codes would put a sliver of class 1 between
    the classes 0 and 2.
    """
    present = np.unique(codes).astype(int)
    for k in present:
        inside = (codes == k).astype(float)
        color = lighten(CLASS_COLORS[k % len(CLASS_COLORS)])
        axes.contourf(x, y, inside, levels=[0.5, 1.5], colors=[color], zorder=1)
        if k != present[-1]:  # one side of each boundary is a class before the last
            axes.contour(x, y, inside, levels=[0.5], colors=[INK], linewidths=0.8, zorder=2)


def _veil(axes: Axes, x: FloatArray, y: FloatArray, sure: Array) -> None:
    """Cover regions with white, the more the less sure they are; boundaries stay on top."""
    edges = [np.concatenate([p[:1], (p[1:] + p[:-1]) / 2, p[-1:]]) for p in (x, y)]
    veil = np.where(np.isfinite(sure), 0.92 * (1.0 - sure), 0.0)
    white: dict[str, Any] = {"alpha": veil, "cmap": "gray", "vmin": 0.0, "vmax": 1.0, "zorder": 1.5}
    # As vectors, so many small cells would be a large file with seams.
    axes.pcolormesh(*edges, np.ones(sure.shape), rasterized=True, **white)


def _draw_classes(
    axes: Axes, x: FloatArray, y: FloatArray, codes: Array | None, classes: int, scale: float
) -> list[Any]:
    """Draw the points of each class; without codes, only a handle for the legend."""
    handles: list[Any] = []
    size = choose_point_size(len(x)) * scale**2
    for k in range(classes):
        color, marker = CLASS_COLORS[k % len(CLASS_COLORS)], CLASS_MARKERS[k % len(CLASS_MARKERS)]
        if codes is None:
            handles += axes.plot([], [], "s", markersize=9 * scale, color=lighten(color), mec=INK)
            continue
        points = axes.scatter(x[codes == k], y[codes == k], s=size, marker=marker)
        points.set(facecolor=color, edgecolor=INK, linewidth=0.6 * scale, zorder=3)
        handles.append(points)
    return handles
