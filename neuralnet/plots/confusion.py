"""Heat map of a confusion matrix.

Draws a given table; counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import visible
from ..metrics import check_confusion_matrix
from .canvas import FloatArray, open_axes
from .panels import Panel, find_panel, lay_out
from .tick_labels import write_tick_labels

if TYPE_CHECKING:
    from .canvas import Axes

MIN_CELL_FONT_SIZE = 4.0  # points


def plot_confusion_matrix(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix as a heat map: counts, and their shares of the row.

    The shade of a cell is its share of the row, count / row total, so that rare classes are as
    visible as common ones. On the diagonal, it is the recall of the class. A row without counts has
    no shares.

    Parameters
    ----------
    table : (K, K) DataFrame
        Counts or sums of weights, truth in rows and predictions in columns, every class once in
        both and in the same order.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If `table` is not a DataFrame.
    ValueError
        If its rows and columns do not have the same classes, each once, or an entry is negative,
        missing or infinite.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame([[34, 7], [10, 29]], index=["0", "1"], columns=["0", "1"])
    >>> ax = plot_confusion_matrix(table, ax=Figure().add_subplot())
    >>> [text.get_text() for text in ax.texts][:2]
    ['34', '82.9 %']
    """
    counts = check_confusion_matrix(table)
    names = [visible(label) for label in table.index]
    margin = 0.09 * max(len(name) for name in names)
    side = max(0.85 * len(names), 2.2)
    axes = open_axes(ax, (side + margin + 0.8, side + min(margin, 0.7 * margin + 0.5) + 0.6))
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.full_like(counts, np.nan), where=totals > 0)
    shades = np.nan_to_num(shares)
    cells = axes.pcolormesh(
        shades, cmap="Blues", vmin=0, vmax=1.15, edgecolors="#BBBBBB", linewidth=0.8
    )
    axes.set_aspect("equal", anchor="SW")  # a constrained layout may clip centered Axes
    axes.invert_yaxis()
    axes.set_xlabel(visible(table.columns.name or "predicted"), parse_math=False)
    axes.set_ylabel(visible(table.index.name or "truth"), parse_math=False)
    panel = find_panel(axes)

    def write() -> None:
        axes.apply_aspect()
        axes.tick_params(length=0)
        write_tick_labels(panel, axes, names, "x", 0.5)
        write_tick_labels(panel, axes, names, "y", 0.5)

    lay_out(panel, axes, write=write)
    _write_cells(panel, axes, counts, shares, _is_dark(cells.to_rgba(shades)))
    return axes


def _is_dark(colors: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Mask of the colors (..., 4) on which white text has more contrast than black text.

    There the relative luminance of WCAG 2.2 is below 0.179: the contrast ratio
    (light + 0.05) / (dark + 0.05) is larger with white, of luminance 1, than with black, of 0.
    """
    channels = np.asarray(colors, dtype=np.float64)[..., :3]
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]) < 0.179)


def _write_cells(
    panel: Panel,
    axes: Axes,
    counts: FloatArray,
    shares: FloatArray,
    dark: npt.NDArray[np.bool_],
) -> None:
    """Write count and share into each cell, white on dark and black on light.

    In small cells there is a larger count without a share, and in the smallest no text.
    """
    cell = float(panel.measure(axes).min()) / len(counts)
    words = [f"{count:,.0f}" if count == round(count) else f"{count:,.1f}" for count in counts.flat]
    widest = 1.4 * cell / max(map(len, words))
    large = min(13.0, 0.26 * cell, widest)
    both = 0.65 * large >= MIN_CELL_FONT_SIZE
    large = large if both else min(0.55 * cell, widest)
    if large < MIN_CELL_FONT_SIZE:
        return
    for word, ((row, column), share) in zip(words, np.ndenumerate(shares), strict=True):
        color = "white" if dark[row, column] else "black"
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": color}
        axes.text(column + 0.5, row + (0.41 if both else 0.5), word, fontsize=large, **style)
        if not both:
            continue
        percent = "\N{EN DASH}" if np.isnan(share) else f"{100 * share:.1f} %"
        axes.text(column + 0.5, row + 0.72, percent, fontsize=0.65 * large, **style)
