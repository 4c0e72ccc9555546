"""Text of a picture: its size, and names that are shortened in the middle to fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .canvas import Text

MIN_FONT_SIZE = 5.0  # points of the smallest text that is written
LETTER_WIDTH = 0.56  # mean width of a letter, as a multiple of the font size


def get_font_size(text: Text) -> float:
    """Font size of a text in points."""
    return float(text.get_fontsize())


def shorten_text(text: Text, room: float) -> None:
    """Shorten a text in the middle until it is `room` pixels long, or has three letters left."""
    words = text.get_text()
    keep = len(words)
    while keep > 3:
        box = text.get_window_extent()
        length = max(box.width, box.height)
        if length <= room:
            return
        keep = max(min(keep - 1, int(keep * room / length)), 3)
        text.set_text(elide(words, keep))


def elide(words: str, most: int) -> str:
    """Replace letters in the middle by an ellipsis, as names often differ at their ends only.

    Examples
    --------
    >>> elide("measurement 12", 9), elide("x1", 9)
    ('meas…t 12', 'x1')
    """
    if len(words) <= most:
        return words
    tail = (most - 1) // 2
    return f"{words[: most - 1 - tail].rstrip()}…{words[len(words) - tail :]}"
