"""Curves along one predictor with their bands, and the data: predictions with intervals.

Sees a table, arrays and names; knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import visible
from .canvas import INK, FloatArray, check_column, open_axes
from .forest import measure_bars
from .groups import split_groups, style_group
from .legends import write_legend_beside
from .notes import write_note
from .panels import find_panel, lay_out
from .prediction_grid import Levels, choose_point_size, jitter_codes, write_level_names

if TYPE_CHECKING:
    from .canvas import Axes


def plot_interval(
    curves: pd.DataFrame,
    x_name: str,
    y_name: str,
    *,
    points: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    classes: bool = False,
    strands: pd.DataFrame | None = None,
    levels: Levels = None,
    response_name: str = "",
    held: Mapping[str, object] | None = None,
    note: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a curve for each group along a predictor, with its band, and the data.

    Parameters
    ----------
    curves : DataFrame
        ``value``, positions along x in ascending order; ``fit``; ``lower`` and ``upper``, without
        which there is no band; ``group`` where there are several classes or responses. A missing
        fit is a gap.
    x_name, y_name : str
        Titles of the axes.
    points : ((n,) array, (n, K) array) or None
        Positions of the data along x, and what was observed of each of the K groups.
    classes : bool
        Whether what was observed is 0 or 1: rows are then ticks, those of two classes below and
        above the curve, those of several in one line each below all curves.
    strands : DataFrame or None
        Thin curves below the others, as those of single rows: ``value``, ``fit``, ``row``, and
        ``group`` as in `curves`.
    levels : sequence of str or None
        Levels of a categorical predictor, with positions 0, 1, ...: points with bars in place of
        curves with bands.
    response_name : str
        Title of the legend of groups.
    held : dict or None
        As in `plot_regions`.
    note : str
        What the band is, written below the axes.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        If `curves` is no DataFrame, has no rows or lacks a column; if points differ in length.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> curves = pd.DataFrame({"value": [0.0, 1.0], "fit": [2.0, 3.0]})
    >>> ax = plot_interval(curves, "x", "y", ax=Figure().add_subplot())
    >>> ax.lines[0].get_ydata().tolist()
    [2.0, 3.0]
    """
    groups = split_groups(curves, ["value", "fit"], "curves")
    axes = open_axes(ax, (4.8 + 1.2 * (len(groups) > 1), 3.4))
    panel = find_panel(axes)
    if points is not None:
        x = check_column(x_name, points[0])
        observed = np.asarray(points[1], dtype=np.float64).reshape(len(x), -1)
        draw = partial(_draw_rug, curves=curves) if classes else _draw_data
        draw(axes, jitter_codes(x, levels, "x"), observed, panel.scale)
    if strands is not None:
        _draw_strands(axes, strands, panel.scale)
    handles = [
        _draw_curve(axes, rows, k, len(groups), levels, panel.scale)
        for k, (_, rows) in enumerate(groups)
    ]
    _set_axes(axes, x_name, y_name, levels)
    write_note(panel, axes, held or {}, note)

    def write() -> None:
        if len(groups) > 1:
            write_legend_beside(panel, axes, handles, [name for name, _ in groups], response_name)
        write_level_names(panel, axes, levels, None)

    lay_out(panel, axes, write=write)
    if classes and points is not None:
        _mark_means(axes)
    return axes


def _set_axes(axes: Axes, x_name: str, y_name: str, levels: Levels) -> None:
    """Write the titles of the axes, and limit the lower one."""
    axes.set_xlabel(visible(x_name), parse_math=False)
    axes.set_ylabel(visible(y_name), parse_math=False)
    if levels is None:
        axes.margins(x=0.02)
    else:
        axes.set_xlim(-0.5, len(levels) - 0.5)


def _mark_means(axes: Axes) -> None:
    """Leave out ticks beside the lines of a rug, below 0 and above 1, where there are no means."""
    low, high = axes.get_ylim()
    ticks = [round(tick, 9) for tick in axes.get_yticks()]
    axes.set_yticks([tick for tick in ticks if max(low, 0.0) <= tick <= min(high, 1.0)])


def _draw_curve(
    axes: Axes, rows: pd.DataFrame, k: int, groups: int, levels: Levels, scale: float
) -> Any:
    """Draw the curve or the points of a group, with band or bars; return the legend's handle."""
    x, fit = (rows[name].to_numpy(dtype=np.float64) for name in ("value", "fit"))
    color, marker = style_group(k)
    limits: Sequence[FloatArray] | None = None
    if "lower" in rows:
        limits = [rows[name].to_numpy(dtype=np.float64) for name in ("lower", "upper")]
    if levels is not None:
        shift = 0.5 * (k - (groups - 1) / 2) / max(groups, 2)
        style: dict[str, Any] = {"markersize": 6 * scale, "elinewidth": 1.8 * scale, "zorder": 4}
        style |= {"linestyle": "none", "markeredgecolor": INK, "markeredgewidth": 0.6 * scale}
        bars = None if limits is None else measure_bars(fit, *limits)
        return axes.errorbar(x + shift, fit, yerr=bars, color=color, marker=marker, **style)
    if limits is not None:
        axes.fill_between(x, limits[0], limits[1], color=color, alpha=0.22, linewidth=0, zorder=1.5)
    dashes = ["-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1, 2))][k // 8 % 4]
    return axes.plot(x, fit, color=color, lw=1.8 * scale, linestyle=dashes, zorder=3)[0]


def _draw_strands(axes: Axes, strands: pd.DataFrame, scale: float) -> None:
    """Draw a thin curve for each row, in the color of its group."""
    for k, (_, rows) in enumerate(split_groups(strands, ["value", "fit", "row"], "strands")):
        x, y = (
            rows[name].to_numpy(dtype=np.float64).reshape(rows["row"].nunique(), -1).T
            for name in ("value", "fit")
        )
        alpha = float(np.clip(20.0 / x.shape[1], 0.08, 0.5))
        axes.plot(x, y, color=style_group(k)[0], lw=0.6 * scale, alpha=alpha, zorder=1)


def _draw_data(axes: Axes, x: FloatArray, observed: FloatArray, scale: float) -> None:
    """Draw what was observed as points, in the colors of the groups."""
    size = 0.6 * choose_point_size(len(x)) * scale**2
    for k, values in enumerate(observed.T):
        color, marker = style_group(k)
        style: dict[str, Any] = {"facecolors": "none", "linewidths": 0.6 * scale, "zorder": 1}
        axes.scatter(x, values, s=size, marker=marker, edgecolors=color, alpha=0.6, **style)


def _draw_rug(
    axes: Axes, x: FloatArray, observed: FloatArray, scale: float, *, curves: pd.DataFrame
) -> None:
    """Draw a tick for each row in the line of its class, beyond the ends of the curves."""
    K, top = observed.shape[1], np.nanmax(curves[[*curves.columns.intersection(["fit", "upper"])]])
    style: dict[str, Any] = {"marker": "|", "s": 36 * scale**2, "linewidths": 0.7, "alpha": 0.6}
    if K == 1:
        places = np.where(observed[:, 0] > 0.5, 1.04, -0.04)
        axes.scatter(x, places, color=INK, zorder=2, **style)
        return
    step = top * min(0.045, 0.3 / K)
    for k, values in enumerate(observed.T):
        own = x[values > 0.5]
        axes.scatter(own, np.full(len(own), -step * (k + 1)), color=style_group(k)[0], **style)
