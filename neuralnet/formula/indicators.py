"""Indicators of missing values: factors of terms that no formula names.

They are 1 in the rows where columns were missing before their missing values were filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .factors import Column
from .quoting import quote_name

# The name of an indicator has no more columns than this, and the number of the others.
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Missing:
    """The key of the mask of the rows where a column was missing, beside the columns by name."""

    column: str


@dataclass(frozen=True, slots=True)
class Indicator(Column):
    """A factor that is 1 where some columns are missing together, else 0.

    Attributes
    ----------
    column : str
        The first of these columns.
    others : tuple of str
        The rest.

    Examples
    --------
    >>> Indicator("age").name(), Indicator("a b", others=("c",)).name()
    ('is.na(age)', 'is.na(`a b`) & is.na(c)')
    >>> Indicator("a", others=tuple("bcdef")).name()
    'is.na(a) & is.na(b) & is.na(c) & 3 more'
    """

    others: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, *self.others)

    @property
    def spelled(self) -> str:
        """The first column as a formula names it."""
        return quote_name(self.column)

    def name(self) -> str:
        """Return R's expression of it; no column of the data has this name in a formula."""
        shown = [f"is.na({quote_name(column)})" for column in self.columns[:_MOST_NAMES]]
        if more := len(self.columns) - len(shown):
            shown.append(f"{more} more")
        return " & ".join(shown)

    def eval(self, state: dict[str, Any], data: Mapping[Any, Any]) -> Any:
        masks = [data[Missing(column)] for column in self.columns]
        together = masks[0] if len(masks) == 1 else np.logical_and.reduce(masks)
        # Numbers in one byte each, of which X makes floats.
        return together.astype(np.int8)
