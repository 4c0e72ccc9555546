"""Shared by all pictures: the only import of matplotlib, colors, markers and checks of columns.

Knows neither networks nor any single picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.legend import Legend as Legend
    from matplotlib.text import Annotation as Annotation
    from matplotlib.text import Text as Text

FloatArray = npt.NDArray[np.float64]

# The colors of Okabe and Ito (2008), distinct with any color vision. In this order the first ones
# also differ in lightness, and so in black and white print.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
VERMILION, SKY, YELLOW, GRAY = "#D55E00", "#56B4E9", "#F0E442", "#999999"
CLASS_COLORS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, YELLOW, GRAY)
# Nine markers and eight colors: no pair repeats before the 73rd class.
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "p")
INK = "#262626"


def open_axes(ax: Axes | None, size: tuple[float, float] | None = None) -> Axes:
    """Return the Axes to draw on: the caller's, or those of a new figure.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Those of the caller, if any.
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
        If `ax` is not an Axes.
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


def format_dates(axis: Any) -> None:
    """Write the positions of an axis, days since 1970, as short dates."""
    from matplotlib import dates

    short: Any = dates.ConciseDateFormatter
    axis.axis_date()
    axis.set_major_formatter(short(axis.get_major_locator()))


def spans_decades(values: FloatArray, decades: float) -> bool:
    """Return True where the finite values are positive and span more than `decades` powers of ten.

    Examples
    --------
    >>> spans_decades(np.array([0.1, 20.0, np.nan]), decades=2)
    True
    """
    shown = values[np.isfinite(values)]
    if shown.size == 0 or shown.min() <= 0:
        return False
    return bool(shown.max() / shown.min() > 10**decades)


def lighten(color: str, share: float = 0.35) -> tuple[float, float, float]:
    """Mix a color with white: ``1 - share * (1 - channel)`` for each channel in [0, 1].

    Examples
    --------
    >>> lighten("#000000", 0.25)
    (0.75, 0.75, 0.75)
    """
    red, green, blue = (1 - share * (1 - int(color[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return red, green, blue


def check_column(name: str, values: npt.ArrayLike, length: int | None = None) -> FloatArray:
    """Check a column of numbers, and return it as (n,) floats.

    Raises
    ------
    ValueError
        If they are not one column, not `length` long, or not all finite.
    """
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or column.size == 0:
        raise ValueError(f"{name} must be one column of numbers, not of shape {column.shape}")
    if length is not None and len(column) != length:
        raise ValueError(f"{name} has {len(column)} values; {length} are needed")
    missing = int(np.count_nonzero(~np.isfinite(column)))
    if missing:
        raise ValueError(
            f"{missing} of the {len(column)} values of {name} are missing or infinite; "
            "leave those rows out"
        )
    return column
