"""Summaries of columns, made piece by piece: kind, levels, mean and range.

The same for any cut of the rows into pieces. Knows no formula and no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import CACHE_NUMBERS, DataWarning, listing, quote, warn_of_all
from ..formula import Integers
from .columns import find_missing
from .dates import find_zone
from .levels import Values, make_categories
from .variable import Variable, is_boolean

Floats = NDArray[np.float64]
# A column is summed in blocks of this many rows, counted from the first of all: so no cut of the
# rows changes a bit of a sum.
BLOCK_ROWS = CACHE_NUMBERS
# The kind of dates, whose range and mean are in seconds since 1970.
_DATES = "dates"


class ColumnSummary:
    """A summary of a column; only complete rows count.

    Parameters
    ----------
    name : str

    Attributes
    ----------
    unused : list
        Categories without a row, which `to_variable` drops.
    incomplete : list
        Levels that it keeps, although no complete row has them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.unused: list[Any] = []
        self.incomplete: list[Any] = []
        self._kind = self._where = self._zone = ""
        # A value of each dtype, in order of appearance.
        self._examples: dict[Any, pd.Series] = {}
        # Numbers: their count, their range, the sum of whole blocks and the numbers after these.
        self._n, self._low, self._high, self._sum = 0, np.inf, -np.inf, 0.0
        # Whether floats would round some of them.
        self._has_large = False
        self._rest: Floats = np.empty(0)
        # Categories: without rows, and the number of complete rows of each, and of its rows that
        # make it a level, (K, 2).
        self._levels: pd.Categorical | None = None
        self._counts: NDArray[Any] = np.empty((0, 2), dtype=np.intp)

    def add(
        self,
        column: pd.Series,
        values: Values,
        complete: NDArray[np.bool_],
        where: str = "",
        level_rows: NDArray[np.bool_] | None = None,
    ) -> None:
        """Add rows of a column, as stored and as read, with a mask of the complete ones.

        ``level_rows`` is a mask of the rows whose values become levels: the complete ones, and
        others in which the column is not missing. None: the complete ones only.

        Raises
        ------
        TypeError, ValueError
            Where they differ in kind from those before; ``where`` names the rows in errors.
        """
        present = ~find_missing(values)
        if not present.any():
            # Missing values have no kind: that of the other rows is theirs.
            return
        kind, dtype = _find_kind(values), column.dtype
        if kind == _DATES:
            self._zone = find_zone(self.name, column)
            kind += f" in the time zone {self._zone}" if self._zone else ""
            dates: Any = values
            values = np.asarray(dates.astype(np.int64) / 1e6)
        if not self._examples:
            self._kind, self._where = kind, where
        elif kind != self._kind:
            first = next(iter(self._examples))
            raise TypeError(
                f"column {quote(self.name)} holds {kind} ({dtype}), and {self._kind} ({first}) in "
                f"{self._where}: make it the same in every chunk, for example with dtype= where "
                "they are read"
            )
        if dtype not in self._examples:
            self._examples[dtype] = column.iloc[[int(present.argmax())]]
        if isinstance(values, pd.Categorical):
            rows = (complete, complete if level_rows is None else level_rows)
            K = len(values.categories)
            counts = [np.bincount(values.codes[some], minlength=K) for some in rows]
            self._add_levels(values[:0], np.column_stack(counts), dtype)
        elif complete.any():
            numbers: Any = values if complete.all() else values[complete]
            self._add_numbers(numbers)

    def to_variable(self) -> Variable:
        """The column of all rows added, at least one of which must be complete."""
        if self._levels is not None:
            return self._levels_to_variable(self._levels)
        mean = (self._sum + _add(self._rest)) / self._n
        if not np.isfinite(mean):
            # Their sum overflows: the middle of the range is a typical number too.
            mean = 0.5 * self._low + 0.5 * self._high
        of_numbers = self._dtype, mean, self._low, self._high
        if self._kind.startswith(_DATES):
            return Variable.from_dates(self.name, self._zone, *of_numbers)
        return Variable.from_numbers(self.name, *of_numbers)

    @property
    def _dtype(self) -> Any:
        """The dtype of the whole column, as pandas joins columns; but categories remain."""
        if len(self._examples) == 1:
            return next(iter(self._examples))
        if all(isinstance(dtype, pd.CategoricalDtype) for dtype in self._examples):
            return cast(pd.Categorical, self._levels).dtype
        joined: Any = pd.concat(list(self._examples.values())).dtype
        # pandas joins integers with and without a sign, or with floats, as floats.
        return np.dtype(object) if self._has_large and joined.kind == "f" else joined

    def _add_numbers(self, values: Floats | Integers) -> None:
        self._n += len(values)
        low: float
        high: float
        if isinstance(values, Integers):
            self._has_large = True
            low, high = int(values.whole.min()), int(values.whole.max())
            values = np.asarray(values)
        else:
            low, high = float(values.min()), float(values.max())
        self._low, self._high = min(self._low, low), max(self._high, high)
        rest = np.concatenate([self._rest, values]) if len(self._rest) else values
        whole = len(rest) - len(rest) % BLOCK_ROWS
        for start in range(0, whole, BLOCK_ROWS):
            self._sum += _add(rest[start : start + BLOCK_ROWS])
        self._rest = rest[whole:].copy()

    def _levels_to_variable(self, values: pd.Categorical) -> Variable:
        """A column of categories; levels without a complete row are last, unless ordered.

        So the reference level has rows if any level may be first.
        """
        complete, known = (self._counts > 0).T
        if not is_boolean(values):
            levels = np.asarray(values.categories, dtype=object)
            self.unused = levels[~known].tolist()
            self.incomplete = levels[known & ~complete].tolist()
            places = np.flatnonzero(known)
            if not values.ordered:
                places = np.concatenate(
                    [np.flatnonzero(complete), np.flatnonzero(known & ~complete)]
                )
            values = make_categories([], values.categories[places], bool(values.ordered))
            return Variable.from_levels(self.name, self._dtype, values, self._counts[places, 0])
        return Variable.from_levels(self.name, self._dtype, values, self._counts[:, 0])

    def _add_levels(self, values: pd.Categorical, counts: NDArray[Any], dtype: Any) -> None:
        categories, before = values.categories, self._levels
        if before is None:
            self._levels, self._counts = values, counts
            return
        same = categories.equals(before.categories)
        if values.ordered != before.ordered or (before.ordered and not same):
            raise ValueError(
                f"column {quote(self.name)} has {_describe(values)}, and {_describe(before)} in "
                f"{self._where}: give every chunk the same categories, for example with "
                ".astype(pd.CategoricalDtype([...], ordered=True))"
            )
        if same:
            self._counts = self._counts + counts
            return
        totals = dict(zip(before.categories.tolist(), self._counts.tolist(), strict=True))
        for level, count in zip(categories.tolist(), counts.tolist(), strict=True):
            more = totals.get(level, (0, 0))
            totals[level] = [more[0] + count[0], more[1] + count[1]]
        # Category dtypes of the same levels are equal to pandas, whatever their order.
        agreed = isinstance(dtype, pd.CategoricalDtype) and set(self._examples) == {dtype}
        levels = list(totals) if agreed else sorted(totals)
        stored = categories.dtype if categories.dtype == before.categories.dtype else None
        self._levels = make_categories([], pd.Index(levels, dtype=stored))
        self._counts = np.array([totals[level] for level in levels])


def warn_of_levels(summaries: Sequence[ColumnSummary]) -> None:
    """Warn of categories that no row has, and of levels that no complete row has."""
    warn_of_all(
        {quote(each.name): listing(each.unused) for each in summaries if each.unused},
        "column {name} has no row of {what}: dropped from its levels",
        "{n} columns have no row of some categories, dropped from their levels: {each}",
        DataWarning,
    )
    warn_of_all(
        {quote(each.name): listing(each.incomplete) for each in summaries if each.incomplete},
        "column {name} has {what} only in rows without a response: predictions there are based on "
        "no training row",
        "{n} columns have levels only in rows without a response: {each}. Predictions there are "
        "based on no training row",
        DataWarning,
    )


def _add(values: Floats) -> float:
    """Sum without an overflow warning; only the typical value depends on it."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(values.sum())


def _find_kind(values: Values) -> str:
    if not isinstance(values, pd.Categorical):
        return _DATES if values.dtype.kind == "M" else "numbers"
    kind = pd.api.types.infer_dtype(values.categories, skipna=False)
    numbers = {"integer", "floating", "mixed-integer-float"}
    if kind in numbers:
        return "categories of numbers"
    return {"string": "text", "boolean": "booleans"}.get(kind, f"categories of {kind}")


def _describe(values: pd.Categorical) -> str:
    if not values.ordered:
        return "categories without an order"
    return f"ordered categories {listing(values.categories)}"
