"""What is known of the arguments of a formula's functions before they run, and what they may be.

Knows no function and no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

# Columns of one spline or polynomial, and those of a product of splines.
MOST_KNOTS, MOST_COLUMNS = 1_000, 10_000
# Rows of linear constraints, and columns of a product that is held to them, which cost their cube.
MOST_CONSTRAINTS, MOST_CONSTRAINED = 100, 1_000


@dataclass(frozen=True)
class Rows:
    """What is known of something that has values for each row.

    Attributes
    ----------
    width : int
        At most how many columns it has.
    matrix : bool or None
        Whether NumPy holds it as a matrix, be it of one column; None where that is not known.
    boxed : bool
        Whether it is categories in a box, as C gives them: nothing is computed of these.
    """

    width: int = 1
    matrix: bool | None = False
    boxed: bool = False

    @classmethod
    def join(cls, parts: Sequence[Any]) -> Rows:
        """What is computed of such parts, row by row.

        Raises
        ------
        ValueError
            For categories in a box, and for a matrix (n, 1) and a column (n,), of which NumPy would
            make a matrix (n, n).
        """
        rows = [each for each in parts if isinstance(each, Rows)]
        if any(each.boxed for each in rows):
            raise ValueError(
                "C(...) and factor(...) make categories for a term, which take no part in "
                "arithmetic and comparisons: give the column itself"
            )
        kinds = {each.matrix for each in rows}
        if {True, False} <= kinds:
            raise ValueError(
                "several columns, as of a spline, do not go with a single one: write a product of "
                "terms, as in poly(a, 2):b, or a sum of terms"
            )
        matrix = kinds.pop() if len(kinds) == 1 else None
        return cls(max((each.width for each in rows), default=1), matrix)


@dataclass(frozen=True, eq=False)
class Own:
    """A value of the caller's own that is no plain number or text."""

    value: Any


# Stands for a coding of categories, such as Treatment('a').
CODING = object()


@dataclass(frozen=True)
class Kind:
    """What an argument may be: in words, and as a question about what is known of it."""

    words: str
    accepts: Callable[[Any], bool]


@dataclass(frozen=True, eq=False)
class Function:
    """A function that a formula may call.

    Attributes
    ----------
    run : callable
    arguments : mapping of str to Kind
        In their order.
    gives : callable
        What is known of the result, from what is known of the arguments by name.
    needed : int
        How many of the first must be given.
    placed : int or None
        How many of the first may be given by place; None: all.
    more : Kind or None
        Of any number of arguments that stand before all others.
    spreads : bool
        Whether it makes several columns of one.
    codes : bool
        Whether it gives a coding of categories.
    """

    run: Callable[..., Any]
    arguments: Mapping[str, Kind]
    gives: Callable[[Mapping[str, Any]], Any]
    needed: int = 1
    placed: int | None = None
    more: Kind | None = None
    spreads: bool = False
    codes: bool = False

    @property
    def named(self) -> bool:
        """Whether arguments may be given by name: NumPy's have one more, for their result."""
        return not isinstance(self.run, np.ufunc)

    @property
    def takes(self) -> str:
        """Its arguments in words."""
        if not self.named:
            count = "one argument" if self.needed == 1 else f"{self.needed} arguments"
            return f"{count} and no other"
        names = [*self.arguments]
        spelled = [*names[: self.needed], *(f"{name}=" for name in names[self.needed :])]
        if self.more is not None:
            spelled = ["one or more columns or splines", *spelled]
        return f"{', '.join(spelled) or 'no argument'} and no other"


def is_number(value: Any) -> bool:
    """Whether a value is one real number, or one truth value."""
    return isinstance(value, bool | int | float | np.bool_ | np.integer | np.floating)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    return is_number(value) and isfinite(value)


def _is_level(value: Any) -> bool:
    return isinstance(value, str) or is_number(value)


def read_list(value: Any) -> Any:
    """A list or a flat array, typed or the caller's own; None for anything else."""
    value = value.value if isinstance(value, Own) else value
    flat = isinstance(value, np.ndarray | pd.Series | pd.Index) and value.ndim == 1
    return value if flat or isinstance(value, list | tuple) else None


def _shape(value: Any) -> tuple[int, ...]:
    """The shape of a matrix or a vector of finite numbers; empty for anything else."""
    rows = value.value if isinstance(value, Own) else value
    if not isinstance(rows, np.ndarray | list | tuple):
        return ()
    try:
        array = np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return ()
    return array.shape if array.ndim in (1, 2) and np.isfinite(array).all() else ()


def _is_coding(value: Any) -> bool:
    if isinstance(value, Function):
        return value.codes
    # Of the caller's own: an object with patsy's two methods, or a function that gives one.
    own = isinstance(value, Own) and not isinstance(value.value, str | pd.Categorical)
    return value is CODING or len(_shape(value)) == 2 or (own and read_list(value) is None)


def whole(low: int, high: int) -> Kind:
    """A whole number within bounds."""
    return Kind(
        f"a whole number from {low:,} to {high:,}", lambda v: _is_whole(v) and low <= v <= high
    )


def _list_of(words: str, accepts: Callable[[Any], bool], most: int) -> Kind:
    def check(value: Any) -> bool:
        values = read_list(value)
        return values is not None and len(values) <= most and all(map(accepts, values))

    return Kind(f"a list of up to {most:,} {words}", check)


def _optional(kind: Kind) -> Kind:
    return Kind(f"{kind.words}, or None", lambda v: v is None or kind.accepts(v))


def _is_open(value: Any) -> bool:
    """Whether it has values that can be computed with."""
    return isinstance(value, Own) or (isinstance(value, Rows) and not value.boxed)


FACTOR = Kind("a column or an expression of columns", lambda v: isinstance(v, Rows | Own))
COLUMN = Kind(FACTOR.words, _is_open)
VALUES = Kind(
    "a column, a number or an expression of them",
    lambda v: _is_open(v) or is_number(v),
)
VALUES_OR_TEXT = Kind(
    "a column, a number, text or an expression of them",
    lambda v: _is_open(v) or isinstance(v, str) or is_number(v),
)
VALUES_OR_NONE = _optional(VALUES)
FLAG = Kind("True or False", lambda v: is_number(v) and v in (0, 1))
NUMBER = Kind("a finite number", _is_finite)
NUMBER_OR_NONE = _optional(NUMBER)
LEVEL = _optional(Kind("one of the levels", _is_level))
LEVELS = _optional(_list_of("levels", _is_level, MOST_COLUMNS))
NUMBERS = _optional(_list_of("finite numbers", _is_finite, MOST_KNOTS))
WIDTH = _optional(whole(1, MOST_KNOTS))
CODE = _optional(
    Kind("a coding such as Sum or Treatment('a'), or levels=[...] by name", _is_coding)
)
CONSTRAINTS = _optional(
    Kind(
        f"'center' or a matrix of numbers with up to {MOST_CONSTRAINTS} rows",
        lambda v: v == "center" if isinstance(v, str) else _fits_constraints(_shape(v)),
    )
)


def _fits_constraints(shape: tuple[int, ...]) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and 0 < shape[0] <= MOST_CONSTRAINTS)
