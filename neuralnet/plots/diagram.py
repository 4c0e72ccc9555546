"""Network diagram: a column of nodes for each layer, an edge for each weight.

Sees matrices of weights and names; does not know how the weights were fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import visible
from .canvas import INK, FloatArray, open_axes
from .diagram_labels import (
    LINE_HEIGHT,
    count_hidden_units,
    style_sign,
    write_end_names,
    write_headings,
    write_line_legend,
)
from .diagram_layout import MAX_NODES, NodeColumn, lay_out_columns, split_skip_weights
from .panels import Panel, fill_width, find_panel
from .text import MIN_FONT_SIZE

if TYPE_CHECKING:
    from .canvas import Axes

HEADING_HEIGHT = 16.0  # points of margin above the nodes
MIN_NODE_FONT_SIZE = 4.0  # points
ARC_DEPTH = 2.0  # how far the edges that skip the hidden layers dip below the lowest node


def plot_network(
    weights: Sequence[npt.ArrayLike],
    input_names: Sequence[str],
    output_names: Sequence[str],
    *,
    skip: bool = False,
    caption: str = "line widths: weights",
    ax: Axes | None = None,
) -> Axes:
    """Draw the network diagram: inputs, hidden layers and outputs, and the weights between them.

    Positive weights are blue and solid, negative ones orange and dashed. Width and opacity of an
    edge are |weight| as a share of the largest in its matrix. Gray squares are biases. They are not
    included in the largest: a bias beyond it has an edge of the same width. Their edges are pale
    and below all others. A weight of 0 has no edge. Of more than 15 nodes in a layer the first and
    last six are drawn, and the others counted; in small Axes fewer are drawn.

    Parameters
    ----------
    weights : sequence of matrices
        The first (D, H1), its rows named by `input_names`; later ones (fan_in + 1, fan_out) with
        the bias in row 0; with `skip` the last also has rows of the inputs, without the intercept,
        at its end. As widths are compared within a matrix, weights should be standardized: each
        times the standard deviation of what it multiplies.
    input_names : D names
        ``"Intercept"`` comes first if the model has one: it is the bias of the inputs.
    output_names : K names
    skip : bool
        True: inputs are also connected to the outputs, drawn as arcs below the hidden layers.
    caption : str
        Explanation of the widths, written above the legend.
    ax : matplotlib Axes or None
        Axes to draw on; None: those of a new figure.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the matrices do not fit each other or the names, or hold missing or infinite weights.
    ImportError
        If matplotlib is missing.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> weights = [[[0.5, -1.0], [2.0, 0.0]], [[0.1], [-3.0], [1.0]]]
    >>> ax = plot_network(weights, ["Intercept", "x"], ["y"], ax=Figure().add_subplot())
    >>> len(ax.lines)
    6
    """
    matrices, direct = split_skip_weights(weights, input_names, skip)
    inputs, outputs = ([*map(visible, names)] for names in (input_names, output_names))
    below = ARC_DEPTH * skip
    most = MAX_NODES if ax is None else _make_room(open_axes(ax), below)
    columns = lay_out_columns(matrices, inputs, outputs, most)
    top = max(max(column.heights.values()) for column in columns)
    axes = open_axes(ax, _choose_size(columns, 2 * top + below))
    panel = _find_panel(axes)
    slot = _frame(panel, axes, top, -top - below, write_line_legend(panel, axes, caption))
    scales = _find_scales(matrices, direct, columns)
    for k, (source, target) in enumerate(pairwise(columns)):
        _draw_edges(axes, matrices[k], source, target, scales[k], panel.scale)
    if skip:
        ends, floor = (columns[0], columns[-1]), -top - ARC_DEPTH
        _draw_edges(axes, direct, *ends, scales[-1], panel.scale, floor=floor)
    diameter = float(np.clip(0.62 * slot, 3, 20))
    for column in columns:
        _draw_nodes(axes, column, diameter, panel.scale)
    size = max(min(10.0, 0.7 * diameter), MIN_FONT_SIZE)
    room = write_end_names(panel, axes, columns[0], columns[-1], diameter / 2, size)
    for column in columns[1:-1]:
        count_hidden_units(axes, column, size)
    write_headings(panel, axes, columns, top + 0.6, room)
    return axes


def _choose_size(columns: Sequence[NodeColumn], height: float) -> tuple[float, float]:
    """Choose the size of a new figure in inches: 0.46 per node, 1.9 per layer, and the names."""
    letters = sum(max(map(len, column.names)) for column in (columns[0], columns[-1]))
    return 1.9 * (len(columns) - 1) + 0.09 * letters + 1, max(0.46 * (height + 1.2) + 0.8, 2.8)


def _find_panel(axes: Axes) -> Panel:
    """Find the panel; a layout engine takes nothing of it, as there are no ticks and titles."""
    return replace(find_panel(axes), share=1.0)


def _make_room(axes: Axes, below: float) -> int:
    """Widen small Axes; return the largest number of nodes in a column, a line of text for each."""
    panel = _find_panel(axes)
    fill_width(panel, axes)
    height = panel.measure(axes)[1]
    words = HEADING_HEIGHT * panel.scale + 3 * LINE_HEIGHT * panel.scale_text(8.5)
    lines = (height - words) / (LINE_HEIGHT * MIN_FONT_SIZE)
    return int(np.clip(lines - 2 - below, 3, MAX_NODES))  # one for a bias, one for both margins


def _frame(panel: Panel, axes: Axes, top: float, bottom: float, legend: float) -> float:
    """Set the vertical limits above a legend (height in points); return points between nodes."""
    axes.set_axis_off()
    heading = HEADING_HEIGHT * panel.scale
    free = float(panel.measure(axes)[1]) - heading - legend
    slot = max(free, 1.0) / (top - bottom + 1.2)
    axes.set_ylim(bottom - 0.6 - legend / slot, top + 0.6 + heading / slot)
    return slot


def _find_scales(
    matrices: Sequence[FloatArray], direct: FloatArray, columns: Sequence[NodeColumn]
) -> list[float]:
    """Find the largest weight of each matrix, of biases only where all others are 0."""
    scales = []
    for k, (matrix, column) in enumerate(zip(matrices, columns[:-1], strict=True)):
        weights = [matrix[int(column.bias) :].ravel()]
        if k == len(matrices) - 1:
            weights.append(direct.ravel())
        largest = float(np.abs(np.concatenate(weights)).max(initial=0.0))
        scales.append(largest or float(np.abs(matrix).max()))
    return scales


def _draw_edges(
    axes: Axes,
    matrix: FloatArray,
    source: NodeColumn,
    target: NodeColumn,
    largest: float,
    scale: float,
    floor: float | None = None,
) -> None:
    """Draw an edge for each weight, the largest on top; with a `floor`, arcs down to it."""
    along = np.linspace(0, 1, 2 if floor is None else 40)
    for row, start in source.heights.items():
        for node, end in target.heights.items():
            weight = 0.0 if target.bias and node == 0 else matrix[row, node - target.bias]
            if weight == 0:
                continue
            share = min(abs(weight) / largest, 1.0)
            # Biases are often large, and many: pale and below, they do not hide other edges.
            pale = source.bias and row == 0
            y = (1 - along) * start + along * end
            if floor is not None:  # higher ends have higher arcs, so that arcs do not cross
                middle, top = (start + end) / 2, -floor - ARC_DEPTH
                lowest = floor + 0.6 * ARC_DEPTH * (middle + top) / (2 * top)
                y = y - (1 - (2 * along - 1) ** 4) * (middle - lowest)
            x = source.x + along * (target.x - source.x)
            (edge,) = axes.plot(x, y, zorder=share if pale else 1 + share, **style_sign(weight))
            edge.set(linewidth=scale * (0.5 + 2.5 * share))
            edge.set(alpha=0.35 if pale else 0.35 + 0.65 * share)


def _draw_nodes(axes: Axes, column: NodeColumn, diameter: float, scale: float) -> None:
    """Draw nodes as circles, the bias as a gray square with a 1; small nodes without text."""
    inside: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    size = diameter * min(0.42, 1.35 / len(column.names[-1]))
    for node, height in column.heights.items():
        bias = column.bias and node == 0
        marker, color = ("s", "#D9D9D9") if bias else ("o", "white")
        area = (0.8 * diameter if bias else diameter) ** 2
        style: dict[str, Any] = {"edgecolors": INK, "linewidths": scale, "zorder": 3}
        axes.scatter(column.x, height, s=area, marker=marker, color=color, **style)
        if bias and 0.42 * diameter >= MIN_NODE_FONT_SIZE:
            axes.text(column.x, height, "1", fontsize=0.42 * diameter, **inside)
        elif not bias and column.heading.startswith("hidden") and size >= MIN_NODE_FONT_SIZE:
            axes.text(column.x, height, column.names[node], fontsize=size, **inside)
