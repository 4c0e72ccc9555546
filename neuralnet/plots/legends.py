"""Legends: at the top of the Axes or beside them, sized and shortened to fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import visible
from .panels import Panel
from .text import MIN_FONT_SIZE, shorten_text

if TYPE_CHECKING:
    from .canvas import Axes, Legend


def write_legend(axes: Axes, handles: Sequence[Any], names: Sequence[str], **where: Any) -> Legend:
    """Add a frameless legend that shows every name literally.

    matplotlib by itself leaves out names that begin with an underscore, takes dollars for math and
    warns of control characters.
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
    """Write a legend at the top of the Axes, in the first of four layouts that is narrow enough.

    They are: one row, smaller letters, one column, and short names.

    Returns
    -------
    float
        Height of the legend as a share of that of the Axes.
    """
    frame, size = axes.get_window_extent(), panel.scale_text(8.0)
    width = panel.share * frame.width
    style: dict[str, Any] = {"loc": "upper center", "handlelength": 1.6, "columnspacing": 1.2}
    smaller = max(0.75 * size, MIN_FONT_SIZE)
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
    """Write a legend to the right of the Axes, at most as high as these and 40 % as wide.

    If there is no room for all names, the first are written, and the others counted.
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
    shorten_text(legend.get_title(), room)
    for text in legend.get_texts():
        shorten_text(text, room - 2.0 * letter)
