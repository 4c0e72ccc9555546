"""Calibration: what is observed against what was predicted.

Sees a table; knows no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import visible
from .canvas import GRAY, open_axes
from .forest import measure_bars
from .groups import split_groups, style_group
from .legends import write_legend_beside
from .panels import find_panel, lay_out
from .prediction_grid import widen_range

if TYPE_CHECKING:
    from .canvas import Axes


def plot_calibration(
    table: pd.DataFrame, what: str = "mean", response_name: str = "", *, ax: Axes | None = None
) -> Axes:
    """Draw observed against predicted means with their limits; on the diagonal they are equal.

    Parameters
    ----------
    table : DataFrame
        As of `Inference.calibration`: ``predicted``, ``observed``, ``lower`` and ``upper``;
        ``group`` where there are several classes or responses.
    what : str
        What is predicted, for the titles of the axes: ``"mean"``, ``"probability"``.
    response_name : str
        Title of the legend of groups.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        If `table` is no DataFrame, has no rows or lacks a column.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"predicted": [0.1, 0.8], "observed": [0.2, 0.7],
    ...                       "lower": [0.1, 0.5], "upper": [0.4, 0.9]})
    >>> plot_calibration(table, "probability", ax=Figure().add_subplot()).get_xlabel()
    'Predicted probability'
    """
    columns = ["predicted", "observed", "lower", "upper"]
    groups = split_groups(table, columns, "the table of calibration")
    axes = open_axes(ax, (4.4 + 1.2 * (len(groups) > 1), 3.8))
    panel = find_panel(axes)
    handles: list[Any] = []
    style: dict[str, Any] = {"lw": 0.7 * panel.scale, "markersize": 4.5 * panel.scale}
    style |= {"elinewidth": 1.1 * panel.scale, "zorder": 3}
    for k, (_, rows) in enumerate(groups):
        x, y, low, high = (rows[name].to_numpy(dtype=np.float64) for name in columns)
        color, marker = style_group(k)
        bars = measure_bars(y, low, high)
        handles.append(axes.errorbar(x, y, yerr=bars, color=color, marker=marker, **style))
    shown = table[columns].to_numpy(dtype=np.float64)
    ends = widen_range(shown[np.isfinite(shown)], 0.03)
    axes.plot(ends, ends, color=GRAY, lw=0.9, linestyle=(0, (5, 3)), zorder=1)
    axes.set(xlim=ends, ylim=ends)
    axes.set_xlabel(visible(f"Predicted {what}"), parse_math=False)
    axes.set_ylabel(visible(f"Observed {'share' if what == 'probability' else what}"))
    axes.yaxis.label.set_parse_math(False)

    def write() -> None:
        if len(groups) > 1:
            write_legend_beside(panel, axes, handles, [name for name, _ in groups], response_name)

    lay_out(panel, axes, write=write)
    return axes
