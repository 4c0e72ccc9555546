"""What stands between the operators of a formula: columns, and expressions of columns.

Both are factors in patsy's protocol. An expression is checked against a white list before
anything runs: arithmetic, comparisons and calls of named functions, nothing else.
"""

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

from ..errors import closest, cut, listing, quote, shorten, suggest
from .bounds import check_node, measure
from .functions import FUNCTIONS
from .integers import FIRST
from .transforms import Categories, box_categories

# Of these a row's value would depend on the other rows that happen to be in the table.
_OF_A_WHOLE_COLUMN = (
    *("cummax", "cumprod", "cumsum", "diff", "lag", "max", "mean", "median", "min", "order"),
    *("quantile", "rank", "sd", "std", "sum", "var"),
)
# Words of the formula itself: they join or place whole columns, and compute nothing.
_WORDS = {
    "cbind": "cbind(a, b), without names, joins columns as a whole left side or all that is in "
    "offset(...); between predictors write '+'",
    "offset": "offset(a), of one argument without a name, stands on the right side as a part of a "
    "sum",
}
# What is to be written in the place of what R has and Python does not.
_UNREAD = {
    "as.factor": "as.factor(a) is written factor(a)",
    "->": "%in% joins terms, as ':' does, and stands in no call; there write (a == 1) | (a == 2)",
}
_PLAIN = re.compile(r"\.?+[^\W\d][\w.]*+")
# Two words without a sign between them.
_SPACED = re.compile(r"[\w.] +[\w.]")
# Words that Python keeps for statements: in an expression one can only be meant as a name.
_STATEMENTS = {"class", "def", "del", "from", "global", "import", "pass", "return", "try", "with"}
_STATEMENTS |= {"as", "assert", "break", "continue", "except", "finally", "nonlocal", "raise"}
_STATEMENTS |= {"while", "yield"}
_ESCAPED = re.compile(r"([`\\])")
_DOTTED = re.compile(r"[\w.]++")
_BITWISE = re.compile(r"ufunc '(bitwise_\w++|invert)'")
PLACE = re.compile(r"__column_\d++__")


def is_plain(column: str) -> bool:
    """Whether a column's name needs no backticks in a formula."""
    return bool(_PLAIN.fullmatch(column)) and column != "Intercept"


def spell(column: str) -> str:
    """A column's name as R would write it in a formula."""
    return column if is_plain(column) else "`" + _ESCAPED.sub(r"\\\1", column) + "`"


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
                if floats and (np.abs(held) >= FIRST).any():
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


Factor = Column | Expression


def join_names(factors: Sequence[Factor]) -> str:
    """One factor by its name, several as ``cbind(a, b)``."""
    names = ", ".join(factor.name() for factor in factors)
    return names if len(factors) == 1 else f"cbind({names})"


def read_arguments(code: str, function: str) -> list[str] | None:
    """The arguments in a call such as ``cbind(a, log(b))``, as typed; None for any other code."""
    if not code.startswith(f"{function}("):
        return None
    try:
        call = ast.parse(code, mode="eval").body
    except (SyntaxError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != function or call.keywords:
        return None
    return [ast.get_source_segment(code, argument) or "" for argument in call.args] or None


def parse_expression(
    code: str,
    places: Mapping[str, str],
    columns: Sequence[Any],
    env: Mapping[str, Any],
    formula: str,
) -> Expression:
    """Check an expression and tie its names to columns, built-in functions and ``env``.

    Raises
    ------
    ValueError
        Where it cannot be parsed, names something unknown, or holds what is not allowed.
    """
    places = {place: places[place] for place in PLACE.findall(code)}
    shown = code
    for place, column in places.items():
        shown = shown.replace(place, spell(column))
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        words = [] if "'" in code or '"' in code else _DOTTED.findall(code)
        for word in filter(_STATEMENTS.__contains__, words):
            raise ValueError(
                f"unknown name {quote(word)} in {quote(formula)}: {closest(word, columns)}"
            ) from None
        hints = [words for sign, words in _UNREAD.items() if sign in shown]
        shown = shown.strip().replace("__dot__", ".").replace("->", " %in% ")
        near = suggest(shown, filter(is_plain, columns)) if _SPACED.search(shown) else ""
        if any(name in shown for name in columns if not is_plain(name)):
            near = ""  # That name, in backticks, is what was meant.
        hint = "".join(f": {words}" for words in hints[:1]) or (near and f".{near}")
        raise ValueError(f"cannot read {shorten(shown)} in {shorten(formula)}{hint}") from None
    where = f"in {shorten(shown)}" + f" of {shorten(formula)}" * (shown != formula)
    names: dict[str, Any] = {}
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (dotted := _find_dotted(node, places, called)):
            raise _unknown(dotted, env, columns, formula)
        check_node(node, places, where)
        if isinstance(node, ast.Name) and node.id not in places:
            names[node.id] = _look_up(node.id, env, columns, formula)
    if not places:
        raise ValueError(f"{quote(shown)} in {quote(formula)} names no column of the data")
    width = measure(tree, places, names, where)
    return Expression(code, tuple(places.items()), names, width)


def _look_up(name: str, env: Mapping[str, Any], columns: Sequence[Any], formula: str) -> Any:
    if name in _WORDS:
        raise ValueError(f"cannot read {quote(name)} there in {quote(formula)}: {_WORDS[name]}")
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name in env:
        value = env[name]
        # What the user does to an array or a series later must not change the formula.
        return value.copy() if callable(getattr(value, "copy", None)) else value
    if name == "__dot__":
        raise ValueError(f"'.' in {quote(formula)} stands for columns only as a term of its own")
    if name == "Q":
        raise ValueError(f"Q in {quote(formula)} takes one name in quotes, as in Q('a b')")
    raise _unknown(name, env, columns, formula)


def _unknown(name: str, env: Mapping[str, Any], columns: Sequence[Any], formula: str) -> ValueError:
    if name in columns:
        return ValueError(
            f"{quote(name)} in {quote(formula)} is a column but is called like a function: write "
            f"* or : behind it for a product of terms, as in {cut(spell(name))}:(...)"
        )
    if name in _OF_A_WHOLE_COLUMN:
        return ValueError(
            f"unknown name {quote(name)} in {quote(formula)}: what depends on the whole column "
            "would be another number for the rows of predict(). center(a), standardize(a) and "
            "scale(a) remember what they learned from the training rows; anything else is a "
            "column to make beforehand"
        )
    # Classes such as Poly go into C(...), and do nothing to a column.
    functions = [known for known in FUNCTIONS if not known[0].isupper() or len(known) == 1]
    hint = closest(name, columns, [*functions, *_WORDS, *env])
    return ValueError(
        f"unknown name {quote(name)} in {quote(formula)}: {hint} Names mean columns of the data, "
        f"built-in functions, or what is passed as env={{{quote(name)}: ...}}; variables of your "
        "program are not seen."
    )


def _find_dotted(node: ast.Attribute, places: Mapping[str, str], called: set[ast.expr]) -> str:
    """A misspelt dotted name as typed; empty for what NumPy has, and for methods."""
    dotted = ast.unparse(node)
    start, dot, rest = dotted.partition(".")
    if start == "np" or (start in places and node in called) or not _DOTTED.fullmatch(dotted):
        return ""
    return places.get(start, start) + dot + rest
