"""What is written around a picture: ticks with names, legends and notes, as there is room.

It knows neither networks nor any one picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import visible
from .canvas import INK
from .panels import SMALLEST, Panel, cut_middle, cut_text, font_size

if TYPE_CHECKING:
    from .canvas import Axes, Legend

SLANT = 40.0  # degrees
LETTER = 0.56  # mean width of a letter, as a multiple of its size


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


def write_legend_above(
    panel: Panel, axes: Axes, handles: Sequence[Any], names: Sequence[str], short: Sequence[str]
) -> float:
    """Write a legend at the top: in one row, in smaller letters, in a column, in short names.

    The first of these is taken that is narrow enough.

    Returns
    -------
    float
        The share of the height of the Axes that it takes.
    """
    frame, size = axes.get_window_extent(), panel.scale_text(8.0)
    width = panel.share * frame.width
    style: dict[str, Any] = {"loc": "upper center", "handlelength": 1.6, "columnspacing": 1.2}
    smaller = max(0.75 * size, SMALLEST)
    tries = ((names, len(names), size), (names, len(names), smaller), (names, 1, size))
    for words, columns, points in (*tries, (short, 1, smaller)):
        legend = write_legend(axes, handles, words, ncols=columns, fontsize=points, **style)
        box = legend.get_window_extent()
        if box.width <= width:
            break
    return float((frame.y1 - box.y0) / frame.height)


def write_legend_beside(
    panel: Panel, axes: Axes, handles: Sequence[Any], names: Sequence[str], title: str
) -> None:
    """Write a legend to the right of the Axes, no higher than these and at most 40 % as wide.

    Where there is no room for all names, the first are written, and the others counted.
    """
    size = panel.scale_text(10.0)
    letter = size * panel.dpi / 72
    style: dict[str, Any] = {"fontsize": size, "title_fontsize": size, "handlelength": 1.0}
    style |= {"labelspacing": 0.3, "borderpad": 0.0, "handletextpad": 0.5, "borderaxespad": 0.5}
    most = max(int((panel.measure(axes)[1] / size - 1.0) / 1.6) - 1, 2)
    blank = axes.plot([], [], linestyle="none")
    if len(names) > most:
        handles = [*handles[: most - 1], *blank]
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    legend = write_legend(axes, handles, names, title=title, loc="upper left", **style)
    blank[0].remove()
    legend.set(bbox_to_anchor=(1.0, 1.0), alignment="left")
    room = 0.4 * panel.size[0]
    cut_text(legend.get_title(), room)
    for text in legend.get_texts():
        cut_text(text, room - 2.0 * letter)


def write_note(panel: Panel, axes: Axes, held: Mapping[str, object]) -> None:
    """Write ``others at a = 1, b = 2, 3 more`` below the title of the x axis.

    It has two lines at most, nearly as wide as the panel, for the first of what is held; the rest
    is counted.
    """
    if not held:
        return
    size = panel.scale_text(8.0)
    letters = max(int(0.9 * panel.size[0] / (LETTER * size * panel.dpi / 72)), 24)
    parts = [_say_value(name, value, letters - 10) for name, value in held.items()]
    for shown in range(len(parts), 0, -1):
        more = [f"{len(parts) - shown} more"] if shown < len(parts) else []
        lines = wrap(f"others at {', '.join([*parts[:shown], *more])}", letters)
        if len(lines) <= 2:
            break
    style: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": size, "color": INK}
    style |= {"annotation_clip": False, "parse_math": False, "textcoords": "offset points"}
    words = "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")
    axes.annotate(words, (0.5, 0.0), (0.0, -2.0), xycoords=axes.xaxis.label, **style)


def _say_value(name: str, value: object, most: int) -> str:
    """Such as ``Petal.Width = 1.199``, with spaces at which no line is broken."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    shown = cut_middle(f"{value:.4g}" if number else visible(value), most - 6)
    said = f"{cut_middle(visible(name), most - len(shown) - 3)} = {shown}"
    return said.replace(" ", "\N{NO-BREAK SPACE}")


def write_ticks(
    panel: Panel, axes: Axes, names: Sequence[str], direction: str, offset: float = 0.0
) -> None:
    """Name the places ``0 + offset, 1 + offset, ...`` of the ``"x"`` or ``"y"`` axis.

    Long names are cut in the middle. Names that would run into each other along x are written
    smaller, else slanted, and where that does not help either, only every second or third of
    them is written.
    """
    axis, side = (axes.xaxis, 0) if direction == "x" else (axes.yaxis, 1)
    places = np.arange(len(names)) + offset
    shown = [visible(name) for name in names]
    size = font_size(axis.label)
    axis.set_tick_params(labelsize=size)
    axis.set_ticks(places, shown, parse_math=False)
    labels = axis.get_ticklabels()
    for label in labels:
        label.set(rotation=0, rotation_mode="default")
        label.set_horizontalalignment("center" if side == 0 else "right")
    boxes = [label.get_window_extent() for label in labels]
    room = panel.measure(axes)[side] * panel.dpi / 72 / len(names)
    smaller = size * min(1.0, 0.9 * room / max(box.width for box in boxes))
    if side == 0 and smaller >= max(0.75 * size, SMALLEST):
        axis.set_tick_params(labelsize=smaller)
        return
    slope = float(np.sin(np.radians(SLANT))) if side == 0 else 1.0
    for label in labels:
        cut_text(label, 0.5 * panel.scale * panel.size[1 - side] / slope)
    height = 1.1 * max(box.height for box in boxes) / slope  # along the axis
    step = int(np.ceil(height / room - 1e-9))
    axis.set_ticks(places[::step], [label.get_text() for label in labels][::step], parse_math=False)
    if side == 0:
        for label in axis.get_ticklabels():
            label.set(rotation=SLANT, horizontalalignment="right", rotation_mode="anchor")
