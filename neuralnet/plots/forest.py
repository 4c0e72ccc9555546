"""Forest plots: estimates as points with bars, one line each; effects and importance.

See tables only; compute nothing but the ends of the bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import visible
from .canvas import GRAY, FloatArray, open_axes
from .groups import split_groups, style_group
from .legends import write_legend_beside
from .panels import find_panel, lay_out
from .tick_labels import write_tick_labels

if TYPE_CHECKING:
    from .canvas import Axes

# All columns but those that say of which rows an effect is the average.
_KNOWN = {"term", "contrast", "group", "estimate", "std_error", "statistic", "p_value"}
_KNOWN |= {"lower", "upper"}


def plot_effects(
    effects: pd.DataFrame, title: str = "Effect", response_name: str = "", *, ax: Axes | None = None
) -> Axes:
    """Draw effects as a forest plot: a line for each contrast, points with their intervals.

    Effects from the top down are in the order of the table. The line at 0 is no effect.

    Parameters
    ----------
    effects : DataFrame
        As of `Inference.comparisons` and `Inference.slopes`: ``term``, ``contrast``, ``estimate``,
        ``lower`` and ``upper``; ``group`` where there are several classes or responses, each with a
        color and a marker. Any other column, as that of ``by=``, is written beside the contrast.
    title : str
        Of the axis of effects.
    response_name : str
        Title of the legend of groups.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure, as high as the number of lines asks for.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        If `effects` is no DataFrame, has no rows or lacks a column, and if it holds the effects of
        single rows, ``average=False``.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> effects = pd.DataFrame({"term": ["x", "kind"], "contrast": ["2 - 1", "b - a"],
    ...                         "estimate": [0.5, -1.0], "lower": [0.2, -3.0], "upper": [0.8, 1.0]})
    >>> ax = plot_effects(effects, ax=Figure().add_subplot())
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['x: 2 - 1', 'kind: b - a']
    """
    columns = ["term", "contrast", "estimate", "lower", "upper"]
    split_groups(effects, columns, "effects")
    labels = effects["term"].astype(str) + ": " + effects["contrast"].astype(str)
    for name in (each for each in effects if each not in _KNOWN):
        labels += f", {name} = " + effects[name].astype(str)
    keys = [labels, effects["group"].astype(str)] if "group" in effects else [labels]
    if pd.concat(keys, axis=1).duplicated().any():
        raise ValueError(
            "effects holds several rows of one contrast, as those of single rows with "
            "average=False; take their averages"
        )
    return _draw(effects.assign(label=labels), title, response_name, ax)


def plot_importance(
    importance: pd.DataFrame, title: str = "Importance", *, ax: Axes | None = None
) -> Axes:
    """Draw the importance of terms, the largest on top, with one standard deviation to each side.

    Parameters
    ----------
    importance : DataFrame
        As of `Explanation.importance`: ``term``, ``estimate``, ``std_dev``, and ``group`` where
        there are several responses. Without ``std_dev``, as of `Explanation.olden` by term, there
        are no bars.
    title : str
        Of the axis.
    ax : matplotlib Axes or None
        As in `plot_effects`.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        As in `plot_effects`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> found = pd.DataFrame({"term": ["x", "z"], "estimate": [0.5, 1.0], "std_dev": [0.1, 0.2]})
    >>> ax = plot_importance(found, ax=Figure().add_subplot())
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['z', 'x']
    """
    split_groups(importance, ["term", "estimate"], "importance")
    name = "column" if "column" in importance else "term"
    labels = importance[name].astype(str)
    # Of several groups the term with the largest importance is on top.
    order = importance["estimate"].abs().groupby(labels.to_numpy()).max()
    ranks = -order.reindex(labels).to_numpy()
    spread = importance.get("std_dev", pd.Series(np.nan, importance.index))
    table = importance.assign(
        label=labels,
        lower=importance["estimate"] - spread,
        upper=importance["estimate"] + spread,
    ).iloc[np.argsort(ranks, kind="stable")]
    return _draw(table, title, "", ax)


def _draw(table: pd.DataFrame, title: str, response_name: str, ax: Axes | None) -> Axes:
    """Draw a line for each label, in their order from the top down, and a point for each group."""
    labels = [*dict.fromkeys(table["label"])]
    groups = split_groups(table, ["label", "estimate", "lower", "upper"], "the table")
    lines = len(labels) * (1 + 0.45 * (len(groups) - 1))
    longest = max(len(visible(label)) for label in labels)
    width = 3.6 + min(0.08 * longest, 3.2) + 1.2 * (len(groups) > 1)
    axes = open_axes(ax, (width, float(np.clip(0.8 + 0.34 * lines, 2.7, 10.0))))
    panel = find_panel(axes)
    size = panel.scale * float(np.clip(12 / np.sqrt(lines), 2.0, 4.5))
    axes.axvline(0.0, color=GRAY, lw=0.9, linestyle=(0, (5, 3)), zorder=1)
    handles: list[Any] = []
    for k, (_, rows) in enumerate(groups):
        shift = 0.6 * (k - (len(groups) - 1) / 2) / max(len(groups), 2)
        places = np.array([labels.index(label) for label in rows["label"]]) + shift
        handles.append(_draw_points(axes, rows, places, k, size))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    for edge in np.arange(1, len(labels)) - 0.5:
        axes.axhline(edge, color="#E5E5E5", lw=0.6, zorder=0)
    axes.set_xlabel(visible(title), parse_math=False)
    axes.tick_params(axis="y", length=0)

    def write() -> None:
        if len(groups) > 1:
            write_legend_beside(panel, axes, handles, [name for name, _ in groups], response_name)
        write_tick_labels(panel, axes, labels, "y")

    lay_out(panel, axes, write=write)
    return axes


def _draw_points(axes: Axes, rows: pd.DataFrame, places: FloatArray, k: int, size: float) -> Any:
    """Draw the points of a group with their bars; return the handle of the legend."""
    estimates, lower, upper = (
        rows[name].to_numpy(dtype=np.float64) for name in ("estimate", "lower", "upper")
    )
    color, marker = style_group(k)
    return axes.errorbar(
        estimates,
        places,
        xerr=measure_bars(estimates, lower, upper),
        color=color,
        marker=marker,
        markersize=size,
        linestyle="none",
        elinewidth=0.35 * size,
        zorder=3,
    )


def measure_bars(values: FloatArray, lower: FloatArray, upper: FloatArray) -> list[list[float]]:
    """Lengths of bars below and above; at least 0, as limits are rounded.

    Lists, as matplotlib 3.8 takes an array with a single number for a number.
    """
    return [np.maximum(each, 0.0).tolist() for each in (values - lower, upper - values)]
