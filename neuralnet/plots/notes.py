"""Note below a picture: how to read it, and where the other predictors are held."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import visible
from .canvas import INK
from .panels import Panel
from .text import LETTER_WIDTH, elide

if TYPE_CHECKING:
    from .canvas import Axes


def write_note(panel: Panel, axes: Axes, held: Mapping[str, object], lead: str = "") -> None:
    """Write ``lead; others at a = 1, b = 2, 3 more`` below the title of the x axis.

    The note has at most two lines, nearly as wide as the panel: the first values are written, and
    the others counted.
    """
    if not held and not lead:
        return
    size = panel.scale_text(8.0)
    letters = max(int(0.9 * panel.size[0] / (LETTER_WIDTH * size * panel.dpi / 72)), 24)
    parts = [_format_value(name, value, letters - 10) for name, value in held.items()]
    lines = wrap(lead, letters)
    for shown in range(len(parts), 0, -1):
        more = [f"{len(parts) - shown} more"] if shown < len(parts) else []
        others = f"others at {', '.join([*parts[:shown], *more])}"
        lines = wrap("; ".join([lead, others] if lead else [others]), letters)
        if len(lines) <= 2:
            break
    style: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": size, "color": INK}
    style |= {"annotation_clip": False, "parse_math": False, "textcoords": "offset points"}
    words = "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")
    axes.annotate(words, (0.5, 0.0), (0.0, -2.0), xycoords=axes.xaxis.label, **style)


def _format_value(name: str, value: object, most: int) -> str:
    """Format as ``Petal.Width = 1.199``, with non-breaking spaces."""
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        shown = _format_number(float(value))
    else:
        shown = visible(value)
    shown = elide(shown, most - 6)
    text = f"{elide(visible(name), most - len(shown) - 3)} = {shown}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _format_number(value: float) -> str:
    """Four digits, and all those before the point where these are up to six.

    Examples
    --------
    >>> _format_number(1.19933), _format_number(11796.15), _format_number(2.5e7)
    ('1.199', '11796', '2.5e+07')
    """
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.4g}"
