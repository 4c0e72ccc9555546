"""Residuals: against fitted means or a predictor with a running mean, or against normal quantiles.

Sees arrays and names; knows no model.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import visible
from .canvas import GRAY, INK, VERMILION, FloatArray, check_column, open_axes
from .groups import style_group
from .legends import write_legend_beside
from .panels import find_panel, lay_out
from .prediction_grid import Levels, choose_point_size, jitter_codes, write_level_names

if TYPE_CHECKING:
    from .canvas import Axes


def plot_residuals(
    residuals: pd.Series | pd.DataFrame,
    against: npt.ArrayLike | None,
    x_name: str,
    y_name: str = "Residual",
    *,
    standard: bool = False,
    levels: Levels = None,
    response_name: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw residuals against a column, with their running mean; or against normal quantiles.

    Parameters
    ----------
    residuals : Series or DataFrame
        One for each row, or a column for each class or response.
    against : (n,) or (n, K) array or None
        Positions along x, for all columns or for each. The running mean is over a fifth of the
        rows. None: quantiles of the normal distribution at ``(i - 0.5) / n``, with the line of
        normal residuals and limits that hold 95 % of them at each place.
    x_name, y_name : str
        Titles of the axes.
    standard : bool
        Whether normal residuals have mean 0 and standard deviation 1, so that their line is the
        diagonal; else it is that through both quartiles, as R's ``qqline``.
    levels : sequence of str or None
        Levels of a categorical column, whose positions are codes 0, 1, ...; it has the mean of each
        level.
    response_name : str
        Title of the legend of several columns.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If positions differ in length from the residuals, or are not finite.
    ImportError
        If matplotlib is missing.

    Notes
    -----
    The limits of the i-th smallest of n residuals are at 1.96 times ``sqrt(p (1 - p) / n) / f(z)``,
    with p = (i - 0.5) / n, z the normal quantile and f the density there (Fox, 2016, Applied
    Regression Analysis, section 12.1).

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> residuals = pd.Series([0.1, -0.2, 0.3])
    >>> ax = plot_residuals(residuals, [1.0, 2.0, 3.0], "Fitted", ax=Figure().add_subplot())
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Fitted', 'Residual')
    """
    table = residuals.to_frame() if isinstance(residuals, pd.Series) else residuals
    values = table.to_numpy(dtype=np.float64)
    columns = [check_column(y_name, each) for each in values.T]
    places = None if against is None else _spread(x_name, against, values.shape)
    axes = open_axes(ax, (4.6 + 1.2 * (len(columns) > 1), 3.4))
    panel = find_panel(axes)
    if places is not None:
        axes.axhline(0.0, color=GRAY, lw=0.9, linestyle=(0, (5, 3)), zorder=1)
    handles = []
    for k, column in enumerate(columns):
        x = _find_quantiles(column) if places is None else places[k]
        handles.append(_draw_points(axes, jitter_codes(x, levels, "x"), column, k, panel.scale))
        if places is None:
            _draw_normal(axes, column, standard)
        else:
            _draw_mean(axes, x, column, k, len(columns), levels)
    axes.set_xlabel(visible(x_name), parse_math=False)
    axes.set_ylabel(visible(y_name), parse_math=False)

    def write() -> None:
        if len(columns) > 1:
            names = [str(name) for name in table]
            write_legend_beside(panel, axes, handles, names, response_name)
        write_level_names(panel, axes, levels, None)

    lay_out(panel, axes, write=write)
    return axes


def _spread(x_name: str, against: npt.ArrayLike, shape: tuple[int, ...]) -> list[FloatArray]:
    """Return the positions of each column of residuals."""
    given = np.asarray(against, dtype=np.float64)
    if given.ndim == 1:
        given = np.repeat(given[:, None], shape[1], axis=1)
    if given.shape != shape:
        raise ValueError(f"{x_name} has shape {given.shape}; the residuals have {shape}")
    return [check_column(x_name, column) for column in given.T]


def _draw_points(axes: Axes, x: FloatArray, y: FloatArray, k: int, scale: float) -> Any:
    color, marker = style_group(k)
    size = 0.6 * choose_point_size(len(y)) * scale**2
    style: dict[str, Any] = {"linewidths": 0.7 * scale, "facecolors": "none", "zorder": 2}
    return axes.scatter(x, y, s=size, marker=marker, edgecolors=color, alpha=0.8, **style)


def _draw_mean(
    axes: Axes, x: FloatArray, y: FloatArray, k: int, columns: int, levels: Levels
) -> None:
    """Draw the running mean of a column of residuals, or the mean of each level."""
    color = style_group(k)[0] if columns > 1 else VERMILION
    if levels is None:
        axes.plot(*find_running_mean(x, y), color=color, lw=1.6, zorder=3)
        return
    for code in np.unique(x):
        mean = y[x == code].mean()
        axes.hlines(mean, code - 0.35, code + 0.35, color=color, lw=1.6, zorder=3)


def find_running_mean(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means of x and of y over the rows whose ranks in x are within a tenth of all rows.

    Rows of one x are all in or out. At the ends fewer rows are averaged, and the mean of x is as
    far inside as that of y, so that there is no bias of a straight line.

    Examples
    --------
    >>> find_running_mean(np.array([2.0, 0.0, 2.0, 1.0]), np.array([4.0, 1.0, 6.0, 3.0]))
    (array([0., 1., 2.]), array([1., 3., 5.]))
    """
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    reach = len(x) // 10
    _, first, count = np.unique(x, return_index=True, return_counts=True)
    start = np.maximum(first - reach, 0)
    end = np.minimum(first + count + reach, len(x))
    sums = [np.concatenate([[0.0], np.cumsum(each)]) for each in (x, y)]
    means = [(each[end] - each[start]) / (end - start) for each in sums]
    return means[0], means[1]


def _find_quantiles(y: FloatArray) -> FloatArray:
    """Normal quantiles of the ranks of values, ties in their order."""
    ranks = np.empty(len(y))
    ranks[np.argsort(y, kind="stable")] = np.arange(len(y))
    normal = NormalDist()
    return np.array([normal.inv_cdf((rank + 0.5) / len(y)) for rank in ranks])


def _draw_normal(axes: Axes, y: FloatArray, standard: bool) -> None:
    """Draw the line of normal residuals with its limits."""
    normal, shift, slope = NormalDist(), 0.0, 1.0
    if not standard:
        low, high = np.quantile(y, [0.25, 0.75])
        slope = float(high - low) / (2.0 * normal.inv_cdf(0.75))
        shift = float(low + high) / 2.0
    p = (np.arange(len(y)) + 0.5) / len(y)
    z = np.array([normal.inv_cdf(each) for each in p])
    density = np.array([normal.pdf(each) for each in z])
    reach = 1.96 * np.sqrt(p * (1.0 - p) / len(y)) / density
    line = shift + slope * z
    axes.plot(z, line, color=INK, lw=1.0, zorder=3)
    band: dict[str, Any] = {"color": GRAY, "alpha": 0.25, "linewidth": 0, "zorder": 1}
    axes.fill_between(z, line - slope * reach, line + slope * reach, **band)
