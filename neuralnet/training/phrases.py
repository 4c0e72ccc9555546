"""Phrases of messages: lists of names, and values as they are typed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import cut, pluralize, shorten
from ..model import Model

# Columns or levels that a message names.
MOST_NAMES = 5


def join_words(parts: Sequence[str], word: str) -> str:
    """Join words as ``a, b or c``."""
    *most, last = parts or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


def join_columns(model: Model, columns: Sequence[int]) -> str:
    """Join the names of columns of X, up to MOST_NAMES of them."""
    names = [cut(model.design.x_names[each]) for each in columns]
    more = [pluralize(len(names) - MOST_NAMES, "more column")] if len(names) > MOST_NAMES else []
    return join_words([*names[:MOST_NAMES], *more], "and")


def show_value(value: object) -> str:
    """A level or a class as it is typed."""
    return shorten(value.item() if isinstance(value, np.generic) else value)
