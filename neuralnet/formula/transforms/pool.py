"""``pool(g, n)``: rare levels of a factor joined into one."""

from __future__ import annotations

from typing import Any

import patsy

from ...errors import quote
from .categories import box_categories
from .factor_levels import LevelCounts, name_level, read_categories, relabel

_OTHER = "other"


class Pool:
    """``pool(g, n)``: levels with fewer than n training rows become one, ``other``.

    That level is the last; the others keep their order. Levels that training never saw belong to
    it, too, in new rows. Where no level is rare there is none, and new levels are as new as
    without ``pool``: an error, or missing by ``unseen="missing"``.

    Notes
    -----
    Rows are counted, whatever their case weights. A level of n rows or more that is called
    ``other`` already stays what it is: the joined level is then ``(other)``. In cross-validation
    the levels are those of the whole table. The result has text for levels, of numbers too, and no
    order. R's forcats has it as ``fct_lump_min``.

    Examples
    --------
    >>> import pandas as pd
    >>> from neuralnet import NeuralNetwork
    >>> table = pd.DataFrame({"y": [1.5, 2, 3, 1, 2.5, 4], "g": ["a", "b", "a", "c", "d", "c"]})
    >>> net = NeuralNetwork("y ~ pool(g, 2)", table, 0, seed=1)
    >>> net.x_names
    ['Intercept', 'pool(g, 2)[T.c]', 'pool(g, 2)[T.other]']
    >>> net.predict({"g": ["b", "never seen"]}).nunique()
    1
    """

    is_rowwise = True

    def __init__(self) -> None:
        self.kept: list[Any] = []
        self.pooled: list[Any] = []
        self.other: str | None = None
        self._counts = LevelCounts()
        self._n = 0

    @property
    def levels(self) -> list[str]:
        """The levels of the result."""
        names = [name_level(each) for each in self.kept]
        return names if self.other is None else [*names, self.other]

    def memorize_chunk(self, x: Any, n: Any) -> None:
        """Add the levels of a block of rows."""
        self._counts.add(x)
        self._n = int(n)

    def memorize_finish(self) -> None:
        """Separate the levels of few rows from the others."""
        counts = self._counts.finish()
        self.kept = [level for level, count in counts.items() if count >= self._n]
        self.pooled = [level for level, count in counts.items() if count < self._n]
        if not self.kept:
            most = max(counts, key=lambda level: counts[level])
            raise patsy.PatsyError(
                f"none of {len(counts):,} levels has {self._n:,} rows ({quote(most)} has "
                f"{counts[most]:,}, the most), so that all would become one: give a lower number, "
                "or leave it out"
            )
        self.other = None
        if self.pooled:
            other, taken = _OTHER, set(self.levels)
            while other in taken:
                other = f"({other})"
            self.other = other

    def keep_levels(self, whole: Pool) -> None:
        """Take over the levels of all training rows."""
        self.kept, self.pooled, self.other = whole.kept, whole.pooled, whole.other

    def transform(self, x: Any, n: Any) -> Any:
        """Return categories of the levels that are not rare, and of the joined one."""
        values = read_categories(x, self.kept)
        names = [name_level(each) for each in values.categories]
        if self.other is None:
            return box_categories(relabel(values, names))
        n_rare = len(names) - len(self.kept)
        # The level exists where no row has it, too.
        names[len(self.kept) :] = [self.other] * max(1, n_rare)
        return box_categories(relabel(values, names))
