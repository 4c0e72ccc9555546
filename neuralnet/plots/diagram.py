"""The network diagram: a column of nodes per layer, an edge per weight.

It sees weight matrices and names, and does not know how they were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import visible
from .canvas import BLUE, INK, ORANGE, FloatArray, open_axes
from .diagram_layout import MOST_NODES, Column, place_columns, split_skip
from .legends import LETTER, write_legend
from .panels import SMALLEST, Panel, cut_text, fill_sideways, find_panel

if TYPE_CHECKING:
    from .canvas import Annotation, Axes

HEADING_HEIGHT = 16.0  # points, kept free above the nodes
LEAST = 4.0  # points of the smallest text within a node
LINE = 1.2  # from line to line of text, as a multiple of its size
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
    """Draw the network: inputs, hidden layers and outputs, and the weights between them.

    Positive weights are blue and solid, negative ones orange and dashed; width and strength of
    an edge are |weight| as a share of the largest in its matrix. Gray squares are biases, which do
    not count for the largest: a bias beyond it has an edge of the same width. Their edges are pale
    and lie below all others. A weight of 0 has no edge. Of more than 15 nodes in a layer the first
    and last six are drawn, and the others counted; in small axes fewer are drawn.

    Parameters
    ----------
    weights : sequence of matrices
        The first (D, H1), its rows named by `input_names`; later ones (fan_in + 1, fan_out) with
        the bias in row 0; with `skip` the last has the inputs, without the intercept, below. As
        widths are compared within a matrix, weights should be standardized: each times the
        standard deviation of what it multiplies.
    input_names : D names
        ``"Intercept"`` comes first if the model has one: it is the bias of the inputs.
    output_names : K names
    skip : bool
        Whether inputs are also joined to the outputs; drawn as arcs below the hidden layers.
    caption : str
        What the widths are, written above the legend.
    ax : matplotlib Axes or None
        Where to draw; None makes a new figure.

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
    matrices, direct = split_skip(weights, input_names, skip)
    inputs, outputs = ([*map(visible, names)] for names in (input_names, output_names))
    below = ARC_DEPTH * skip
    most = MOST_NODES if ax is None else _make_room(open_axes(ax), below)
    columns = place_columns(matrices, inputs, outputs, most)
    top = max(max(column.heights.values()) for column in columns)
    axes = open_axes(ax, _choose_size(columns, 2 * top + below))
    panel = _find_panel(axes)
    slot = _frame(panel, axes, top, -top - below, _explain_lines(panel, axes, caption))
    scales = _find_scales(matrices, direct, columns)
    for k, (source, target) in enumerate(pairwise(columns)):
        _draw_edges(axes, matrices[k], source, target, scales[k], panel.scale)
    if skip:
        ends, floor = (columns[0], columns[-1]), -top - ARC_DEPTH
        _draw_edges(axes, direct, *ends, scales[-1], panel.scale, floor=floor)
    diameter = float(np.clip(0.62 * slot, 3, 20))
    for column in columns:
        _draw_nodes(axes, column, diameter, panel.scale)
    size = max(min(10.0, 0.7 * diameter), SMALLEST)
    room = _name_ends(panel, axes, columns[0], columns[-1], diameter / 2, size)
    for column in columns[1:-1]:
        _count_hidden(axes, column, size)
    _write_headings(panel, axes, columns, top + 0.6, room)
    return axes


def _choose_size(columns: Sequence[Column], height: float) -> tuple[float, float]:
    """Inches of a new figure: 0.46 a node upwards, 1.9 a layer across, and room for names."""
    letters = sum(max(map(len, column.names)) for column in (columns[0], columns[-1]))
    return 1.9 * (len(columns) - 1) + 0.09 * letters + 1, max(0.46 * (height + 1.2) + 0.8, 2.8)


def _find_panel(axes: Axes) -> Panel:
    """The panel, of which no layout engine takes anything, as there are no ticks and titles."""
    return replace(find_panel(axes), share=1.0)


def _make_room(axes: Axes, below: float) -> int:
    """Widen small axes; return how many nodes a layer may show, with a line for each name."""
    panel = _find_panel(axes)
    fill_sideways(panel, axes)
    height = panel.measure(axes)[1]
    words = HEADING_HEIGHT * panel.scale + 3 * LINE * panel.scale_text(8.5)
    lines = (height - words) / (LINE * SMALLEST)
    return int(np.clip(lines - 2 - below, 3, MOST_NODES))  # one for a bias, one for both margins


def _frame(panel: Panel, axes: Axes, top: float, bottom: float, legend: float) -> float:
    """Set the vertical limits above a legend of so many points; return those between nodes."""
    axes.set_axis_off()
    heading = HEADING_HEIGHT * panel.scale
    free = float(panel.measure(axes)[1]) - heading - legend
    slot = max(free, 1.0) / (top - bottom + 1.2)
    axes.set_ylim(bottom - 0.6 - legend / slot, top + 0.6 + heading / slot)
    return slot


def _find_scales(
    matrices: Sequence[FloatArray], direct: FloatArray, columns: Sequence[Column]
) -> list[float]:
    """The largest weight of each matrix, biases left out where there is anything else."""
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
    source: Column,
    target: Column,
    largest: float,
    scale: float,
    floor: float | None = None,
) -> None:
    """Draw an edge per weight, the strongest on top; with a `floor`, arcs that reach down to it."""
    along = np.linspace(0, 1, 2 if floor is None else 40)
    for row, start in source.heights.items():
        for node, end in target.heights.items():
            weight = 0.0 if target.bias and node == 0 else matrix[row, node - target.bias]
            if weight == 0:
                continue
            share = min(abs(weight) / largest, 1.0)
            # Biases are often large, and many: they lie below all other edges, and are pale.
            pale = source.bias and row == 0
            y = (1 - along) * start + along * end
            if floor is not None:  # higher ends keep to higher arcs, so that these do not cross
                middle, top = (start + end) / 2, -floor - ARC_DEPTH
                lowest = floor + 0.6 * ARC_DEPTH * (middle + top) / (2 * top)
                y = y - (1 - (2 * along - 1) ** 4) * (middle - lowest)
            x = source.x + along * (target.x - source.x)
            (edge,) = axes.plot(x, y, zorder=share if pale else 1 + share, **_style_sign(weight))
            edge.set(linewidth=scale * (0.5 + 2.5 * share))
            edge.set(alpha=0.35 if pale else 0.35 + 0.65 * share)


def _style_sign(weight: float) -> dict[str, Any]:
    """Blue and solid for positive, orange and dashed for negative: two signs for a printer."""
    if weight > 0:
        return {"color": BLUE, "linestyle": "-"}
    return {"color": ORANGE, "linestyle": (0, (4, 1))}


def _draw_nodes(axes: Axes, column: Column, diameter: float, scale: float) -> None:
    """Draw nodes as discs, the bias as a gray square with a 1; small ones have no text inside."""
    inside: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    size = diameter * min(0.42, 1.35 / len(column.names[-1]))
    for node, height in column.heights.items():
        bias = column.bias and node == 0
        marker, color = ("s", "#D9D9D9") if bias else ("o", "white")
        area = (0.8 * diameter if bias else diameter) ** 2
        style: dict[str, Any] = {"edgecolors": INK, "linewidths": scale, "zorder": 3}
        axes.scatter(column.x, height, s=area, marker=marker, color=color, **style)
        if bias and 0.42 * diameter >= LEAST:
            axes.text(column.x, height, "1", fontsize=0.42 * diameter, **inside)
        elif not bias and column.heading.startswith("hidden") and size >= LEAST:
            axes.text(column.x, height, column.names[node], fontsize=size, **inside)


def _count_hidden(axes: Axes, column: Column, size: float) -> None:
    """Count the hidden units left out, in their place."""
    if column.gap is None:
        return
    left = len(column.names) - len(column.heights)
    style: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    paper = {"facecolor": axes.figure.get_facecolor(), "edgecolor": "none", "pad": 1}
    axes.text(column.x, column.gap, f"+{left}", bbox=paper, fontsize=size, **style)


def _name_ends(
    panel: Panel, axes: Axes, first: Column, last: Column, radius: float, size: float
) -> float:
    """Write the names of inputs and outputs, and widen the limits until they fit.

    Returns
    -------
    float
        Points from layer to layer.
    """
    offset = radius + 4 * panel.scale
    sides = [
        _write_names(axes, first, size, -offset, "right"),
        _write_names(axes, last, size, offset, "left"),
    ]
    width = float(panel.measure(axes)[0])
    # Names may take 60 % of the width; longer ones are written smaller, and then cut.
    room = 0.6 * width - 2 * offset
    smaller = max(size * min(1.0, room / sum(_measure_names(panel, sides))), SMALLEST)
    for label in [*sides[0], *sides[1]]:
        label.set_fontsize(smaller)
    widths = _measure_names(panel, sides)
    for side, other in ((0, 1), (1, 0)):
        most = max(room - widths[other], room / 2) * panel.dpi / 72
        for label in sides[side]:
            cut_text(label, most)
    margin = 24.0 * panel.scale
    left, right = (max(w + offset, margin) + 4 for w in _measure_names(panel, sides))
    unit = max(width - left - right, 1.0) / (last.x - first.x)
    axes.set_xlim(first.x - left / unit, last.x + right / unit)
    return unit


def _measure_names(panel: Panel, sides: Sequence[Sequence[Annotation]]) -> list[float]:
    """Points of the longest name on either side."""
    widest = [max(label.get_window_extent().width for label in side) for side in sides]
    return [width * 72 / panel.dpi for width in widest]


def _write_names(
    axes: Axes, column: Column, size: float, offset: float, align: str
) -> list[Annotation]:
    """Write a name beside each node, and the number of nodes left out in their place."""
    style: dict[str, Any] = {"ha": align, "va": "center", "fontsize": size, "parse_math": False}
    names = [(column.names[node], height) for node, height in column.heights.items()]
    if column.gap is not None:
        names.append((f"+{len(column.names) - len(column.heights)}", column.gap))
        dots: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
        axes.text(column.x, column.gap, "⋮", fontsize=size, **dots)
    return [
        axes.annotate(name, (column.x, height), (offset, 0), textcoords="offset points", **style)
        for name, height in names
    ]


def _write_headings(
    panel: Panel, axes: Axes, columns: Sequence[Column], height: float, room: float
) -> None:
    """Write what the layers are, in full, in short, or not at all, as there is room."""
    for word in ("hidden layer", "hidden"):
        headings = [column.heading.replace("hidden layer", word) for column in columns]
        letters = max(len(left + right) for left, right in pairwise(headings)) / 2
        size = min(panel.scale_text(9.0), room / (0.6 * letters + 0.5))
        if size >= SMALLEST:
            for column, heading in zip(columns, headings, strict=True):
                axes.text(column.x, height, heading, ha="center", fontsize=size, color=INK)
            return


def _explain_lines(panel: Panel, axes: Axes, caption: str) -> float:
    """Write what widths and colors are below the nodes; return how many points that takes."""
    scale, size = panel.scale, panel.scale_text(8.5)
    width, height = panel.measure(axes).tolist()
    handles = [axes.plot([], [], lw=2.5 * scale, **_style_sign(sign))[0] for sign in (-1, 1)]
    style: dict[str, Any] = {"fontsize": size, "title_fontsize": size, "borderaxespad": 0.2}
    style |= {"title": " ", "loc": "lower center", "labelspacing": 0.3, "columnspacing": 1.5}
    legend = write_legend(axes, handles, ["negative", "positive"], ncols=2, **style)
    lines = wrap(caption, max(int(width / (LETTER * size)), 10))
    legend.get_title().set(text="\n".join(lines), multialignment="center")
    for handle in handles:
        handle.remove()  # the legend has its own copies, so every line left is an edge
    taken = legend.get_window_extent().y1 - axes.get_window_extent().y0
    return float(min(taken * 72 / panel.dpi, 0.6 * height))
