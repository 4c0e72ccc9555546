"""Learning curve: loss, and accuracy where it was traced, against iterations.

Sees the table of the history only; knows neither the loss function nor the optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import listing
from .canvas import BLUE, INK, ORANGE, VERMILION, FloatArray, open_axes, spans_decades
from .legends import write_legend_above
from .panels import find_panel, lay_out, reserve_top

if TYPE_CHECKING:
    from .canvas import Axes


def plot_loss(
    history: pd.DataFrame,
    *,
    baseline: float | None = None,
    per_row: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the learning curve: loss against iterations, and the accuracy on a second axis.

    The loss axis is logarithmic where the loss is positive and spans more than two decades.

    Parameters
    ----------
    history : DataFrame
        Columns ``iteration`` and ``loss``; optional ``accuracy``, missing where not traced, and
        ``validation_loss``, missing where no rows were held out.
    baseline : float or None
        Loss of an intercept alone, drawn as a dashed line.
    per_row : bool
        True: the losses are means per row, as the title of the axis states. False: sums.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes
        Those of the loss; the accuracy is on a twin axis.

    Raises
    ------
    TypeError
        If `history` is not a DataFrame.
    ValueError
        If it lacks a column or has no rows.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> history = pd.DataFrame({"iteration": [1, 2, 3], "loss": [900.0, 20.0, 3.0]})
    >>> plot_loss(history, ax=Figure().add_subplot()).get_yscale()
    'log'
    """
    _check_history(history)
    axes = open_axes(ax)
    panel = find_panel(axes)
    handles, names, losses = _draw_losses(axes, history, baseline, panel.scale)
    if spans_decades(losses, decades=2) and (baseline is None or baseline > 0):
        axes.set_yscale("log")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss per row" if per_row else "loss", color=BLUE)
    _number_iterations(axes, history["iteration"].to_numpy(dtype=np.float64))
    traced = history.dropna(subset=["accuracy"]) if "accuracy" in history else history.iloc[:0]
    group = [axes]
    if len(traced):
        group.append(_add_accuracy(axes, traced, panel.scale))
        handles += group[1].lines
        names.append("accuracy")
    lay_out(panel, *group)  # the legend needs the final size, and may change the labels' widths
    if len(names) > 1:
        share = write_legend_above(panel, axes, handles, names, names)
        for each in group:
            reserve_top(each, share)
        lay_out(panel, *group)
    return axes


def _draw_losses(
    axes: Axes, history: pd.DataFrame, baseline: float | None, scale: float
) -> tuple[list[Any], list[str], FloatArray]:
    """Draw loss, baseline and validation loss; return handles, names and the losses drawn."""
    marker = "o" if len(history) <= 30 else ""
    style: dict[str, Any] = {"lw": 1.1, "marker": marker, "ms": 4 * scale}
    iterations, losses = (
        history[name].to_numpy(dtype=np.float64) for name in ("iteration", "loss")
    )
    handles: list[Any] = axes.plot(iterations, losses, color=BLUE, **style)
    names = ["loss"]
    if baseline is not None:
        handles.append(axes.axhline(baseline, color=INK, lw=1, linestyle=(0, (5, 3))))
        names.append("intercept only")
    held = history.dropna(subset=["validation_loss"]) if "validation_loss" in history else None
    if held is not None and len(held):
        values = held["validation_loss"].to_numpy(dtype=np.float64)
        handles += axes.plot(held["iteration"], values, color=ORANGE, **style)
        names.append("validation")
        losses = np.concatenate([losses, values])
    return handles, names, losses


def _check_history(history: pd.DataFrame) -> None:
    if not isinstance(history, pd.DataFrame):
        raise TypeError(f"history must be a DataFrame, not {type(history).__name__}")
    for name in ("iteration", "loss"):
        if name not in history:
            raise ValueError(f"history has no column {name!r}, only [{listing(history.columns)}]")
    if history.empty:
        raise ValueError("history has no rows: train first, then draw")


def _number_iterations(axes: Axes, iterations: FloatArray) -> None:
    """Set ticks at whole iterations only, formatted as ``100,000``."""
    if np.ptp(iterations) == 0:
        axes.set_xlim(iterations[0] - 1, iterations[0] + 1)
    axes.locator_params(axis="x", integer=True)
    axes.xaxis.set_major_formatter("{x:,.0f}")


def _add_accuracy(axes: Axes, traced: pd.DataFrame, scale: float) -> Axes:
    """Draw the traced accuracies on a twin axis from 0 to 1."""
    twin = axes.twinx()
    marker = "s" if len(traced) <= 60 else ""
    accuracy = traced["accuracy"].to_numpy(dtype=np.float64)
    style: dict[str, Any] = {"color": VERMILION, "lw": 1, "linestyle": (0, (1.5, 1))}
    iterations = traced["iteration"].to_numpy(dtype=np.float64)
    twin.plot(iterations, accuracy, marker=marker, ms=3.5 * scale, **style)
    twin.set_ylim(-0.03, 1.03)
    twin.set_yticks(np.linspace(0, 1, 6 if scale == 1 else 3))
    twin.set_ylabel("accuracy", color=VERMILION)
    return twin
