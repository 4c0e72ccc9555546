"""Tick labels that are names: of levels and of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import visible
from .panels import Panel
from .text import MIN_FONT_SIZE, get_font_size, shorten_text

if TYPE_CHECKING:
    from .canvas import Axes

SLANT_DEGREES = 40.0


def write_tick_labels(
    panel: Panel, axes: Axes, names: Sequence[str], direction: str, offset: float = 0.0
) -> None:
    """Label the positions ``0 + offset, 1 + offset, ...`` of the ``"x"`` or ``"y"`` axis.

    Long names are shortened in the middle. Names that would overlap along x are written smaller,
    else slanted, and if that is not enough, only every second or third of them is written.
    """
    axis, side = (axes.xaxis, 0) if direction == "x" else (axes.yaxis, 1)
    places = np.arange(len(names)) + offset
    shown = [visible(name) for name in names]
    size = get_font_size(axis.label)
    axis.set_tick_params(labelsize=size)
    axis.set_ticks(places, shown, parse_math=False)
    labels = axis.get_ticklabels()
    for label in labels:
        label.set(rotation=0, rotation_mode="default")
        label.set_horizontalalignment("center" if side == 0 else "right")
    boxes = [label.get_window_extent() for label in labels]
    room = panel.measure(axes)[side] * panel.dpi / 72 / len(names)
    smaller = size * min(1.0, 0.9 * room / max(box.width for box in boxes))
    if side == 0 and smaller >= max(0.75 * size, MIN_FONT_SIZE):
        axis.set_tick_params(labelsize=smaller)
        return
    slope = float(np.sin(np.radians(SLANT_DEGREES))) if side == 0 else 1.0
    for label in labels:
        shorten_text(label, 0.5 * panel.scale * panel.size[1 - side] / slope)
    height = 1.1 * max(box.height for box in boxes) / slope  # along the axis
    step = int(np.ceil(height / room - 1e-9))
    axis.set_ticks(places[::step], [label.get_text() for label in labels][::step], parse_math=False)
    if side == 0:
        for label in axis.get_ticklabels():
            label.set(rotation=SLANT_DEGREES, horizontalalignment="right", rotation_mode="anchor")
