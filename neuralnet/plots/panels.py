"""The room of a picture: its part of the figure, and text that is sized and cut to fit in there.

It knows neither networks nor any one picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .canvas import FloatArray

if TYPE_CHECKING:
    from .canvas import Axes, Text

SMALLEST = 5.0  # points of the smallest text that is written
USUAL = 3.6, 2.7  # inches from which on nothing is drawn smaller than usual
PAD = 4.0  # points that stay free at the edge of a panel, as text is wider at some resolutions


@dataclass(frozen=True)
class Panel:
    """The part of a figure that one picture may fill.

    Attributes
    ----------
    box : (4,) array
        Left, lower, right and upper edge in pixels. Panels of a grid meet halfway between their
        Axes; Axes outside a grid have the whole figure.
    dpi : float
        Pixels per inch.
    scale : float
        By how much lines and markers are smaller than usual, at most 1; equal in panels of equal
        Axes, whether at the edge of the figure or not.
    share : float
        Of the size that Axes have now, what is counted on: a layout engine takes some of it for
        panels that are drawn later.
    """

    box: FloatArray
    dpi: float
    scale: float
    share: float

    @property
    def size(self) -> FloatArray:
        """Width and height in pixels."""
        return self.box[2:] - self.box[:2]

    @property
    def pad(self) -> float:
        """Pixels that stay free at its edge."""
        return PAD * self.dpi / 72

    def measure(self, axes: Axes) -> FloatArray:
        """Width and height, in points (1/72 inch), that Axes may count on."""
        return np.asarray(axes.get_window_extent().size) * (self.share * 72 / self.dpi)

    def scale_text(self, points: float) -> float:
        """Size of text that usually has so many points."""
        return max(self.scale * points, min(SMALLEST, points))


def find_panel(axes: Axes) -> Panel:
    """Find the part of the figure that belongs to `axes`, before a color bar takes some of it."""
    figure, spec = axes.figure, axes.get_subplotspec()
    shares, part = np.array([0.0, 0.0, 1.0, 1.0]), np.ones(2)
    if spec is not None:
        spec = spec.get_topmost_subplotspec()
        grid: Any = spec.get_gridspec()
        bottoms, tops, lefts, rights = grid.get_grid_positions(figure)
        rows, columns = spec.rowspan, spec.colspan
        widths, heights = rights - lefts, tops - bottoms
        spans = widths[columns.start : columns.stop], heights[rows.start : rows.stop]
        part = np.array([spans[0].sum() / widths.sum(), spans[1].sum() / heights.sum()])
        if columns.start > 0:
            shares[0] = (rights[columns.start - 1] + lefts[columns.start]) / 2
        if rows.stop < len(bottoms):
            shares[1] = (bottoms[rows.stop - 1] + tops[rows.stop]) / 2
        if columns.stop < len(lefts):
            shares[2] = (rights[columns.stop - 1] + lefts[columns.stop]) / 2
        if rows.start > 0:
            shares[3] = (bottoms[rows.start - 1] + tops[rows.start]) / 2
    x0, y0, x1, y1 = figure.bbox.extents
    origin, size = np.array([x0, y0, x0, y0]), np.array([x1 - x0, y1 - y0, x1 - x0, y1 - y0])
    dpi = float(figure.dpi)
    scale = float(np.minimum(part * size[2:] / dpi / np.array(USUAL), 1.0).min())
    alone = figure.get_layout_engine() is None or bool((part == 1).all())
    return Panel(origin + shares * size, dpi, scale, 1.0 if alone else 0.8)


def fill_sideways(panel: Panel, axes: Axes) -> None:
    """Widen Axes without ticks to all of a small panel, but for the room of a title above.

    A figure with a layout engine is left alone.
    """
    figure, place = axes.figure, axes.get_position(original=True)
    if figure.get_layout_engine() is not None or panel.scale == 1:
        return
    x0, y0, x1, y1 = figure.bbox.extents
    origin, size = np.array([x0, y0]), np.array([x1 - x0, y1 - y0])
    left, lower = (panel.box[:2] + panel.pad - origin) / size
    right = (panel.box[2] - panel.pad - x0) / size[0]
    axes.set_position((left, lower, right - left, place.y1 - lower))
    axes.set_in_layout(True)  # set_position took it out of a later tight_layout()


def _shrink_text(panel: Panel, axes: Axes) -> None:
    """Write titles and ticks of the axes smaller in a small panel."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_fontsize("medium")  # what was shrunk before is not shrunk again
        size, short = panel.scale_text(font_size(axis.label)), 3.5 * panel.scale
        axis.label.set_fontsize(size)
        axis.get_offset_text().set_fontsize(size)
        axis.labelpad = 4 * panel.scale
        axis.set_tick_params(labelsize=size, length=short, pad=short)


def font_size(text: Text) -> float:
    """Points of a text."""
    return float(text.get_fontsize())


def cut_text(text: Text, room: float) -> None:
    """Leave out letters in the middle until the text is `room` pixels long, or has three left."""
    words = text.get_text()
    keep = len(words)
    while keep > 3:
        box = text.get_window_extent()
        length = max(box.width, box.height)
        if length <= room:
            return
        keep = max(min(keep - 1, int(keep * room / length)), 3)
        text.set_text(cut_middle(words, keep))


def cut_middle(words: str, most: int) -> str:
    """Leave out letters in the middle, as ends tell names apart.

    Examples
    --------
    >>> cut_middle("measurement 12", 9), cut_middle("x1", 9)
    ('meas…t 12', 'x1')
    """
    if len(words) <= most:
        return words
    tail = (most - 1) // 2
    return f"{words[: most - 1 - tail].rstrip()}…{words[len(words) - tail :]}"


def fit_inside(panel: Panel, *family: Axes) -> None:
    """Draw a family of Axes in until their labels and legends lie inside their panel.

    The layout engine of a figure, such as ``plt.subplots(layout="constrained")`` gives it, does
    that by itself, and is asked to.
    """
    figure = family[0].figure
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure.canvas.figure)
        return
    drawn = [axes.get_tightbbox() for axes in family]
    extents = np.array([box.extents for box in drawn if box is not None])  # x0, y0, x1, y1
    if len(extents) == 0:
        return
    x0, y0, x1, y1 = figure.bbox.extents
    size = np.array([x1 - x0, y1 - y0])
    lower = np.maximum(panel.box[:2] + panel.pad - extents[:, :2].min(axis=0), 0) / size
    upper = np.maximum(extents[:, 2:].max(axis=0) + panel.pad - panel.box[2:], 0) / size
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


def settle(panel: Panel, *family: Axes, write: Callable[[], None] | None = None) -> None:
    """Fit a family of Axes into their panel, with labels that do not run into each other.

    `write` writes what depends on their size. It is called again after each fit, as the room that
    it takes and the room that is left depend on each other.
    """
    titles = [(axes, axes.get_xlabel(), axes.get_ylabel()) for axes in family]
    if panel.scale < 1:
        for axes in family:
            _shrink_text(panel, axes)
    for _ in range(3):
        if write is not None:
            write()
        for axes, x_title, y_title in titles:
            # The title of y ends where that of x begins.
            beyond = 4 * font_size(axes.yaxis.label) if panel.share == 1 else 0.0
            room = panel.measure(axes)[1] + beyond
            axes.xaxis.label.set_text(x_title)
            axes.yaxis.label.set_text(y_title)
            cut_text(axes.xaxis.label, 0.8 * panel.size[0])
            cut_text(axes.yaxis.label, min(room * panel.dpi / 72, 0.9 * panel.size[1]))
            _thin_ticks(axes)
        fit_inside(panel, *family)
    for axes in family:
        _thin_ticks(axes)


def _thin_ticks(axes: Axes) -> None:
    """Take fewer ticks along linear axes until the numbers do not run into each other."""
    for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1)):
        locator: Any = axis.get_major_locator()
        if not hasattr(locator, "default_params"):  # a MaxNLocator has them
            continue
        space = 0.3 * font_size(axis.label) * axes.figure.dpi / 72 * (side == 0)
        for most in (8, 6, 5, 4, 3, 2, 1):
            low, high = sorted(axis.get_view_interval())
            labels = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False)
            boxes = [
                label.get_window_extent()
                for place, label in labels
                if low <= place <= high and label.get_text()
            ]
            starts = np.sort([box.min[side] for box in boxes])
            ends = np.sort([box.max[side] for box in boxes])
            if (starts[1:] - ends[:-1] >= space).all():
                break
            locator.set_params(nbins=most)


def leave_room(axes: Axes, share: float) -> None:
    """Raise the upper limit until the highest `share` of the Axes is free for the legend."""
    transform = axes.yaxis.get_transform()
    low, high = transform.transform(np.array(axes.get_ylim()))
    top = low + (high - low) / (1 - min(share, 0.6))
    axes.set_ylim(top=float(transform.inverted().transform(np.array([top]))[0]))
