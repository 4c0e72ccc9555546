"""Signatures of functions, and the abstract values of expressions that are checked against them.

Knows no function and no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

# Columns of one spline or polynomial, and of a product of splines.
MOST_KNOTS, MOST_COLUMNS = 1_000, 10_000
# Rows of linear constraints, and columns of a constrained product: its time is cubic in both.
MOST_CONSTRAINTS, MOST_CONSTRAINED = 100, 1_000


@dataclass(frozen=True)
class ColumnValue:
    """The abstract value of an expression with a value in each row.

    Attributes
    ----------
    width : int
        An upper bound on the number of columns.
    matrix : bool or None
        Whether it is a matrix, of one column or more, and not a vector; None where unknown.
    categorical : bool
        Whether it is the result of C, cut and the like, which takes no part in arithmetic.
    is_plain : bool
        Whether it is a column of the data itself, which nothing was computed from.
    """

    width: int = 1
    matrix: bool | None = False
    categorical: bool = False
    is_plain: bool = False

    @classmethod
    def combine(cls, parts: Sequence[Any]) -> ColumnValue:
        """Return the abstract result of elementwise arithmetic on such parts.

        Raises
        ------
        ValueError
            For the result of C, and for a matrix (n, 1) with a vector (n,), which NumPy would
            broadcast to a matrix (n, n).
        """
        columns = [each for each in parts if isinstance(each, ColumnValue)]
        if any(each.categorical for each in columns):
            raise ValueError(
                "C(...), factor(...), cut(...) and the like make categories for a term, which take "
                "no part in arithmetic and comparisons: give the column itself"
            )
        matrices = {each.matrix for each in columns}
        if {True, False} <= matrices:
            raise ValueError(
                "several columns, as of a spline, do not go with a single one: write a product of "
                "terms, as in poly(a, 2):b, or a sum of terms"
            )
        matrix = matrices.pop() if len(matrices) == 1 else None
        return cls(max((each.width for each in columns), default=1), matrix)


@dataclass(frozen=True, eq=False)
class UserValue:
    """The abstract value of a user-defined name that is no plain number or text."""

    value: Any


# The abstract value of a contrast, such as Treatment('a').
CONTRAST = object()


@dataclass(frozen=True)
class Kind:
    """The kind of an argument: its description for errors, and a predicate of abstract values.

    ``several`` describes any number of such arguments.
    """

    description: str
    accepts: Callable[[Any], bool]
    several: str = "one or more columns or expressions"


@dataclass(frozen=True, eq=False)
class Function:
    """A function that a formula may call.

    Attributes
    ----------
    run : callable
    arguments : mapping of str to Kind
        In order of their positions.
    infer : callable
        Returns the abstract value of the result from those of the arguments by name.
    required : int
        The number of required arguments, which come first.
    positional : int or None
        The number of arguments that may be given by position; None: all.
    variadic : Kind or None
        The kind of any number of positional arguments before all others.
    multicolumn : bool
        Whether it makes several columns from one.
    extrapolates : bool
        Whether it continues beyond its knots without an error, unless bounds are given.
    is_contrast : bool
        Whether it makes a contrast for the second argument of C.
    """

    run: Callable[..., Any]
    arguments: Mapping[str, Kind]
    infer: Callable[[Mapping[str, Any]], Any]
    required: int = 1
    positional: int | None = None
    variadic: Kind | None = None
    multicolumn: bool = False
    extrapolates: bool = False
    is_contrast: bool = False

    @property
    def takes_dates(self) -> bool:
        """True if it takes a column of dates, and nothing else."""
        return DATES in self.arguments.values()

    @property
    def accepts_names(self) -> bool:
        """True if arguments may be named; not for ufuncs, which have an argument ``out``."""
        return not isinstance(self.run, np.ufunc)

    @property
    def usage(self) -> str:
        """The arguments in words, for errors."""
        if not self.accepts_names:
            count = "one argument" if self.required == 1 else f"{self.required} arguments"
            return f"{count} and no other"
        names = [*self.arguments]
        spelled = [*names[: self.required], *(f"{name}=" for name in names[self.required :])]
        if self.variadic is not None:
            spelled = [self.variadic.several, *spelled]
        return f"{', '.join(spelled) or 'no argument'} and no other"

    def list_lacking(self, given: Collection[str]) -> str:
        """The required arguments that are not given, each with its kind; '' for none."""
        lacking = [name for name in [*self.arguments][: self.required] if name not in given]
        kinds = (self.arguments[name].description.rstrip(",") for name in lacking)
        return ", ".join(f"{name} ({kind})" for name, kind in zip(lacking, kinds, strict=True))


def is_number(value: Any) -> bool:
    """Return whether a value is a single real number or a truth value."""
    return isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    return is_number(value) and isfinite(value)


def _is_level(value: Any) -> bool:
    return isinstance(value, str) or is_number(value)


def read_list(value: Any) -> Any:
    """Return a list or a one-dimensional array, typed or user-defined; None for anything else."""
    value = value.value if isinstance(value, UserValue) else value
    flat = isinstance(value, np.ndarray | pd.Series | pd.Index) and value.ndim == 1
    return value if flat or isinstance(value, list | tuple) else None


def _shape(value: Any) -> tuple[int, ...]:
    """Return the shape of a matrix or a vector of finite numbers; empty for anything else."""
    rows = value.value if isinstance(value, UserValue) else value
    if not isinstance(rows, np.ndarray | list | tuple):
        return ()
    try:
        array = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return ()
    return array.shape if array.ndim in (1, 2) and np.isfinite(array).all() else ()


def _is_contrast(value: Any) -> bool:
    if isinstance(value, Function):
        return value.is_contrast
    # A user-defined contrast is an object with patsy's two methods, or a function that returns one.
    custom = isinstance(value, UserValue) and not isinstance(value.value, str | pd.Categorical)
    return value is CONTRAST or len(_shape(value)) == 2 or (custom and read_list(value) is None)


def whole(low: int, high: int) -> Kind:
    """Make the kind of a whole number within bounds."""
    return Kind(
        f"a whole number from {low:,} to {high:,}", lambda v: _is_whole(v) and low <= v <= high
    )


def _list_of(entries: str, accepts: Callable[[Any], bool], most: int) -> Kind:
    def check(value: Any) -> bool:
        values = read_list(value)
        return values is not None and len(values) <= most and all(map(accepts, values))

    return Kind(f"a list of up to {most:,} {entries}", check)


def _optional(kind: Kind) -> Kind:
    return Kind(f"{kind.description}, or None", lambda v: v is None or kind.accepts(v))


def _is_computable(value: Any) -> bool:
    """Return whether arithmetic with a value is possible."""
    return isinstance(value, UserValue) or (
        isinstance(value, ColumnValue) and not value.categorical
    )


FACTOR = Kind(
    "a column or an expression of columns", lambda v: isinstance(v, ColumnValue | UserValue)
)
COLUMN = Kind(FACTOR.description, _is_computable)
SPLINE = Kind(FACTOR.description, _is_computable, "one or more columns or splines")
DATES = Kind("a column of dates", lambda v: isinstance(v, ColumnValue) and v.is_plain)
VALUES = Kind(
    "a column, a number or an expression of them",
    lambda v: _is_computable(v) or is_number(v),
)
VALUES_OR_TEXT = Kind(
    "a column, a number, text or an expression of them",
    lambda v: _is_computable(v) or isinstance(v, str) or is_number(v),
)
VALUES_OR_NONE = _optional(VALUES)
FLAG = Kind("True or False", lambda v: is_number(v) and v in (0, 1))
NUMBER = Kind("a finite number", _is_finite)
NUMBER_OR_NONE = _optional(NUMBER)
TEXT = Kind("text", lambda v: isinstance(v, str))
BASE = Kind("a finite number above 0 other than 1", lambda v: _is_finite(v) and v > 0 and v != 1)
REFERENCE = Kind("one of the levels", _is_level)
LEVEL = _optional(REFERENCE)
LEVELS = _optional(_list_of("levels", _is_level, MOST_COLUMNS))
LABELS = _optional(_list_of("labels", _is_level, MOST_COLUMNS))
NUMBERS = _optional(_list_of("finite numbers", _is_finite, MOST_KNOTS))
WIDTH = _optional(whole(1, MOST_KNOTS))
_INTERVALS = whole(2, MOST_KNOTS)
_ENDS = _list_of("numbers", lambda v: is_number(v) and v == v, MOST_KNOTS)
BREAKS = Kind(
    f"a whole number of intervals from 2 to {MOST_KNOTS:,}, or {_ENDS.description},",
    lambda v: _INTERVALS.accepts(v) or _ENDS.accepts(v),
)
CONTRAST_OR_NONE = _optional(
    Kind("a contrast such as Sum or Treatment('a'), or levels=[...] by name", _is_contrast)
)
CONSTRAINTS = _optional(
    Kind(
        f"'center' or a matrix of numbers with up to {MOST_CONSTRAINTS} rows",
        lambda v: v == "center" if isinstance(v, str) else _is_constraint(_shape(v)),
    )
)


def _is_constraint(shape: tuple[int, ...]) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and 0 < shape[0] <= MOST_CONSTRAINTS)
