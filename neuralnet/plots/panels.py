"""Panels: the part of a figure that belongs to one picture, and the layout of Axes inside it.

Knows neither networks nor any single picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .canvas import FloatArray
from .text import MIN_FONT_SIZE, get_font_size, shorten_text

if TYPE_CHECKING:
    from .canvas import Axes

FULL_SIZE = 3.6, 2.7  # inches; in smaller panels lines, markers and text are scaled down
PAD = 4.0  # points of margin at the edge of a panel, as text is wider at some resolutions


@dataclass(frozen=True)
class Panel:
    """The part of a figure that belongs to one picture.

    Attributes
    ----------
    box : (4,) array
        Left, lower, right and upper edge in pixels. Panels of a grid meet halfway between their
        Axes; Axes outside a grid have the whole figure.
    dpi : float
        Pixels per inch.
    scale : float
        Factor of the sizes of lines and markers, at most 1; equal in panels of equal Axes, at the
        edge of the figure or not.
    share : float
        Share of the present size of Axes that can be relied on: a layout engine takes the rest for
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
        """Margin at its edge in pixels."""
        return PAD * self.dpi / 72

    def measure(self, axes: Axes) -> FloatArray:
        """Width and height of Axes in points (1/72 inch) that no layout engine takes."""
        return np.asarray(axes.get_window_extent().size) * (self.share * 72 / self.dpi)

    def scale_text(self, points: float) -> float:
        """Font size in this panel of text that has `points` in a large one."""
        return max(self.scale * points, min(MIN_FONT_SIZE, points))


def find_panel(axes: Axes) -> Panel:
    """Find the panel of `axes`, before a color bar takes some of it."""
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
    scale = float(np.minimum(part * size[2:] / dpi / np.array(FULL_SIZE), 1.0).min())
    alone = figure.get_layout_engine() is None or bool((part == 1).all())
    return Panel(origin + shares * size, dpi, scale, 1.0 if alone else 0.8)


def fill_width(panel: Panel, axes: Axes) -> None:
    """Widen Axes without ticks to the whole width of a small panel, below a title.

    A figure with a layout engine is not changed.
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
    """Scale down the axis titles and tick labels in a small panel."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_fontsize("medium")  # resets what a former picture scaled down
        size, short = panel.scale_text(get_font_size(axis.label)), 3.5 * panel.scale
        axis.label.set_fontsize(size)
        axis.get_offset_text().set_fontsize(size)
        axis.labelpad = 4 * panel.scale
        axis.set_tick_params(labelsize=size, length=short, pad=short)


def fit_inside(panel: Panel, *group: Axes) -> None:
    """Shrink Axes until their labels and legends are inside their panel.

    In a figure with a layout engine, as of ``plt.subplots(layout="constrained")``, the engine does
    that.
    """
    figure = group[0].figure
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure.canvas.figure)
        return
    drawn = [axes.get_tightbbox() for axes in group]
    extents = np.array([box.extents for box in drawn if box is not None])  # x0, y0, x1, y1
    if len(extents) == 0:
        return
    x0, y0, x1, y1 = figure.bbox.extents
    size = np.array([x1 - x0, y1 - y0])
    lower = np.maximum(panel.box[:2] + panel.pad - extents[:, :2].min(axis=0), 0) / size
    upper = np.maximum(extents[:, 2:].max(axis=0) + panel.pad - panel.box[2:], 0) / size
    places = [axes.get_position(original=True) for axes in group]
    start = np.min([place.min for place in places], axis=0)
    width: FloatArray = np.max([place.max for place in places], axis=0) - start
    scale = (width - lower - upper) / width
    if max(lower.max(), upper.max()) == 0 or scale.min() <= 0:
        return
    for axes, place in zip(group, places, strict=True):
        x, y = start + lower + scale * (place.min - start)
        axes.set_position((x, y, place.width * scale[0], place.height * scale[1]))
        axes.set_in_layout(True)  # set_position took it out of a later tight_layout()


def lay_out(panel: Panel, *group: Axes, write: Callable[[], None] | None = None) -> None:
    """Fit Axes into their panel, with labels that do not overlap.

    `write` writes the labels that depend on the size of the Axes. It is called again after each
    fit, as this size in turn depends on the labels.
    """
    titles = [(axes, axes.get_xlabel(), axes.get_ylabel()) for axes in group]
    if panel.scale < 1:
        for axes in group:
            _shrink_text(panel, axes)
    for _ in range(3):
        if write is not None:
            write()
        for axes, x_title, y_title in titles:
            axes.xaxis.label.set_text(x_title)
            axes.yaxis.label.set_text(y_title)
            shorten_text(axes.xaxis.label, 0.8 * panel.size[0])
            _shorten_y_title(panel, axes)
            _thin_ticks(axes)
        fit_inside(panel, *group)
    for axes in group:
        _shorten_y_title(panel, axes)  # The last fit may have moved the axis.
        _thin_ticks(axes)


def _shorten_y_title(panel: Panel, axes: Axes) -> None:
    """Shorten the title of y, which may be longer than its axis, down to the title of x.

    matplotlib leaves this length out of the tight bounding box, so that `fit_inside` does too.
    """
    beyond = 4 * get_font_size(axes.yaxis.label) if panel.share == 1 else 0.0
    room = (panel.measure(axes)[1] + beyond) * panel.dpi / 72
    middle = np.mean(axes.get_window_extent().intervaly)
    inside = 2 * min(middle - panel.box[1], panel.box[3] - middle)
    shorten_text(axes.yaxis.label, float(min(room, inside, 0.9 * panel.size[1])))


def _thin_ticks(axes: Axes) -> None:
    """Reduce the ticks of linear axes until their numbers do not overlap."""
    for axis, side in ((axes.xaxis, 0), (axes.yaxis, 1)):
        locator: Any = axis.get_major_locator()
        if not hasattr(locator, "default_params"):  # a MaxNLocator has them
            continue
        space = 0.3 * get_font_size(axis.label) * axes.figure.dpi / 72 * (side == 0)
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


def reserve_top(axes: Axes, share: float) -> None:
    """Raise the upper limit until the highest `share` of the Axes is free for the legend."""
    transform = axes.yaxis.get_transform()
    low, high = transform.transform(np.array(axes.get_ylim()))
    top = low + (high - low) / (1 - min(share, 0.6))
    axes.set_ylim(top=float(transform.inverted().transform(np.array([top]))[0]))
