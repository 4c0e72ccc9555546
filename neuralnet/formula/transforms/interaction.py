"""``interaction(a, b)``: the combinations of factors as the levels of one, as in R."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from ...errors import quote
from ..signatures import MOST_COLUMNS
from .categories import box_categories
from .factor_levels import LevelCounts, name_level, read_categories, relabel


class Interaction:
    """R's ``interaction(a, b)``: a level ``a.b`` for each combination of levels.

    The levels of the first factor vary fastest. With ``drop=TRUE`` only combinations that occur in
    the training rows are levels, and any other is a new level where it comes later. Numbers are
    factors of their distinct values.

    Examples
    --------
    >>> import pandas as pd
    >>> from neuralnet import NeuralNetwork
    >>> table = pd.DataFrame({"y": [1.5, 2, 3, 1], "a": ["u", "v", "u", "v"], "b": [1, 1, 2, 2]})
    >>> NeuralNetwork("y ~ interaction(a, b)", table, 0).x_names[1:]
    ['interaction(a, b)[T.v.1]', 'interaction(a, b)[T.u.2]', 'interaction(a, b)[T.v.2]']
    """

    is_rowwise = True

    def __init__(self) -> None:
        self.parts: list[list[Any]] = []
        self.levels: list[str] = []
        self._counts: list[LevelCounts] = []
        self._seen: set[tuple[Any, ...]] = set()
        self._sep, self._drop = ".", False

    def memorize_chunk(self, *factors: Any, sep: str = ".", drop: bool = False) -> None:
        """Add the levels of a block of rows, and its combinations of them."""
        self._counts = self._counts or [LevelCounts() for _ in factors]
        blocks = [count.add(each) for count, each in zip(self._counts, factors, strict=True)]
        self._sep, self._drop = sep, bool(drop)
        if self._drop:
            combinations, _ = _find_combinations(np.array([block.codes for block in blocks]))
            levels = [block.categories.tolist() for block in blocks]
            self._seen.update(_pick(levels, codes) for codes in combinations if min(codes) >= 0)

    def memorize_finish(self) -> None:
        """Name the combinations."""
        self.parts = [list(count.finish()) for count in self._counts]
        self.levels = [_name(each, self._sep) for each in self._list_combinations()]
        self._seen = set()
        if len(set(self.levels)) < len(self.levels):
            twice = next(name for name in self.levels if self.levels.count(name) > 1)
            raise patsy.PatsyError(
                f"two combinations are both called {quote(twice)}: write another sep=, as in "
                'sep="_"'
            )

    def _list_combinations(self) -> list[tuple[Any, ...]]:
        """Return the combinations that are levels; the first factor varies fastest."""
        if self._drop:
            places = [{level: k for k, level in enumerate(part)} for part in self.parts]

            def find_place(levels: tuple[Any, ...]) -> list[int]:
                return [place[level] for place, level in zip(places, levels, strict=True)][::-1]

            return sorted(self._seen, key=find_place)
        size = prod(map(len, self.parts))
        if size > MOST_COLUMNS:
            raise patsy.PatsyError(
                f"it has {size:,} levels, and no more than {MOST_COLUMNS:,} are made: drop=TRUE "
                "leaves out combinations without a row, and pool(g, 20) joins rare levels"
            )
        return [each[::-1] for each in product(*self.parts[::-1])]

    def keep_levels(self, whole: Interaction) -> None:
        """Take over the levels of all training rows."""
        self.parts, self.levels = whole.parts, whole.levels

    def transform(self, *factors: Any, sep: str = ".", drop: bool = False) -> Any:
        """Return the combination of each row as a category; missing where a factor is."""
        blocks = [
            read_categories(each, part) for each, part in zip(factors, self.parts, strict=True)
        ]
        codes = np.array([block.codes for block in blocks], dtype=np.intp)
        combinations, rows = _find_combinations(codes)
        found = [block.categories.tolist() for block in blocks]
        known = {name: place for place, name in enumerate(self.levels)}
        places = [
            -1 if min(each) < 0 else known.setdefault(_name(_pick(found, each), sep), len(known))
            for each in combinations
        ]
        values = pd.Categorical.from_codes(
            np.array(places, dtype=np.intp)[rows], pd.RangeIndex(len(known))
        )
        return box_categories(relabel(values, [*known]))


def _pick(levels: Sequence[Sequence[Any]], codes: Sequence[int]) -> tuple[Any, ...]:
    """Return the level of each factor by its code."""
    return tuple(part[code] for part, code in zip(levels, codes, strict=True))


def _name(levels: Sequence[Any], sep: str) -> str:
    return sep.join(map(name_level, levels))


def _find_combinations(codes: NDArray[np.intp]) -> tuple[list[list[int]], NDArray[np.intp]]:
    """Return the distinct columns of codes (k, n), and which of them each column is."""
    rows = np.zeros(codes.shape[1], dtype=np.intp)
    for each in codes:
        # Numbers below n times the number of levels, however many factors there are.
        rows, _ = pd.factorize(rows * (each.max() + 2) + each + 1)
    firsts = np.unique(rows, return_index=True)[1]
    return codes[:, firsts].T.tolist(), rows
