"""The network diagram: a column of nodes per layer, an edge per weight.

It sees weight matrices and names, and does not know how they were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neuralnet.messages import visible
from neuralnet.plots.canvas import (
    BLUE,
    INK,
    ORANGE,
    FloatArray,
    measure_axes,
    open_axes,
    write_legend,
)
from neuralnet.plots.columns import Column, place_columns, split_skip

if TYPE_CHECKING:
    from neuralnet.plots.canvas import Annotation, Axes

HEADING_HEIGHT, LEGEND_HEIGHT = 16.0, 24.0  # points, kept free above and below the nodes
ARC_DEPTH = 2.0  # how far the edges that skip the hidden layers dip below the lowest node


def plot_network(
    weights: Sequence[npt.ArrayLike],
    input_names: Sequence[str],
    output_names: Sequence[str],
    *,
    skip: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the network: inputs, hidden layers and outputs, and the weights between them.

    Positive weights are blue and solid, negative ones orange and dashed; width and strength of
    an edge are |weight| as a share of the largest in its matrix. A weight of 0 has no edge. Gray
    squares are biases. Of more than 15 nodes in a layer the first and last six are drawn, and
    the others counted.

    Parameters
    ----------
    weights : sequence of matrices
        The first (D, H1), its rows named by `input_names`; later ones (fan_in + 1, fan_out) with
        the bias in row 0; with `skip` the last has the inputs, without the intercept, below.
    input_names : D names
        ``"Intercept"`` comes first if the model has one: it is the bias of the inputs.
    output_names : K names
    skip : bool
        Whether inputs are also joined to the outputs; drawn as arcs below the hidden layers.
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
    names = ([visible(name) for name in some] for some in (input_names, output_names))
    columns = place_columns(matrices, *names)
    top = max(max(column.heights.values()) for column in columns)
    axes = open_axes(ax, _choose_size(columns, 2 * top + ARC_DEPTH * skip))
    slot = _frame(axes, top, -top - ARC_DEPTH * skip)
    largest = [float(np.abs(np.asarray(matrix)).max()) for matrix in weights]
    for k, (source, target) in enumerate(pairwise(columns)):
        _draw_edges(axes, matrices[k], source, target, largest[k])
    if skip:
        _draw_edges(axes, direct, columns[0], columns[-1], largest[-1], floor=-top - ARC_DEPTH)
    diameter = float(np.clip(0.62 * slot, 3, 20))
    for column in columns:
        _draw_nodes(axes, column, diameter)
    _name_ends(axes, columns[0], columns[-1], diameter)
    _write_headings(axes, columns, top + 0.6)
    _explain_colors(axes)
    return axes


def _choose_size(columns: Sequence[Column], height: float) -> tuple[float, float]:
    """Inches of a new figure: 0.46 a node upwards, 1.9 a layer across, and room for names."""
    letters = sum(max(map(len, column.names)) for column in (columns[0], columns[-1]))
    return 1.9 * (len(columns) - 1) + 0.09 * letters + 1, max(0.46 * (height + 1.2) + 0.6, 2.6)


def _frame(axes: Axes, top: float, bottom: float) -> float:
    """Set the vertical limits; return the points from node to node."""
    axes.set_axis_off()
    free = measure_axes(axes)[1] - HEADING_HEIGHT - LEGEND_HEIGHT
    slot = max(free, 1.0) / (top - bottom + 1.2)
    axes.set_ylim(bottom - 0.6 - LEGEND_HEIGHT / slot, top + 0.6 + HEADING_HEIGHT / slot)
    return slot


def _draw_edges(
    axes: Axes,
    matrix: FloatArray,
    source: Column,
    target: Column,
    largest: float,
    floor: float | None = None,
) -> None:
    """Draw an edge per weight, the strongest on top; with a `floor`, arcs that reach down to it."""
    along = np.linspace(0, 1, 2 if floor is None else 40)
    for row, start in source.heights.items():
        for node, end in target.heights.items():
            weight = 0.0 if target.bias and node == 0 else matrix[row, node - target.bias]
            if weight == 0:
                continue
            share = abs(weight) / largest
            y = (1 - along) * start + along * end
            if floor is not None:  # higher ends keep to higher arcs, so that these do not cross
                middle, top = (start + end) / 2, -floor - ARC_DEPTH
                lowest = floor + 0.6 * ARC_DEPTH * (middle + top) / (2 * top)
                y = y - (1 - (2 * along - 1) ** 4) * (middle - lowest)
            x = source.x + along * (target.x - source.x)
            (edge,) = axes.plot(x, y, zorder=1 + share, **_style_sign(weight))
            edge.set(linewidth=0.5 + 2.5 * share, alpha=0.35 + 0.65 * share)


def _style_sign(weight: float) -> dict[str, Any]:
    """Blue and solid for positive, orange and dashed for negative: two signs for a printer."""
    if weight > 0:
        return {"color": BLUE, "linestyle": "-"}
    return {"color": ORANGE, "linestyle": (0, (4, 1))}


def _draw_nodes(axes: Axes, column: Column, diameter: float) -> None:
    """Draw nodes as discs, the bias as a gray square with a 1, and count those left out."""
    inside: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    size = diameter * min(0.42, 1.35 / len(column.names[-1]))
    for node, height in column.heights.items():
        bias = column.bias and node == 0
        marker, color = ("s", "#D9D9D9") if bias else ("o", "white")
        area = (0.8 * diameter if bias else diameter) ** 2
        style: dict[str, Any] = {"edgecolors": INK, "linewidths": 1, "zorder": 3}
        axes.scatter(column.x, height, s=area, marker=marker, color=color, **style)
        if bias:
            axes.text(column.x, height, "1", fontsize=0.42 * diameter, **inside)
        elif column.heading.startswith("hidden"):
            axes.text(column.x, height, column.names[node], fontsize=size, **inside)
    if column.gap is not None:
        more = f"⋮\n{len(column.names) - len(column.heights)} more"
        paper = {"facecolor": axes.figure.get_facecolor(), "edgecolor": "none", "pad": 1}
        axes.text(column.x, column.gap, more, bbox=paper, fontsize=0.55 * diameter, **inside)


def _name_ends(axes: Axes, first: Column, last: Column, diameter: float) -> None:
    """Write the names of inputs and outputs, and widen the limits until they fit."""
    offset, size = diameter / 2 + 4, min(10.0, 0.7 * diameter)
    labels = [
        _write_names(axes, first, size, -offset, "right"),
        _write_names(axes, last, size, offset, "left"),
    ]
    points = 72 / axes.figure.dpi
    widths = [max(label.get_window_extent().width for label in side) * points for side in labels]
    width = measure_axes(axes)[0]
    # Names may take two thirds of the width; where they are longer, all are written smaller.
    shrink = min(1.0, (0.67 * width - 2 * offset) / sum(widths))
    for label in [*labels[0], *labels[1]]:
        label.set_fontsize(max(size * shrink, 1.0))
    left, right = (max(shrink * name + offset, 24.0) + 4 for name in widths)
    unit = max(width - left - right, 1.0) / (last.x - first.x)
    axes.set_xlim(first.x - left / unit, last.x + right / unit)


def _write_names(
    axes: Axes, column: Column, size: float, offset: float, align: str
) -> list[Annotation]:
    style: dict[str, Any] = {"ha": align, "va": "center", "fontsize": size, "parse_math": False}
    return [
        axes.annotate(
            column.names[node],
            (column.x, height),
            (offset, 0),
            textcoords="offset points",
            **style,
        )
        for node, height in column.heights.items()
    ]


def _write_headings(axes: Axes, columns: Sequence[Column], height: float) -> None:
    low, high = axes.get_xlim()
    room = measure_axes(axes)[0] / (high - low)
    letters = max(len(left.heading + right.heading) for left, right in pairwise(columns)) / 2
    size = min(9.0, room / (0.6 * letters + 0.5))
    for column in columns:
        axes.text(column.x, height, column.heading, ha="center", fontsize=size, color=INK)


def _explain_colors(axes: Axes) -> None:
    handles = [axes.plot([], [], lw=2.5, **_style_sign(sign))[0] for sign in (-1, 1)]
    names = ["negative weight", "positive weight"]
    size = min(8.5, measure_axes(axes)[0] / 27)  # the legend is 26 letters m wide
    write_legend(axes, handles, names, loc="lower center", ncols=2, fontsize=size)
    for handle in handles:
        handle.remove()  # the legend has its own copies, so every line left is an edge
