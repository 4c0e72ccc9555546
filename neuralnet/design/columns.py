"""Columns of a data frame as a formula reads them: numbers, booleans or categories.

pandas stores the same thing in many ways; here each becomes one of three, or an error that
names the column. Knows nothing of formulas and matrices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import FIRST, listing, quote, visible
from ..formula import Integers
from .frames import pick_column
from .levels import (
    Values,
    _explain_bins,
    _lock,
    list_values,
    make_categories,
    match_levels,
    place_levels,
)

_REAL = (int, float, np.integer, np.floating)
_NUMBERS = (int, float, np.bool_, np.number)


@dataclass
class Unseen:
    """Levels that training never saw, by column or expression, and how many rows hold them."""

    levels: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0

    def __str__(self) -> str:
        """The levels, each column's after its name."""
        found = "; ".join(f"{name} {listing(some)}" for name, some in self.levels.items())
        return f"levels that training never saw: {found}"


@dataclass(frozen=True)
class Variable:
    """What training learned of one column.

    Attributes
    ----------
    name : str
    kind : str
        ``"number"``, ``"boolean"`` or ``"category"``.
    dtype : object
        How the training data stored it.
    levels : tuple
        In their fixed order: that of the category dtype, else sorted. Empty for numbers.
    ordered : bool
        Whether the category dtype is ordered.
    typical : object
        The mean of numbers, else the most frequent level.
    low, high : float
        Range of numbers, ints where floats would round them, and of booleans as 0 and 1; nan for
        categories.
    """

    name: str
    kind: str
    dtype: Any
    levels: tuple[Any, ...]
    ordered: bool
    typical: Any
    low: float
    high: float

    @classmethod
    def from_numbers(cls, name: str, dtype: Any, mean: float, low: float, high: float) -> Variable:
        """From what is known of all numbers."""
        return cls(name, "number", dtype, (), False, mean, low, high)

    @classmethod
    def from_levels(
        cls, name: str, dtype: Any, values: pd.Categorical, counts: NDArray[Any]
    ) -> Variable:
        """From the categories, which values of no rows will do for, and how often each occurs."""
        levels = tuple(values.categories)
        typical = levels[int(counts.argmax())]
        kind = "boolean" if is_boolean(values) else "category"
        seen = np.flatnonzero(counts) if kind == "boolean" else [np.nan]
        low, high = float(seen[0]), float(seen[-1])
        return cls(name, kind, dtype, levels, bool(values.ordered), typical, low, high)

    @property
    def is_constant(self) -> bool:
        """Whether every row of training held the same."""
        return self.low == self.high or len(self.levels) == 1

    @property
    def has_numbers(self) -> bool:
        """Whether levels are numbers, so that new ones may arrive as numbers."""
        return any(isinstance(level, _NUMBERS) for level in self.levels)

    @cached_property
    def has_objects(self) -> bool:
        """Whether levels are other than all text or all numbers, as intervals and periods are."""
        kinds = (str, _NUMBERS)
        return not any(all(isinstance(each, kind) for each in self.levels) for kind in kinds)

    def read(self, values: pd.Series) -> Values:
        """The same column of new data; categories are matched by value, whatever their order.

        Raises
        ------
        TypeError
            Where numbers arrive as text, or text as numbers.
        ValueError
            Where a level was not there in training.
        """
        return self.match(read_column(self.name, values, self), values.dtype)

    def match(self, values: Values, dtype: Any) -> Values:
        """Values of such a dtype as those of training; raises as `read` does."""
        if self.kind == "number":
            if is_boolean(values):
                return np.where(values.codes < 0, np.nan, values.codes)
            if isinstance(values, pd.Categorical):
                raise TypeError(self._drift(values.categories, dtype, "numbers"))
            return values
        numbers = not isinstance(values, pd.Categorical)
        if numbers and not self.has_numbers and not np.isnan(values).all():
            present = values[~np.isnan(values)].tolist()
            raise TypeError(self._drift(present, dtype, f"the levels {listing(self.levels)}"))
        if values.dtype is self.categories:
            return values
        codes = match_levels(values, self.levels, f"column {quote(self.name)}")
        return pd.Categorical.from_codes(codes, dtype=self.categories, validate=False)

    @cached_property
    def categories(self) -> pd.CategoricalDtype:
        """The levels as a dtype."""
        return pd.CategoricalDtype(list(self.levels), self.ordered)

    @cached_property
    def places(self) -> dict[Any, int]:
        """Where each level stands."""
        return {level: place for place, level in enumerate(self.levels)}

    def _drift(self, present: Iterable[Any], dtype: Any, wanted: str) -> str:
        return (
            f"column {quote(self.name)} was {visible(self.dtype)} in training and arrives as "
            f"{visible(dtype)} "
            f"({listing(present, most=3)}): give {wanted}{_explain_bins(self.levels)}"
        )


def is_boolean(values: Values) -> TypeGuard[pd.Categorical]:
    """Whether values are the categories False and True."""
    if not isinstance(values, pd.Categorical) or values.categories.dtype != bool:
        return False
    # A category dtype may hold one of the two, or have an order of its own.
    return values.categories.tolist() == [False, True] and not values.ordered


def make_nullable(series: pd.Series) -> pd.Series:
    """Integers and booleans in a dtype that knows missing values; pandas would make floats."""
    if isinstance(series.dtype, pd.SparseDtype):
        series = pd.Series(np.asarray(series), series.index, name=series.name)
    kind = series.dtype.kind if isinstance(series.dtype, np.dtype) else ""
    dtype: Any = {"i": "Int64", "u": "UInt64", "b": "boolean"}.get(kind)
    return series if dtype is None else series.astype(dtype)


def find_missing(values: Values) -> NDArray[np.bool_]:
    """Mask of the missing rows."""
    if isinstance(values, pd.Categorical):
        return np.asarray(values.codes < 0)
    return np.isnan(values)


def read_complete(
    variables: Mapping[str, Variable],
    frame: pd.DataFrame,
    unseen: Unseen | None = None,
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Columns by name in the rows that miss none of them, and the mask of these rows.

    Booleans become arrays that expressions can compute with. Levels that training never saw are
    an error; with ``unseen`` they are collected there, and their rows count as missing.
    """
    columns = {name: pick_column(frame, name) for name in variables}
    values = {name: read_column(name, column, variables[name]) for name, column in columns.items()}
    complete = np.ones(len(frame), dtype=bool)
    for column in values.values():
        complete &= ~find_missing(column)
    if unseen is not None:
        _collect_unseen(variables, values, complete, unseen)
    whole = bool(complete.all())
    complete_columns: dict[str, Any] = {}
    for name, variable in variables.items():
        # Only now: a level that no complete row of training had may stand in an incomplete one.
        kept = values[name] if whole else values[name][complete]
        kept = variable.match(kept, columns[name].dtype)
        complete_columns[name] = kept.codes.astype(bool) if is_boolean(kept) else _lock(kept)
    return complete_columns, complete


def _collect_unseen(
    variables: Mapping[str, Variable],
    values: Mapping[str, Values],
    complete: NDArray[np.bool_],
    unseen: Unseen,
) -> None:
    """Take the complete rows that hold a level which training never saw off ``complete``."""
    before, known = complete.sum(), complete.copy()
    for name, variable in variables.items():
        comparable = variable.has_numbers or isinstance(values[name], pd.Categorical)
        if variable.kind == "category" and comparable:
            what = f"column {quote(name)}"
            strange = place_levels(values[name], variable.levels, what)[1] & known
            if strange.any():
                unseen.levels[what] = list_values(values[name], strange)
                complete &= ~strange
    unseen.rows += int(before - complete.sum())


def read_column(name: str, values: pd.Series, known: Variable | None = None) -> Values:
    """Numbers or categories; see `Values`. Nothing but missing values are numbers.

    Numbers may share the memory of the column. Text of no other levels than those of the known
    variable comes as its categories. Where its levels are of other types, such as the intervals
    that ``pd.cut`` makes, values of any type are categories.

    Raises
    ------
    TypeError
        Naming the column where it holds neither numbers, text, booleans nor categories.
    ValueError
        Naming the column where a number is infinite.
    """
    dtype = values.dtype
    if dtype.kind in "fiu":
        return _read_numbers(name, values)
    if dtype == np.object_ and pd.api.types.infer_dtype(values) == "string":
        return _read_text(values, known)
    if values.array.isna().all():
        return np.full(len(values), np.nan)
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(values)
    if known is not None and known.has_objects:
        # What has no hash is no level, and is refused below.
        with suppress(TypeError):
            codes, found = pd.factorize(values)
            return make_categories(codes, found.tolist())
    if dtype == np.object_:
        types = set(map(type, values.dropna().to_numpy()))
        if types <= {bool, np.bool_}:
            dtype = np.dtype(bool)
        elif bool not in types and all(issubclass(t, _REAL) for t in types):
            return _read_objects(name, values, types)
        else:
            kinds = listing(sorted(t.__name__ for t in types))
            raise TypeError(
                f"column {quote(name)} holds {kinds}: make it numbers, for example with "
                ".astype(float), text, with .astype(str), or categories, with .astype('category')"
            )
    if pd.api.types.is_bool_dtype(dtype):
        truth = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return make_categories(np.where(np.isnan(truth), -1, truth).astype(np.int8), [False, True])
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return _read_numbers(name, values)
    # pandas 2.1 does not count Arrow's large strings among the string types.
    text = pd.api.types.is_string_dtype(dtype) or dtype.type is str
    if text and dtype != np.object_:
        return _read_text(values, known)
    raise TypeError(
        f"column {quote(name)} is {visible(dtype)}: a formula takes numbers, text, booleans or "
        "categories. "
        "Turn it into one of these; dates, for example, into days since a start."
    )


def _read_objects(name: str, values: pd.Series, types: set[type]) -> NDArray[np.float64] | Integers:
    """Python's and NumPy's numbers, of these types."""
    objects = values.where(values.notna(), np.nan)
    try:
        floats = _read_numbers(name, objects.astype(float))
    except OverflowError:
        raise ValueError(f"column {quote(name)} holds a number too large for a float") from None
    fractions = any(issubclass(t, float | np.floating) for t in types)
    if fractions or not (np.abs(np.asarray(floats)) >= FIRST).any():
        return floats
    wholes = [int(one) if one == one else np.nan for one in objects]
    return Integers.from_objects(np.array(wholes, dtype=object))


def _read_numbers(name: str, values: pd.Series) -> NDArray[np.float64] | Integers:
    """Float64, nan where missing: the column's own memory where it is that already."""
    dtype: Any = values.dtype
    # Given what to write for them, pandas copies the numbers even where none is missing.
    missing: Any = {} if isinstance(dtype, np.dtype) else {"na_value": np.nan}
    numbers: NDArray[np.float64] = values.to_numpy(dtype=np.float64, **missing)
    if dtype.kind in "iu":
        if getattr(dtype, "itemsize", 8) < 8 or not (np.abs(numbers) >= FIRST).any():
            return numbers
        kind = np.uint64 if dtype.kind == "u" else np.int64
        blank: Any = {"na_value": kind(0)} if missing else {}
        return Integers(values.to_numpy(dtype=kind, **blank), np.isnan(numbers))
    infinite = np.isinf(numbers)
    if infinite.any():
        raise ValueError(
            f"column {quote(name)} is infinite in {infinite.sum()} rows, first in row "
            f"{listing(values.index[infinite][:1])}: "
            "replace the infinities by numbers, or by missing values"
        )
    return numbers


def _read_text(values: pd.Series, known: Variable | None) -> pd.Categorical:
    """Text as the categories of the known variable, else as its own, sorted."""
    # Each distinct text is looked at once.
    codes, found = values.array.factorize()
    texts = np.asarray(found, dtype=object)
    places = np.array([-1 if known is None else known.places.get(text, -1) for text in texts])
    if known is not None and (places >= 0).all():
        categories = known.categories
    else:
        order = np.argsort(texts)
        places = np.argsort(order)
        categories = pd.CategoricalDtype(pd.Index(texts[order], dtype=object))
    # What is missing, -1, finds the last place.
    codes = np.append(places, -1)[codes]
    return pd.Categorical.from_codes(codes, dtype=categories, validate=False)
