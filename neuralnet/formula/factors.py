"""Factors of patsy's protocol: columns, and expressions of columns."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from patsy import EvalEnvironment, PatsyError
from patsy.eval import EvalFactor

from ..errors import MAX_EXACT_INTEGER, cut, listing, quote
from .functions import FUNCTIONS
from .transforms.categories import Categories, box_categories

_PLAIN = re.compile(r"\.?+[^\W\d][\w.]*+")
_ESCAPED = re.compile(r"([`\\])")
_BITWISE = re.compile(r"ufunc '(bitwise_\w++|invert)'")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data as a factor of a term. It never runs any code."""

    column: str
    origin: None = field(default=None, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def name(self) -> str:
        return spell(self.column)

    def memorize(self, state: dict[str, Any], data: Mapping[str, Any]) -> None:
        """Nothing to learn."""

    def memorize_passes_needed(self, state: dict[str, Any], eval_env: Any) -> int:
        return 0

    def memorize_chunk(self, state: dict[str, Any], which_pass: int, data: Any) -> None:
        """Nothing to learn."""

    def memorize_finish(self, state: dict[str, Any], which_pass: int) -> None:
        """Nothing to learn."""

    def is_rowwise(self, state: Mapping[str, Any]) -> bool:
        """See `Expression`."""
        return True

    def eval(self, state: dict[str, Any], data: Mapping[str, Any]) -> Any:
        values = data[self.column]
        return box_categories(values) if isinstance(values, pd.Categorical) else values


@dataclass(frozen=True, slots=True)
class Expression:
    """A function of columns, such as ``log(Sepal.Length)``, as a factor of a term.

    Attributes
    ----------
    code : str
        Python, with columns under stand-in names.
    places : tuple of (stand-in, column)
    names : mapping
        The functions and values that the code may use.
    width : int
        At most how many columns it makes, where it makes no categories.
    """

    code: str
    places: tuple[tuple[str, str], ...]
    names: Mapping[str, Any] = field(compare=False, repr=False)
    width: int = field(default=1, compare=False)
    origin: None = field(default=None, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for _, column in self.places)

    def name(self) -> str:
        text = self.code
        for place, column in self.places:
            text = text.replace(place, spell(column))
        return text

    def __repr__(self) -> str:
        return self.name()

    @property
    def extrapolates(self) -> bool:
        """Whether it holds a spline that goes on beyond its knots, and not on purpose."""
        return "cr" in self.names and "_bound" not in self.code

    def is_rowwise(self, state: Mapping[str, Any]) -> bool:
        """Whether its value in a row is known to depend on that row and on levels alone.

        A function of the caller's own may look at all rows that it is given.
        """
        learned = state["transforms"].values()
        return FUNCTIONS.keys() >= self.names.keys() and all(
            isinstance(transform, Categories) for transform in learned
        )

    def memorize(self, state: dict[str, Any], data: Mapping[str, Any]) -> None:
        """Learn the state of transforms from complete columns."""
        for which in range(self.memorize_passes_needed(state, None)):
            self.memorize_chunk(state, which, data)
            self.memorize_finish(state, which)

    def memorize_passes_needed(self, state: dict[str, Any], eval_env: Any) -> int:
        """None are where the environment that patsy hands on holds what was learned before."""
        if eval_env is not None and self in eval_env.namespace:
            state.update(eval_env.namespace[self])
            return 0
        passes: int = self._factor.memorize_passes_needed(state, EvalEnvironment([self.names]))
        return passes

    def memorize_chunk(self, state: dict[str, Any], which_pass: int, data: Any) -> None:
        with np.errstate(all="ignore"), self._telling(data):
            self._factor.memorize_chunk(state, which_pass, self._values(data))

    def memorize_finish(self, state: dict[str, Any], which_pass: int) -> None:
        with np.errstate(all="ignore"), self._telling({}):
            self._factor.memorize_finish(state, which_pass)
        # patsy sums in long doubles, whose size depends on the platform.
        for transform in state["transforms"].values():
            for key, value in vars(transform).items():
                if isinstance(value, np.ndarray | np.generic) and value.dtype == np.longdouble:
                    with np.errstate(over="ignore"):
                        setattr(transform, key, np.asarray(value, dtype=np.float64))

    def eval(self, state: dict[str, Any], data: Mapping[str, Any]) -> Any:
        with np.errstate(all="ignore"), self._telling(data):
            value = self._factor.eval(state, self._values(data))
            if hasattr(value, "code_with_intercept"):
                raise PatsyError("a coding of categories stands behind a column, as in C(a, Sum)")
            return value

    @property
    def _factor(self) -> EvalFactor:
        return _make_factor(self.code)

    def _values(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values = {place: data[column] for place, column in self.places}
        for fine in _find_fine(self.code):
            for place, column in self.places:
                held = values[place]
                floats = isinstance(held, np.ndarray) and held.dtype == float
                if floats and (np.abs(held) >= MAX_EXACT_INTEGER).any():
                    raise PatsyError(
                        f"column {quote(column)} holds floats that cannot tell {fine} from its "
                        "neighbours: give it as integers, as dtype 'Int64' where values are missing"
                    )
        return values

    @contextmanager
    def _telling(self, data: Mapping[str, Any]) -> Iterator[None]:
        """Say which expression failed, and why, whatever Python or a library makes of it."""
        try:
            yield
        except MemoryError:
            raise
        except Exception as fault:
            cause = fault.__cause__ if isinstance(fault, PatsyError) and fault.__cause__ else fault
            words = _explain(cause, {name: data[name] for name in self.columns if name in data})
            raise PatsyError(f"{cut(self.name())}: {words}") from cause


@lru_cache
def _make_factor(code: str) -> EvalFactor:
    """Patsy's factor, which holds the code alone and spends long on taking it apart."""
    # Before a '~' patsy writes a blank, which Python takes for an indent where the code begins.
    return EvalFactor(f"({code})" if code.startswith("~") else code)


Factor = Column | Expression


def is_plain(column: str) -> bool:
    """Whether a column's name needs no backticks in a formula."""
    return bool(_PLAIN.fullmatch(column)) and column != "Intercept"


def spell(column: str) -> str:
    """A column's name as R would write it in a formula."""
    return column if is_plain(column) else "`" + _ESCAPED.sub(r"\\\1", column) + "`"


@lru_cache
def _find_fine(code: str) -> tuple[int, ...]:
    """Whole numbers in its comparisons that are between two floats."""
    tests = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Compare)]
    nodes = dict.fromkeys(node for test in tests for node in ast.walk(test))
    found = [node.value for node in nodes if isinstance(node, ast.Constant)]
    whole = [one for one in found if type(one) is int and one.bit_length() < 1024]
    return tuple(one for one in whole if one != float(one))


def _explain(fault: BaseException, values: Mapping[str, Any]) -> str:
    """What went wrong with an expression of such columns."""
    if isinstance(fault, PatsyError):
        return str(fault.message)
    text = str(fault)
    categories = {name: v for name, v in values.items() if isinstance(v, pd.Categorical)}
    if categories and isinstance(fault, TypeError | ValueError):
        name, held = next(iter(categories.items()))
        signs = "==, !=, < and >" if held.ordered else "== and !="
        return (
            f"column {quote(name)} holds categories, {listing(held.categories, most=3)}; computing "
            f"needs numbers. Of categories an expression may ask {signs} with one of them, and "
            "C(...) codes them"
        )
    if "truth value of an array" in text:
        return "comparisons are made one by one and joined by & or |, as in (1 < a) & (a < 2)"
    if _BITWISE.search(text):
        return "&, | and ~ join comparisons, as in (a > 1) & (b < 2), and take no numbers"
    strings = "'str'" in text.partition("operand")[2] or "dtype('<U" in text
    if isinstance(fault, TypeError) and strings:
        return "text takes no part in arithmetic"
    if isinstance(fault, ValueError) and "broadcast" in text:
        return f"what it joins is not equally long: {text.strip()}"
    # What we, and patsy's transforms, raise with care is told as it is.
    return text if type(fault) is ValueError else f"{type(fault).__name__}: {text}"


def join_names(factors: Sequence[Factor]) -> str:
    """One factor by its name, several as ``cbind(a, b)``."""
    names = ", ".join(factor.name() for factor in factors)
    return names if len(factors) == 1 else f"cbind({names})"
