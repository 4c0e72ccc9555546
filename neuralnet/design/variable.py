"""A column of the training data: its kind, levels and range. Knows no formula and no table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import listing, quote, visible
from .levels import Values, explain_bins, match_levels, place_levels

_NUMBERS = (int, float, np.bool_, np.number)
# The kinds of columns, and whether they have levels.
KINDS = {"number": False, "boolean": True, "category": True, "date": False}


@dataclass(frozen=True)
class Variable:
    """A column as it is in the complete rows of training.

    Attributes
    ----------
    name : str
    kind : str
        ``"number"``, ``"boolean"``, ``"category"`` or ``"date"``.
    dtype : object
        The dtype of the training data.
    levels : tuple
        In their fixed order: that of the category dtype, else sorted. Empty for numbers and dates.
    ordered : bool
        Whether the category dtype is ordered.
    typical : object
        The mean of numbers and, as ISO text, of dates, else the most frequent level.
    low, high : float
        Range of numbers, ints where floats would round them, of booleans as 0 and 1, and of dates
        in seconds since 1970; nan for categories.
    fill : object
        The value that missing ones get: a number or a level. None: they stay missing; nan: they
        stay too, but their rows count as complete, as long as the value is being learned.
    stand_in : object
        The level that stands for levels which training never saw; None where these are errors.
    zone : str
        The time zone of dates, if they have one.
    """

    name: str
    kind: str
    dtype: Any
    levels: tuple[Any, ...]
    ordered: bool
    typical: Any
    low: float
    high: float
    fill: Any = None
    stand_in: Any = None
    zone: str = ""

    @classmethod
    def from_numbers(cls, name: str, dtype: Any, mean: float, low: float, high: float) -> Variable:
        """A column of numbers, from their mean and range."""
        return cls(name, "number", dtype, (), False, mean, low, high)

    @classmethod
    def from_dates(
        cls, name: str, zone: str, dtype: Any, mean: float, low: float, high: float
    ) -> Variable:
        """A column of dates, from their mean and range in seconds since 1970."""
        typical = str(np.datetime64(round(mean), "s")).replace("T", " ")
        return cls(name, "date", dtype, (), False, typical, low, high, zone=zone)

    @classmethod
    def from_levels(
        cls, name: str, dtype: Any, values: pd.Categorical, counts: NDArray[Any]
    ) -> Variable:
        """A column of categories, from these (values may have no rows) and their frequencies."""
        levels = tuple(values.categories)
        typical = levels[int(counts.argmax())]
        kind = "boolean" if is_boolean(values) else "category"
        present = np.flatnonzero(counts) if kind == "boolean" else [np.nan]
        low, high = float(present[0]), float(present[-1])
        return cls(name, kind, dtype, levels, bool(values.ordered), typical, low, high)

    @property
    def is_unfilled(self) -> bool:
        """True as long as the value of missing ones is being learned."""
        return isinstance(self.fill, float) and np.isnan(self.fill)

    @property
    def is_constant(self) -> bool:
        """True if all rows of training hold one value."""
        return self.low == self.high or len(self.levels) == 1

    @property
    def has_numbers(self) -> bool:
        """True if levels are numbers, so that new ones may arrive as numbers."""
        return any(isinstance(level, _NUMBERS) for level in self.levels)

    @cached_property
    def has_objects(self) -> bool:
        """True if levels are neither all text nor all numbers, as intervals and periods are."""
        kinds = (str, _NUMBERS)
        return not any(all(isinstance(each, kind) for each in self.levels) for kind in kinds)

    def match(self, values: Values, dtype: Any) -> Values:
        """Convert values that a column of such a dtype holds to those of the training data.

        Categories are matched by value, whatever their order.

        Raises
        ------
        TypeError
            Where numbers arrive as text, or text as numbers.
        ValueError
            Where training had no such level.
        """
        if self.kind == "date":
            return values
        if self.kind == "number":
            if is_boolean(values):
                return np.where(values.codes < 0, np.nan, values.codes)
            if isinstance(values, pd.Categorical):
                texts = pd.Series(values.categories)
                odd = texts[pd.to_numeric(texts, errors="coerce").isna()]
                raise TypeError(self._drift(odd if len(odd) else texts, dtype, "numbers"))
            return values
        numbers = not isinstance(values, pd.Categorical)
        if numbers and not self.has_numbers and not np.isnan(values).all():
            present = values[~np.isnan(values)].tolist()
            raise TypeError(self._drift(present, dtype, f"the levels {listing(self.levels)}"))
        if values.dtype is self.categories:
            return values
        what = f"column {quote(self.name)}"
        if self.stand_in is None:
            codes = match_levels(values, self.levels, what)
        else:
            codes, unseen = place_levels(values, self.levels, what)
            codes[unseen] = self.places[self.stand_in]
        return pd.Categorical.from_codes(codes, dtype=self.categories, validate=False)

    @cached_property
    def categories(self) -> pd.CategoricalDtype:
        """The levels as a dtype."""
        return pd.CategoricalDtype(list(self.levels), self.ordered)

    @cached_property
    def places(self) -> dict[Any, int]:
        """The position of each level."""
        return {level: place for place, level in enumerate(self.levels)}

    def _drift(self, present: Iterable[Any], dtype: Any, wanted: str) -> str:
        return (
            f"column {quote(self.name)} was {visible(self.dtype)} in training and arrives as "
            f"{visible(dtype)} "
            f"({listing(present, most=3)}): give {wanted}{explain_bins(self.levels)}"
        )


def is_boolean(values: Values) -> TypeGuard[pd.Categorical]:
    """True if values are the categories False and True."""
    if not isinstance(values, pd.Categorical) or values.categories.dtype != bool:
        return False
    # A category dtype may hold only one of the two, or have another order.
    return values.categories.tolist() == [False, True] and not values.ordered
