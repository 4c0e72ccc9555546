"""Columns of a data frame as a formula reads them: numbers, booleans or categories.

pandas stores the same thing in many ways; here each becomes one of three, or an error that
names the column. Knows nothing of formulas and matrices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .messages import closest, listing, warn

__all__ = [
    "Values",
    "Variable",
    "as_frame",
    "find_missing",
    "is_boolean",
    "make_categories",
    "match_levels",
    "pick_column",
    "read_column",
    "read_complete",
]

# Numbers are float64 with nan where missing; booleans are categories False and True.
Values = NDArray[np.float64] | pd.Categorical
_REAL = (int, float, np.integer, np.floating)


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
        Range of numbers; nan for categories.
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
    def learn(cls, name: str, dtype: Any, values: Values) -> Variable:
        """From values without missing ones, at least one row."""
        if not isinstance(values, pd.Categorical):
            mean, low, high = float(values.mean()), float(values.min()), float(values.max())
            return cls(name, "number", dtype, (), False, mean, low, high)
        counts = np.bincount(values.codes, minlength=len(values.categories))
        levels = tuple(values.categories)
        kind = "boolean" if is_boolean(values) else "category"
        unused = [level for level, count in zip(levels, counts, strict=True) if not count]
        if unused and kind == "category":
            warn(f"column {name!r} has no row of {listing(unused)}: dropped from its levels")
            levels = tuple(level for level in levels if level not in unused)
        typical = values.categories[int(counts.argmax())]
        return cls(name, kind, dtype, levels, bool(values.ordered), typical, np.nan, np.nan)

    def read(self, values: pd.Series) -> Values:
        """The same column of new data; categories are matched by value, whatever their order.

        Raises
        ------
        TypeError
            Where numbers arrive as text, or text as numbers.
        ValueError
            Where a level was not there in training.
        """
        return self.match(read_column(self.name, values), values.dtype)

    def match(self, values: Values, dtype: Any) -> Values:
        """Values of such a dtype as those of training; raises as `read` does."""
        if self.kind == "number":
            if is_boolean(values):
                return np.where(values.codes < 0, np.nan, values.codes)
            if isinstance(values, pd.Categorical):
                raise TypeError(self._drift(values.categories, dtype, "numbers"))
            return values
        numeric = any(isinstance(level, int | float | np.number) for level in self.levels)
        if not isinstance(values, pd.Categorical) and not numeric and not np.isnan(values).all():
            present = values[~np.isnan(values)].tolist()
            raise TypeError(self._drift(present, dtype, f"the levels {listing(self.levels)}"))
        codes = match_levels(values, self.levels, f"column {self.name!r}")
        return make_categories(codes, self.levels, self.ordered)

    def _drift(self, present: Iterable[Any], dtype: Any, wanted: str) -> str:
        return (
            f"column {self.name!r} was {self.dtype} in training and arrives as {dtype} "
            f"({listing(present, most=3)}): give {wanted}"
        )


def make_categories(codes: Any, levels: Sequence[Any], ordered: bool = False) -> pd.Categorical:
    """Categories from codes, -1 where missing."""
    dtype: Any = pd.CategoricalDtype(list(levels), ordered)
    return pd.Categorical.from_codes(codes, dtype=dtype)


def is_boolean(values: Values) -> TypeGuard[pd.Categorical]:
    """Whether values are the categories False and True."""
    if not isinstance(values, pd.Categorical) or values.categories.dtype != bool:
        return False
    # A category dtype may hold one of the two, or have an order of its own.
    return values.categories.tolist() == [False, True] and not values.ordered


def match_levels(values: Values, levels: Sequence[Any], what: str) -> NDArray[np.intp]:
    """Codes of values among ``levels``, -1 where missing.

    Raises
    ------
    ValueError
        Naming the values that are no level.
    """
    known = pd.Index(list(levels), dtype=object)
    if isinstance(values, pd.Categorical):
        places = np.append(known.get_indexer(values.categories.astype(object)), -1)
        codes = places[values.codes]
    else:
        codes = known.get_indexer(pd.Index(values, dtype=object))
    unseen = (codes < 0) & ~find_missing(values)
    if unseen.any():
        found = pd.unique(np.asarray(values, dtype=object)[unseen]).tolist()
        raise ValueError(
            f"{what} holds {listing(found)}, which training never saw; the known levels are "
            f"{listing(levels)}"
        )
    return np.asarray(codes)


def as_frame(data: Any) -> pd.DataFrame:
    """A DataFrame from a DataFrame, a dict of columns or scalars, or a Series as one row."""
    if isinstance(data, pd.Series):
        data = data.to_frame().T.infer_objects()
    elif isinstance(data, Mapping):
        scalars = all(np.ndim(value) == 0 for value in data.values())
        data = pd.DataFrame(data, index=[0] if scalars and data else None)
    if not isinstance(data, pd.DataFrame):
        raise TypeError(
            f"the data must be a pandas DataFrame, a dict of columns or a Series as one row, "
            f"not {type(data).__name__}"
        )
    return data


def pick_column(frame: pd.DataFrame, name: str) -> pd.Series:
    """The one column of that name."""
    if name not in frame.columns:
        raise ValueError(
            f"column {name!r} is not in the data: {closest(name, list(frame.columns))}"
        )
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise ValueError(f"the data has {column.shape[1]} columns named {name!r}: rename them")
    return column


def find_missing(values: Values) -> NDArray[np.bool_]:
    """Mask of the missing rows."""
    if isinstance(values, pd.Categorical):
        return np.asarray(values.codes < 0)
    return np.isnan(values)


def read_complete(
    variables: Mapping[str, Variable], frame: pd.DataFrame
) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Columns by name in the rows that miss none of them, and the mask of these rows.

    Booleans become arrays that expressions can compute with.
    """
    columns = {name: pick_column(frame, name) for name in variables}
    values = {name: read_column(name, column) for name, column in columns.items()}
    complete = np.ones(len(frame), dtype=bool)
    for column in values.values():
        complete &= ~find_missing(column)
    ready: dict[str, Any] = {}
    for name, variable in variables.items():
        # Only now: a level that no complete row of training had may stand in an incomplete one.
        kept = variable.match(values[name][complete], columns[name].dtype)
        ready[name] = kept.codes.astype(bool) if is_boolean(kept) else kept
    return ready, complete


def read_column(name: str, values: pd.Series) -> Values:
    """Float64 with nan, or categories; see the module. Nothing but missing values are numbers.

    Raises
    ------
    TypeError
        Naming the column where it holds neither numbers, text, booleans nor categories.
    ValueError
        Naming the column where a number is infinite.
    """
    dtype = values.dtype
    if values.isna().all():
        return np.full(len(values), np.nan)
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical(values)
    if dtype == np.object_:
        types = set(values.dropna().map(type))
        if types <= {bool, np.bool_}:
            dtype = np.dtype(bool)
        elif types <= {str, np.str_}:
            return pd.Categorical(values.astype(object).where(values.notna(), None))
        elif bool not in types and all(issubclass(t, _REAL) for t in types):
            values, dtype = pd.to_numeric(values.where(values.notna(), np.nan)), np.dtype(float)
        else:
            kinds = listing(sorted(t.__name__ for t in types))
            raise TypeError(
                f"column {name!r} holds {kinds}: make it numbers, for example with "
                ".astype(float), or text, with .astype(str)"
            )
    if pd.api.types.is_bool_dtype(dtype):
        codes = values.astype(object).map({True: 1, False: 0}).fillna(-1).astype(int)
        return make_categories(codes, [False, True])
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.flatnonzero(np.isinf(numbers))
        if infinite.size:
            raise ValueError(
                f"column {name!r} is infinite in {infinite.size} rows, first in row "
                f"{listing(values.index[infinite[:1]])}: "
                "replace the infinities by numbers, or by missing values"
            )
        return numbers
    # pandas 2.1 does not count Arrow's large strings among the string types.
    text = pd.api.types.is_string_dtype(dtype) or dtype.type is str
    if text and dtype != np.object_:
        return pd.Categorical(values.astype(object).where(values.notna(), None))
    raise TypeError(
        f"column {name!r} is {dtype}: a formula takes numbers, text, booleans or categories. "
        "Turn it into one of these; dates, for example, into days since a start."
    )
