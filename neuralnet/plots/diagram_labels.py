"""Text of the network diagram: names of inputs and outputs, headings, counts and legend."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from .canvas import BLUE, INK, ORANGE
from .diagram_layout import NodeColumn
from .legends import write_legend
from .panels import Panel
from .text import LETTER_WIDTH, MIN_FONT_SIZE, shorten_text

if TYPE_CHECKING:
    from .canvas import Annotation, Axes

LINE_HEIGHT = 1.2  # from line to line of text, as a multiple of the font size


def style_sign(weight: float) -> dict[str, Any]:
    """Style of an edge: blue and solid if positive, orange and dashed if negative."""
    if weight > 0:
        return {"color": BLUE, "linestyle": "-"}
    return {"color": ORANGE, "linestyle": (0, (4, 1))}


def count_hidden_units(axes: Axes, column: NodeColumn, size: float) -> None:
    """Write the number of hidden units left out, in their place."""
    if column.gap is None:
        return
    left = len(column.names) - len(column.heights)
    style: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
    paper = {"facecolor": axes.figure.get_facecolor(), "edgecolor": "none", "pad": 1}
    axes.text(column.x, column.gap, f"+{left}", bbox=paper, fontsize=size, **style)


def write_end_names(
    panel: Panel, axes: Axes, first: NodeColumn, last: NodeColumn, radius: float, size: float
) -> float:
    """Write the names of inputs and outputs, and widen the limits until they fit.

    Returns
    -------
    float
        Distance between layers in points.
    """
    offset = radius + 4 * panel.scale
    sides = [
        _write_names(axes, first, size, -offset, "right"),
        _write_names(axes, last, size, offset, "left"),
    ]
    width = float(panel.measure(axes)[0])
    # Names may take 60 % of the width; longer ones are written smaller, then shortened.
    room = 0.6 * width - 2 * offset
    smaller = max(size * min(1.0, room / sum(_measure_names(panel, sides))), MIN_FONT_SIZE)
    for label in [*sides[0], *sides[1]]:
        label.set_fontsize(smaller)
    widths = _measure_names(panel, sides)
    for side, other in ((0, 1), (1, 0)):
        most = max(room - widths[other], room / 2) * panel.dpi / 72
        for label in sides[side]:
            shorten_text(label, most)
    margin = 24.0 * panel.scale
    left, right = (max(w + offset, margin) + 4 for w in _measure_names(panel, sides))
    unit = max(width - left - right, 1.0) / (last.x - first.x)
    axes.set_xlim(first.x - left / unit, last.x + right / unit)
    return unit


def _measure_names(panel: Panel, sides: Sequence[Sequence[Annotation]]) -> list[float]:
    """Width in points of the longest name on either side."""
    widest = [max(label.get_window_extent().width for label in side) for side in sides]
    return [width * 72 / panel.dpi for width in widest]


def _write_names(
    axes: Axes, column: NodeColumn, size: float, offset: float, align: str
) -> list[Annotation]:
    """Write a name beside each node, and the number of nodes left out in their place."""
    style: dict[str, Any] = {
        "ha": align,
        "va": "center",
        "fontsize": size,
        "parse_math": False,
    }
    names = [(column.names[node], height) for node, height in column.heights.items()]
    if column.gap is not None:
        names.append((f"+{len(column.names) - len(column.heights)}", column.gap))
        dots: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
        axes.text(column.x, column.gap, "⋮", fontsize=size, **dots)
    return [
        axes.annotate(name, (column.x, height), (offset, 0), textcoords="offset points", **style)
        for name, height in names
    ]


def write_headings(
    panel: Panel, axes: Axes, columns: Sequence[NodeColumn], height: float, room: float
) -> None:
    """Write the headings of the layers, in full or in short, where there is room."""
    for word in ("hidden layer", "hidden"):
        headings = [column.heading.replace("hidden layer", word) for column in columns]
        letters = max(len(left + right) for left, right in pairwise(headings)) / 2
        size = min(panel.scale_text(9.0), room / (0.6 * letters + 0.5))
        if size >= MIN_FONT_SIZE:
            for column, heading in zip(columns, headings, strict=True):
                axes.text(column.x, height, heading, ha="center", fontsize=size, color=INK)
            return


def write_line_legend(panel: Panel, axes: Axes, caption: str) -> float:
    """Write a legend of widths and colors below the nodes; return its height in points."""
    scale, size = panel.scale, panel.scale_text(8.5)
    width, height = panel.measure(axes).tolist()
    handles = [axes.plot([], [], lw=2.5 * scale, **style_sign(sign))[0] for sign in (-1, 1)]
    style: dict[str, Any] = {"fontsize": size, "title_fontsize": size, "borderaxespad": 0.2}
    style |= {"title": " ", "loc": "lower center", "labelspacing": 0.3, "columnspacing": 1.5}
    legend = write_legend(axes, handles, ["negative", "positive"], ncols=2, **style)
    lines = wrap(caption, max(int(width / (LETTER_WIDTH * size)), 10))
    legend.get_title().set(text="\n".join(lines), multialignment="center")
    for handle in handles:
        handle.remove()  # the legend has copies; every line of the Axes is then an edge
    taken = legend.get_window_extent().y1 - axes.get_window_extent().y0
    return float(min(taken * 72 / panel.dpi, 0.6 * height))
