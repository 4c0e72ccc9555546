"""What a column holds, gathered piece by piece: its kind, levels, mean and range.

The same for any cut of the rows into pieces. Knows of no formula, and of no table.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .integers import Integers
from .messages import listing, quote
from .variables import Values, Variable, find_missing, make_categories

__all__ = ["BLOCK", "Tally"]

Floats = NDArray[np.float64]
# Rows are summed this many at a time, counted from the first of all: so no cut of the rows changes
# a bit of a sum.
BLOCK = 65_536


class Tally:
    """Gathers a column; complete rows alone count.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._kind = self._where = ""
        # A value of each dtype, in order of appearance.
        self._examples: dict[Any, pd.Series] = {}
        # Numbers: how many, their range, the sum of whole blocks and the numbers after these.
        self._n, self._low, self._high, self._sum = 0, np.inf, -np.inf, 0.0
        # Whether floats would round some of them.
        self._fine = False
        self._rest: Floats = np.empty(0)
        # Categories: without rows, and how often each of them stands in a complete row.
        self._levels: pd.Categorical | None = None
        self._counts: NDArray[Any] = np.empty(0, dtype=np.intp)

    def add(
        self, column: pd.Series, values: Values, complete: NDArray[np.bool_], where: str = ""
    ) -> None:
        """Take more rows: as they are stored, as they are read, and which of them count.

        Raises
        ------
        TypeError, ValueError
            Where they do not go together with those before; ``where`` names them for such errors.
        """
        present = ~find_missing(values)
        if not present.any():
            # Of no kind: the rows before or after say what is missing here.
            return
        kind, dtype = _find_kind(values), column.dtype
        if not self._examples:
            self._kind, self._where = kind, where
        elif kind != self._kind:
            first = next(iter(self._examples))
            raise TypeError(
                f"column {quote(self._name)} holds {kind} ({dtype}), and {self._kind} ({first}) in "
                f"{self._where}: make it the same in every chunk, for example with dtype= where "
                "they are read"
            )
        if dtype not in self._examples:
            self._examples[dtype] = column.iloc[[int(present.argmax())]]
        values = values if complete.all() else values[complete]
        if isinstance(values, pd.Categorical):
            self._add_levels(values, dtype)
        elif len(values):
            self._add_numbers(values)

    def learn(self) -> Variable:
        """What all the rows say together; at least one must be complete."""
        if self._levels is not None:
            return Variable.from_levels(self._name, self._dtype, self._levels, self._counts)
        mean = (self._sum + _add(self._rest)) / self._n
        if not np.isfinite(mean):
            # Too large to be added: the middle of the range, which lies among them too.
            mean = 0.5 * self._low + 0.5 * self._high
        return Variable.from_numbers(self._name, self._dtype, mean, self._low, self._high)

    @property
    def _dtype(self) -> Any:
        """As the whole column would be stored; as pandas joins columns, but categories stay."""
        if len(self._examples) == 1:
            return next(iter(self._examples))
        if all(isinstance(dtype, pd.CategoricalDtype) for dtype in self._examples):
            return cast(pd.Categorical, self._levels).dtype
        joined: Any = pd.concat(list(self._examples.values())).dtype
        # pandas joins integers with and without a sign, or with floats, as floats.
        return np.dtype(object) if self._fine and joined.kind == "f" else joined

    def _add_numbers(self, values: Floats | Integers) -> None:
        self._n += len(values)
        low: float
        high: float
        if isinstance(values, Integers):
            self._fine = True
            low, high = int(values.whole.min()), int(values.whole.max())
            values = np.asarray(values)
        else:
            low, high = float(values.min()), float(values.max())
        self._low, self._high = min(self._low, low), max(self._high, high)
        rest = np.concatenate([self._rest, values]) if len(self._rest) else values
        whole = len(rest) - len(rest) % BLOCK
        for start in range(0, whole, BLOCK):
            self._sum += _add(rest[start : start + BLOCK])
        self._rest = rest[whole:].copy()

    def _add_levels(self, values: pd.Categorical, dtype: Any) -> None:
        found, before = values.categories, self._levels
        counts = np.bincount(values.codes, minlength=len(found))
        if before is None:
            self._levels, self._counts = values[:0], counts
            return
        same = found.equals(before.categories)
        if values.ordered != before.ordered or (before.ordered and not same):
            raise ValueError(
                f"column {quote(self._name)} has {_show(values)}, and {_show(before)} in "
                f"{self._where}: give every chunk the same categories, for example with "
                ".astype(pd.CategoricalDtype([...], ordered=True))"
            )
        if same:
            self._counts = self._counts + counts
            return
        totals = dict(zip(before.categories.tolist(), self._counts.tolist(), strict=True))
        for level, count in zip(found.tolist(), counts.tolist(), strict=True):
            totals[level] = totals.get(level, 0) + count
        # Category dtypes of the same levels are equal to pandas, whatever their order.
        agreed = isinstance(dtype, pd.CategoricalDtype) and set(self._examples) == {dtype}
        levels = list(totals) if agreed else sorted(totals)
        stored = found.dtype if found.dtype == before.categories.dtype else None
        self._levels = make_categories([], pd.Index(levels, dtype=stored))
        self._counts = np.array([totals[level] for level in levels])


def _add(values: Floats) -> float:
    """Their sum, without a word where it is too large for a float: no term is made of it."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(values.sum())


def _find_kind(values: Values) -> str:
    if not isinstance(values, pd.Categorical):
        return "numbers"
    kind = pd.api.types.infer_dtype(values.categories, skipna=False)
    numbers = {"integer", "floating", "mixed-integer-float"}
    if kind in numbers:
        return "categories of numbers"
    return {"string": "text", "boolean": "booleans"}.get(kind, f"categories of {kind}")


def _show(values: pd.Categorical) -> str:
    if not values.ordered:
        return "categories without an order"
    return f"ordered categories {listing(values.categories)}"
