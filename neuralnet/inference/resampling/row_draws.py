"""Rows drawn again: single rows, whole groups of rows, or blocks of consecutive rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RowDraws:
    """How the rows of a table are drawn with replacement.

    Attributes
    ----------
    w : (n,) array
        Case weights.
    groups : (n,) array of codes or None
        Groups of rows that are drawn whole.
    blocks : int or None
        Length of the blocks of consecutive rows that are drawn.
    """

    w: Vector
    groups: NDArray[np.integer[Any]] | None = None
    blocks: int | None = None

    def draw(self, generator: np.random.Generator) -> Vector:
        """Draw a resample: the weight (n,) that each row has in it, 0 for a row not drawn."""
        if self.groups is not None:
            return self._draw_groups(self.groups, generator)
        if self.blocks is not None:
            return self._draw_blocks(self.blocks, generator)
        return draw_counts(self.w, generator)

    def _draw_groups(
        self, groups: NDArray[np.integer[Any]], generator: np.random.Generator
    ) -> Vector:
        known = np.bincount(groups, self.w) > 0.0
        w: Vector = draw_counts(known.astype(np.float64), generator)[groups] * self.w
        return w

    def _draw_blocks(self, length: int, generator: np.random.Generator) -> Vector:
        """Draw moving blocks, the last of them cut so that there are n rows."""
        n = len(self.w)
        first = generator.integers(0, n - length + 1, -(-n // length))
        rows = (first[:, None] + np.arange(length)).ravel()[:n]
        counts: Vector = np.bincount(rows, minlength=n) * self.w
        return counts


def draw_counts(w: Vector, generator: np.random.Generator) -> Vector:
    """Draw as many of the rows as their weights sum to, each time by weight; return the counts.

    A weight of 2 is a row twice: the counts are those of the repeated rows, and with the same
    generator they are equal. Where the weights do not sum to a whole number N, as many rows are
    drawn as N is nearest to, and each counts a little more or less than once, so that the counts
    sum to N.

    Examples
    --------
    >>> draw_counts(np.array([2.0, 1.0, 0.0]), np.random.default_rng(1)).sum().item()
    3.0
    """
    places = np.flatnonzero(w > 0.0)
    ends = w[places].cumsum()
    n = max(1, round(float(ends[-1])))
    drawn = np.searchsorted(ends, generator.random(n) * ends[-1], side="right")
    # A product may be rounded up to the end of the last row.
    rows = places[np.minimum(drawn, len(places) - 1)]
    counts: Vector = np.bincount(rows, minlength=len(w)) * (ends[-1] / n)
    return counts
