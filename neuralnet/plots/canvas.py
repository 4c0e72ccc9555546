"""What all pictures share: the one door to matplotlib, colors, markers, legends and fitting in.

It knows neither networks nor any one picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neuralnet.messages import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.legend import Legend
    from matplotlib.text import Annotation as Annotation

FloatArray = npt.NDArray[np.float64]

# The colors of Okabe and Ito (2008), told apart with any color vision; in this order the first
# ones also differ in lightness, so that they survive a black and white printer.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
VERMILION, SKY, YELLOW, GRAY = "#D55E00", "#56B4E9", "#F0E442", "#999999"
CLASS_COLORS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, YELLOW, GRAY)
# Nine markers against eight colors: no pair comes twice before the 73rd class.
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "p")
INK = "#262626"


def open_axes(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Give the Axes to draw on: the caller's, else those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes or None
        What the caller passed.
    size : (width, height) or None
        Size of a new figure in inches; None takes matplotlib's.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ImportError
        If a new figure is wanted and matplotlib is not installed.
    TypeError
        If `ax` is no Axes.
    """
    if ax is None:
        try:
            import matplotlib.pyplot as pyplot
        except ImportError as error:
            raise ImportError(
                "pictures need matplotlib: pip install 'formula-neuralnet[plots]'"
            ) from error
        return pyplot.subplots(figsize=size, layout="constrained")[1]
    if not hasattr(ax, "get_tightbbox") or not hasattr(ax, "scatter"):
        raise TypeError(
            f"ax must be a matplotlib Axes, not {type(ax).__name__}; "
            "pass one of what plt.subplots() returns, or leave ax out for a new figure"
        )
    return ax


def fit_inside(*family: Axes) -> None:
    """Draw a family of Axes in until their labels and legends lie inside the figure.

    A figure with a layout engine, such as ``plt.subplots(layout="constrained")``, does that
    by itself and is left alone.
    """
    figure, pad = family[0].figure, 4.0
    drawn = [axes.get_tightbbox() for axes in family]
    extents = np.array([box.extents for box in drawn if box is not None])  # x0, y0, x1, y1
    if figure.get_layout_engine() is not None or len(extents) == 0:
        return
    x0, y0, x1, y1 = figure.bbox.extents
    size = np.array([x1 - x0, y1 - y0])
    lower = np.maximum(np.array([x0, y0]) + pad - extents[:, :2].min(axis=0), 0) / size
    upper = np.maximum(extents[:, 2:].max(axis=0) + pad - np.array([x1, y1]), 0) / size
    places = [axes.get_position(original=True) for axes in family]
    start = np.min([place.min for place in places], axis=0)
    width: FloatArray = np.max([place.max for place in places], axis=0) - start
    scale = (width - lower - upper) / width
    if max(lower.max(), upper.max()) == 0 or scale.min() <= 0:
        return
    for axes, place in zip(family, places, strict=True):
        x, y = start + lower + scale * (place.min - start)
        axes.set_position((x, y, place.width * scale[0], place.height * scale[1]))
        axes.set_in_layout(True)  # set_position took it out of a later tight_layout()


def measure_axes(axes: Axes) -> tuple[float, float]:
    """Width and height of `axes` in points (1/72 inch)."""
    box = axes.get_window_extent()
    return float(box.width) * 72 / axes.figure.dpi, float(box.height) * 72 / axes.figure.dpi


def spans_decades(values: FloatArray, decades: float) -> bool:
    """Whether the finite values are positive and span more than so many powers of ten.

    Examples
    --------
    >>> spans_decades(np.array([0.1, 20.0, np.nan]), decades=2)
    True
    """
    shown = values[np.isfinite(values)]
    if shown.size == 0 or shown.min() <= 0:
        return False
    return bool(shown.max() / shown.min() > 10**decades)


def leave_room(axes: Axes, share: float) -> None:
    """Raise the upper limit until the highest `share` of the Axes is free for the legend."""
    transform = axes.yaxis.get_transform()
    low, high = transform.transform(np.array(axes.get_ylim()))
    top = low + (high - low) / (1 - min(share, 0.5))
    axes.set_ylim(top=float(transform.inverted().transform(np.array([top]))[0]))


def lighten(color: str, share: float = 0.35) -> tuple[float, float, float]:
    """Mix a color with white: ``1 - share * (1 - channel)`` for each channel in [0, 1].

    Examples
    --------
    >>> lighten("#000000", 0.25)
    (0.75, 0.75, 0.75)
    """
    red, green, blue = (1 - share * (1 - int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue


def write_legend(axes: Axes, handles: Sequence[Any], names: Sequence[str], **where: Any) -> Legend:
    """Add a frameless legend in which every name stands as given.

    matplotlib would leave out names that begin with an underscore, read dollars as math, and warn
    of control characters by printing them.
    """
    legend = axes.legend(handles, [str(i) for i in range(len(names))], frameon=False, **where)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(visible(name))
        text.set_parse_math(False)
    title = legend.get_title()
    title.set_text(visible(title.get_text()))
    title.set_parse_math(False)
    return legend


def write_ticks(axes: Axes, names: Sequence[str], direction: str, offset: float = 0.0) -> None:
    """Name the places ``0 + offset, 1 + offset, ...`` of the ``"x"`` or ``"y"`` axis.

    Names that would run into each other along x are slanted.
    """
    axis = axes.xaxis if direction == "x" else axes.yaxis
    axis.set_ticks(
        np.arange(len(names)) + offset, [visible(name) for name in names], parse_math=False
    )
    labels = axis.get_ticklabels()
    widest = max(label.get_window_extent().width for label in labels)
    if direction == "x" and widest > 0.9 * axes.get_window_extent().width / len(names):
        for label in labels:
            label.set(rotation=40, horizontalalignment="right", rotation_mode="anchor")


def check_column(name: str, values: npt.ArrayLike, length: int | None = None) -> FloatArray:
    """Give `values` as (n,) floats.

    Raises
    ------
    ValueError
        If they are not one column, not `length` long, or not all finite.
    """
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or column.size == 0:
        raise ValueError(f"{name} must be one column of numbers, not of shape {column.shape}")
    if length is not None and len(column) != length:
        raise ValueError(f"{name} has {len(column)} values where {length} were wanted")
    missing = int(np.count_nonzero(~np.isfinite(column)))
    if missing:
        raise ValueError(
            f"{missing} of the {len(column)} values of {name} are missing or infinite; "
            "leave those rows out"
        )
    return column
