"""Cross-validation curve: held-out deviance with its standard error against decay.

Sees the table of the decays tried only; knows neither folds nor the rule of the choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..errors import listing
from .canvas import BLUE, GRAY, INK, VERMILION, FloatArray, check_column, open_axes, spans_decades
from .legends import write_legend_above
from .panels import Panel, find_panel, lay_out, reserve_top

if TYPE_CHECKING:
    from .canvas import Axes


TICK_WIDTH = (
    4.2  # width of the tick label of a decay, such as 0.0001, as a multiple of the font size
)


def plot_tuning(tuning: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the cross-validation curve: held-out deviance against decay, with the decay chosen.

    Error bars are one standard error to either side. The one-standard-error line is at the
    lowest deviance plus its standard error: a decay below it cannot be distinguished from the best
    one by these folds (Breiman et al. 1984, section 3.4.3). Both are left out where the
    standard error is missing. The axis of decays is logarithmic, and linear between 0 and the
    smallest other decay where 0 was tried; that of the deviance is logarithmic where it spans
    more than one decade.

    Parameters
    ----------
    tuning : DataFrame
        One row for each decay tried: ``decay``, at least 0; ``deviance``, the mean per row held
        out, missing or infinite where training failed (a dotted line); ``std_error``, its standard
        error, or missing; ``chosen``, True in exactly one row.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If `tuning` is not a DataFrame.
    ValueError
        If it has no rows, lacks a column, holds a decay that is negative, missing or infinite, or
        not exactly one row is chosen.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> tried = {"decay": [0.01, 0.1, 1.0], "deviance": [1.2, 0.9, 0.95], "std_error": 0.1}
    >>> tuning = pd.DataFrame({**tried, "chosen": [False, False, True]})
    >>> ax = plot_tuning(tuning, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['mean ± standard error', 'chosen: 1', 'lowest + standard error']
    """
    decays, deviances, errors, chosen = _read(tuning)
    axes = open_axes(ax)
    panel = find_panel(axes)
    handles, names = _draw_curve(axes, decays, deviances, errors, chosen, panel.scale)
    axes.set_xlabel("Decay")
    axes.set_ylabel("Deviance per row, held out")
    if spans_decades(deviances, decades=1):
        axes.set_yscale("log")
    # The legend needs the final size, and may change the labels' widths.
    lay_out(panel, axes, write=lambda: _scale_decays(panel, axes, decays))
    short = [name.replace("standard error", "SE") for name in names]
    reserve_top(axes, write_legend_above(panel, axes, handles, names, short))
    lay_out(panel, axes)
    return axes


def _draw_curve(
    axes: Axes,
    decays: FloatArray,
    deviances: FloatArray,
    errors: FloatArray,
    chosen: int,
    scale: float,
) -> tuple[list[Any], list[str]]:
    """Draw deviances, the decay chosen and the one-standard-error line; return handles, names."""
    bars: dict[str, Any] = {"ms": 4 * scale, "elinewidth": 0.8, "capsize": 2 * scale}
    handles: list[Any] = [
        axes.errorbar(decays, deviances, errors, color=BLUE, lw=1.1, marker="o", **bars)
    ]
    names = ["mean ± standard error" if np.isfinite(errors).any() else "mean"]
    ring: dict[str, Any] = {"color": VERMILION, "ms": 10 * scale, "mfc": "none", "mew": 1.6 * scale}
    handles += axes.plot(decays[chosen], deviances[chosen], "o", **ring)
    names.append(f"chosen: {decays[chosen]:.3g}")
    finite = np.isfinite(deviances)
    lowest = np.argmin(np.where(finite, deviances, np.inf))
    limit = deviances[lowest] + errors[lowest]
    if np.isfinite(limit):
        handles.append(axes.axhline(limit, color=INK, lw=1, linestyle=(0, (5, 3))))
        names.append("lowest + standard error")
    failed = [axes.axvline(x, color=GRAY, lw=1, linestyle=(0, (1, 2))) for x in decays[~finite]]
    if failed:
        handles.append(failed[0])
        names.append("not finite")
    return handles, names


def _read(tuning: pd.DataFrame) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Read decays in ascending order, deviances, standard errors, and the index of the chosen."""
    if not isinstance(tuning, pd.DataFrame):
        raise TypeError(f"tuning must be a DataFrame, not {type(tuning).__name__}")
    for name in ("decay", "deviance", "std_error", "chosen"):
        if name not in tuning:
            raise ValueError(f"tuning has no column {name!r}, only [{listing(tuning.columns)}]")
    if tuning.empty:
        raise ValueError(
            "there is nothing to draw: no decay was tried, as where it was given "
            "or the table is too small to cross-validate"
        )
    decays = check_column("decay", tuning["decay"])
    if decays.min() < 0:
        raise ValueError(f"decay must be at least 0, not {decays.min():g}")
    chosen = tuning["chosen"].to_numpy(dtype=bool)
    if chosen.sum() != 1:
        raise ValueError(f"one decay must be chosen, not {chosen.sum()} of the {len(chosen)} tried")
    order = np.argsort(decays, kind="stable")
    deviances, errors = (
        tuning[name].to_numpy(dtype=np.float64)[order] for name in ("deviance", "std_error")
    )
    return decays[order], deviances, errors, int(np.argmax(chosen[order]))


def _scale_decays(panel: Panel, axes: Axes, decays: FloatArray) -> None:
    """Set a logarithmic axis over whole decades, with 0 one decade to the left of them."""
    positive = decays[decays > 0]
    if positive.size == 0:
        axes.set_xlim(-1, 1)
        axes.set_xticks([0], ["0"])
        return
    low, high = int(np.floor(np.log10(positive.min()))), int(np.ceil(np.log10(positive.max())))
    low, high = (low, high) if low < high else (low - 1, high + 1)
    start, end = 10.0**low, 1.4 * 10.0**high
    if positive.size < decays.size:
        axes.set_xscale("symlog", linthresh=start)
        axes.set_xlim(-0.15 * start, end)
    else:
        axes.set_xscale("log")
        axes.set_xlim(start / 1.4, end)
    width = TICK_WIDTH * panel.scale_text(10.0)
    most = max(int(panel.measure(axes)[0] / width), 2)
    zero = positive.size < decays.size
    stride = -(-(high - low + 1 + zero) // most)
    first = low + (stride - 1) * zero  # 0 is one decade to the left of the lowest
    ticks = [0.0] * zero + [10.0**power for power in range(first, high + 1, stride)]
    axes.set_xticks([], minor=True)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
