"""Factors of terms, in patsy's protocol: columns, and expressions of columns."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from patsy import EvalEnvironment, PatsyError
from patsy.eval import EvalFactor

from ..errors import cut
from .expression_errors import check_exact, check_values, explain_fault
from .functions import FUNCTIONS, TABLE
from .quoting import quote_name
from .signatures import FACTOR
from .transforms.categories import box_categories
from .transforms.cut import Cut
from .transforms.pool import Pool


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data as a factor of a term; it evaluates no code."""

    column: str
    origin: None = field(default=None, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def dates(self) -> tuple[str, ...]:
        """Columns that it reads as dates: none."""
        return ()

    def name(self) -> str:
        return quote_name(self.column)

    def memorize(self, state: dict[str, Any], data: Mapping[str, Any]) -> None:
        """Do nothing: a column has no state."""

    def memorize_passes_needed(self, state: dict[str, Any], eval_env: Any) -> int:
        return 0

    def memorize_chunk(self, state: dict[str, Any], which_pass: int, data: Any) -> None:
        """Do nothing: a column has no state."""

    def memorize_finish(self, state: dict[str, Any], which_pass: int) -> None:
        """Do nothing: a column has no state."""

    def is_rowwise(self, state: Mapping[str, Any]) -> bool:
        """Return True, as in `Expression.is_rowwise`."""
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
        Python code, with placeholders in place of columns.
    places : tuple of (placeholder, column)
    names : mapping
        The functions and values that the code uses, by name.
    width : int
        An upper bound on the number of its columns; of a factor, without the levels of columns.
    categorical : bool
        Whether it makes a factor, by C, cut and the like.
    dates : tuple of str
        Columns that it reads as dates.
    text : str
        The code as typed, which may have R's ``^`` for a power; empty: the code itself.
    """

    code: str
    places: tuple[tuple[str, str], ...]
    names: Mapping[str, Any] = field(compare=False, repr=False)
    width: int = field(default=1, compare=False)
    categorical: bool = field(default=False, compare=False)
    dates: tuple[str, ...] = field(default=(), compare=False)
    text: str = field(default="", compare=False)
    origin: None = field(default=None, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for _, column in self.places)

    def name(self) -> str:
        text = self.text or self.code
        for place, column in self.places:
            text = text.replace(place, quote_name(column))
        return text

    def __repr__(self) -> str:
        return self.name()

    @property
    def user_defined(self) -> dict[str, Any]:
        """The functions and values that are not built in, by name."""
        names = self.names.items()
        return {name: each for name, each in names if FUNCTIONS.get(name, names) is not each}

    @property
    def extrapolates(self) -> bool:
        """True if it has a spline that extrapolates beyond its knots, without explicit bounds."""
        splines = any(name in TABLE and TABLE[name].extrapolates for name in self.names)
        return splines and "_bound" not in self.code

    @property
    def coded_columns(self) -> tuple[str, ...]:
        """The columns themselves of which C and the like make levels, also if they hold numbers."""
        calls = [each for each in ast.walk(ast.parse(self.code)) if isinstance(each, ast.Call)]
        makers = [each for each in calls if _makes_levels(ast.unparse(each.func))]
        # Not those of an expression in it: factor(x > 0) makes levels of other values than x has.
        values = (each.value for maker in makers for each in maker.keywords)
        arguments = chain(values, *(maker.args for maker in makers))
        names = {ast.unparse(argument) for argument in arguments}
        return tuple(column for place, column in self.places if place in names)

    def is_rowwise(self, state: Mapping[str, Any]) -> bool:
        """Return whether a value depends only on its row and on levels, not on other rows.

        A user-defined function may depend on all rows.
        """
        transforms = state["transforms"].values()
        return not self.user_defined and all(
            getattr(transform, "is_rowwise", False) for transform in transforms
        )

    def has_learned_breaks(self, state: Mapping[str, Any]) -> bool:
        """Return whether it has intervals of ``cut`` between breaks that training learned."""
        transforms = state["transforms"].values()
        return any(isinstance(each, Cut) and each.learned for each in transforms)

    def find_levels(self, state: Mapping[str, Any]) -> Sequence[Any] | None:
        """Return the levels of the factor that it makes; None where its columns have them."""
        outermost = next(iter(state["transforms"].values()), None)
        levels: Sequence[Any] | None = getattr(outermost, "levels", None)
        return levels

    def find_pooled(self, column: str, state: Mapping[str, Any]) -> set[Any]:
        """Return the levels of a column that ``pool`` joins wherever the expression uses it."""
        place = next(place for place, name in self.places if name == column)
        nodes = list(ast.walk(ast.parse(self.code, mode="eval")))
        uses = sum(isinstance(node, ast.Name) and node.id == place for node in nodes)
        pooled = [
            set(transform.pooled)
            for call, transform in zip(
                self._list_transforms(nodes), state["transforms"].values(), strict=True
            )
            if isinstance(transform, Pool) and find_argument(call, "x") == place
        ]
        return set.intersection(*pooled) if pooled and len(pooled) == uses else set()

    def _list_transforms(self, nodes: Sequence[ast.AST]) -> list[ast.Call]:
        """Return the calls of stateful transforms in the order in which patsy numbers them."""
        calls = [
            node
            for node in nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and hasattr(self.names.get(node.func.id), "__patsy_stateful_transform__")
        ]
        return sorted(calls, key=lambda call: (call.lineno, call.col_offset))

    def memorize(self, state: dict[str, Any], data: Mapping[str, Any]) -> None:
        """Fit the transforms to whole columns."""
        for which in range(self.memorize_passes_needed(state, None)):
            self.memorize_chunk(state, which, data)
            self.memorize_finish(state, which)

    def memorize_passes_needed(self, state: dict[str, Any], eval_env: Any) -> int:
        """Return the number of passes; 0 where patsy's environment has the state already."""
        if eval_env is not None and self in eval_env.namespace:
            state.update(eval_env.namespace[self])
            return 0
        passes: int = self._factor.memorize_passes_needed(state, EvalEnvironment([self.names]))
        return passes

    def memorize_chunk(self, state: dict[str, Any], which_pass: int, data: Any) -> None:
        with np.errstate(all="ignore"), self._explaining(data):
            self._factor.memorize_chunk(state, which_pass, self._values(data))

    def memorize_finish(self, state: dict[str, Any], which_pass: int) -> None:
        with np.errstate(all="ignore"), self._explaining({}):
            self._factor.memorize_finish(state, which_pass)
        # patsy sums in long doubles, whose precision depends on the platform.
        for transform in state["transforms"].values():
            for key, value in vars(transform).items():
                if isinstance(value, np.ndarray | np.generic) and value.dtype == np.longdouble:
                    with np.errstate(over="ignore"):
                        setattr(transform, key, np.asarray(value, dtype=np.float64))

    def eval(self, state: dict[str, Any], data: Mapping[str, Any]) -> Any:
        with np.errstate(all="ignore"), self._explaining(data):
            value = self._factor.eval(state, self._values(data))
            if hasattr(value, "code_with_intercept"):
                raise PatsyError("a contrast is the second argument of C, as in C(a, Sum)")
        if self.columns and not FUNCTIONS.keys() >= self.names.keys():
            check_values(self.name(), value, len(data[self.columns[0]]))
        return value

    @property
    def _factor(self) -> EvalFactor:
        return _make_factor(self.code)

    def _values(self, data: Mapping[str, Any]) -> dict[str, Any]:
        values = {place: data[column] for place, column in self.places}
        for place, column in self.places:
            check_exact(self.code, column, values[place])
        return values

    @contextmanager
    def _explaining(self, data: Mapping[str, Any]) -> Iterator[None]:
        """Raise every fault of an expression as a PatsyError with its name and the cause."""
        try:
            yield
        except MemoryError:
            raise
        except Exception as fault:
            cause = fault.__cause__ if isinstance(fault, PatsyError) and fault.__cause__ else fault
            why = explain_fault(cause, {name: data[name] for name in self.columns if name in data})
            raise PatsyError(f"{cut(self.name())}: {why}") from cause


@lru_cache
def _make_factor(code: str) -> EvalFactor:
    """Make patsy's factor of the code, cached as parsing it is slow."""
    # patsy writes a blank before '~', which would be an indentation at the start of the code.
    return EvalFactor(f"({code})" if code.startswith("~") else code)


def find_argument(call: ast.Call, name: str) -> str | None:
    """Return the name that is the first argument of a call, which may also be given by name."""
    found = [*call.args[:1], *(each.value for each in call.keywords if each.arg == name)]
    return found[0].id if found and isinstance(found[0], ast.Name) else None


Factor = Column | Expression


def _makes_levels(function: str) -> bool:
    """Return whether a function of the table makes levels of the values of a column."""
    return function in TABLE and FACTOR in TABLE[function].arguments.values()


def join_names(factors: Sequence[Factor]) -> str:
    """Return the name of a single factor, or ``cbind(a, b)`` of several."""
    names = ", ".join(factor.name() for factor in factors)
    return names if len(factors) == 1 else f"cbind({names})"
