"""``relevel(g, ref)``: another reference level of a factor, as in R."""

from __future__ import annotations

from typing import Any

import patsy

from ...errors import listing, quote
from .categories import box_categories
from .factor_levels import LevelCounts, name_level, read_box, read_categories


class Relevel:
    """R's ``relevel(g, ref)``: the level ``ref`` first, all others in their order behind it.

    Examples
    --------
    >>> import pandas as pd
    >>> from neuralnet import NeuralNetwork
    >>> table = pd.DataFrame({"y": [1.5, 2.5, 3.5, 2.0], "g": ["a", "b", "c", "a"]})
    >>> NeuralNetwork("y ~ relevel(g, 'b')", table, 0).x_names
    ['Intercept', "relevel(g, 'b')[T.a]", "relevel(g, 'b')[T.c]"]
    """

    is_rowwise = True

    def __init__(self) -> None:
        self.levels: list[Any] | None = None
        self._counts = LevelCounts()
        self._ref: Any = None

    def memorize_chunk(self, x: Any, ref: Any) -> None:
        """Add the levels of a block of rows."""
        self._counts.add(x)
        self._ref = ref
        if self._counts.numeric:
            raise patsy.PatsyError(
                "relevel takes the levels of a factor, and this holds numbers: write "
                f"relevel(factor(...), {ref!r})"
            )
        if self._counts.ordered:
            raise patsy.PatsyError(
                "an ordered factor has no reference level: write levels=[...] in factor(...) for "
                "another order"
            )

    def memorize_finish(self) -> None:
        """Move the reference level to the front."""
        levels = list(self._counts.finish())
        # The levels of pool(k, 20) and of factors from files are text, also of numbers.
        named = [each for each in levels if each == self._ref or each == name_level(self._ref)]
        if not named:
            raise patsy.PatsyError(f"{quote(self._ref)} is not among the levels: {listing(levels)}")
        self.levels = [named[0], *(each for each in levels if each is not named[0])]

    def keep_levels(self, whole: Relevel) -> None:
        """Take over the levels of all training rows."""
        self.levels = whole.levels

    def transform(self, x: Any, ref: Any) -> Any:
        """Return categories in the learned order, with the contrast of the factor."""
        return box_categories(read_categories(x, self.levels), read_box(x)[1])
