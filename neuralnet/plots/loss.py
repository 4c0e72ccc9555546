"""How training went: loss, and accuracy where it was traced, against iterations.

It sees the history table only, and knows neither the loss function nor the optimizer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .canvas import BLUE, INK, ORANGE, VERMILION, FloatArray, open_axes, spans_decades
from .legends import write_legend_above
from .panels import find_panel, leave_room, settle

if TYPE_CHECKING:
    from .canvas import Axes


def plot_loss(
    history: pd.DataFrame,
    *,
    baseline: float | None = None,
    per_row: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss against the iterations, and the accuracy on a second axis.

    The loss axis is logarithmic where the loss is positive and spans more than two decades.

    Parameters
    ----------
    history : DataFrame
        Columns ``iteration`` and ``loss``, and maybe ``accuracy``, missing where not traced, and
        ``validation_loss``, missing where no rows were held out.
    baseline : float or None
        A loss to compare with, that of the intercept alone: a dashed line.
    per_row : bool
        Whether these losses are per row and not sums, as the axis then says.
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib Axes
        Those of the loss; the accuracy stands on a twin of them.

    Raises
    ------
    TypeError
        If `history` is no DataFrame.
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
    size = 4 * panel.scale
    iterations = history["iteration"].to_numpy(dtype=np.float64)
    losses = history["loss"].to_numpy(dtype=np.float64)
    marker = "o" if len(history) <= 30 else ""
    handles = axes.plot(iterations, losses, color=BLUE, lw=1.1, marker=marker, ms=size)
    names = ["loss"]
    if baseline is not None:
        handles.append(axes.axhline(baseline, color=INK, lw=1, linestyle=(0, (5, 3))))
        names.append("intercept only")
    held = history.dropna(subset=["validation_loss"]) if "validation_loss" in history else None
    if held is not None and len(held):
        values = held["validation_loss"].to_numpy(dtype=np.float64)
        style: dict[str, Any] = {"color": ORANGE, "lw": 1.1, "marker": marker, "ms": size}
        handles += axes.plot(held["iteration"], values, **style)
        names.append("validation")
        losses = np.concatenate([losses, values])
    if spans_decades(losses, decades=2) and (baseline is None or baseline > 0):
        axes.set_yscale("log")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss per row" if per_row else "loss", color=BLUE)
    _number_iterations(axes, iterations)
    traced = history.dropna(subset=["accuracy"]) if "accuracy" in history else history.iloc[:0]
    family = [axes]
    if len(traced):
        family.append(_add_accuracy(axes, traced, panel.scale))
        handles += family[1].lines
        names.append("accuracy")
    settle(panel, *family)  # the legend needs the final size, and may change the labels' widths
    if len(names) > 1:
        share = write_legend_above(panel, axes, handles, names, names)
        for each in family:
            leave_room(each, share)
        settle(panel, *family)
    return axes


def _check_history(history: pd.DataFrame) -> None:
    if not isinstance(history, pd.DataFrame):
        raise TypeError(f"history must be a DataFrame, not {type(history).__name__}")
    for name in ("iteration", "loss"):
        if name not in history:
            raise ValueError(f"history has no column {name!r}, only {list(history.columns)}")
    if history.empty:
        raise ValueError("history has no rows: train first, then draw")


def _number_iterations(axes: Axes, iterations: FloatArray) -> None:
    """Ticks at whole iterations only, written ``100,000``."""
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
