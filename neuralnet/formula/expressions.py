"""What stands between the operators of a formula: columns, and expressions of columns.

Both are factors in patsy's protocol. An expression is checked against a white list before
anything runs: arithmetic, comparisons and calls of named functions, nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import closest, cut, quote, shorten, suggest
from .bounds import count_columns
from .factors import Expression, is_plain, quote_name
from .functions import FUNCTIONS
from .placeholders import DOT, PLACEHOLDER, WITHIN
from .whitelist import check_node

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
    WITHIN: "%in% joins terms, as ':' does, and has no meaning in a call; there write "
    "(a == 1) | (a == 2)",
}
# Two words without a sign between them.
_SPACED = re.compile(r"[\w.] +[\w.]")
# Words that Python keeps for statements: in an expression one can only be meant as a name.
_STATEMENTS = {"class", "def", "del", "from", "global", "import", "pass", "return", "try", "with"}
_STATEMENTS |= {"as", "assert", "break", "continue", "except", "finally", "nonlocal", "raise"}
_STATEMENTS |= {"while", "yield"}
_DOTTED = re.compile(r"[\w.]++")


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
    places = {place: places[place] for place in PLACEHOLDER.findall(code)}
    shown = code
    for place, column in places.items():
        shown = shown.replace(place, quote_name(column))
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        words = [] if "'" in code or '"' in code else _DOTTED.findall(code)
        for word in filter(_STATEMENTS.__contains__, words):
            raise ValueError(
                f"unknown name {quote(word)} in {quote(formula)}: {closest(word, columns)}"
            ) from None
        hints = [words for sign, words in _UNREAD.items() if sign in shown]
        shown = shown.strip().replace(DOT, ".").replace(WITHIN, " %in% ")
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
    width = count_columns(tree, places, names, where)
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
    if name == DOT:
        raise ValueError(f"'.' in {quote(formula)} stands for columns only as a term of its own")
    if name == "Q":
        raise ValueError(f"Q in {quote(formula)} takes one name in quotes, as in Q('a b')")
    raise _unknown(name, env, columns, formula)


def _unknown(name: str, env: Mapping[str, Any], columns: Sequence[Any], formula: str) -> ValueError:
    if name in columns:
        return ValueError(
            f"{quote(name)} in {quote(formula)} is a column but is called like a function: write "
            f"* or : behind it for a product of terms, as in {cut(quote_name(name))}:(...)"
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
