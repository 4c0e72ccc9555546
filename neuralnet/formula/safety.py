"""Which expressions are taken from a file that may come from anyone.

What a formula may hold is checked for everyone alike, by the table of functions; here is what
else a file must keep to: bounds on length and nesting, and on what transforms remember.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from math import prod
from typing import Any

from ..errors import UntrustedError, quote
from .bounds import count_levels
from .expressions import parse_expression
from .factors import Expression
from .functions import FUNCTIONS, TABLE
from .placeholders import PLACEHOLDER
from .signatures import MOST_COLUMNS

LONGEST = 10_000
DEEPEST = 100
MOST_TRANSFORMS = 20
# What to do about it.
TRUST = "Where you trust whoever made the file, pass trusted=True"
NO_FORMULA = "No formula may hold that, and trusted=True does not change it"


def check_expression(expression: Expression, transforms: Mapping[str, Any]) -> None:
    """Raise UntrustedError where an expression, with what its transforms remember, goes too far.

    Parameters
    ----------
    expression : Expression
    transforms : mapping
        The attributes of each, by name.
    """
    shown = expression.name()[:200]
    check_code(expression.code, shown, expression.names)
    if len(transforms) > MOST_TRANSFORMS:
        raise _refuse(shown, f"it holds more than {MOST_TRANSFORMS} functions that remember")
    columns = prod(_count_columns(parts, shown) for parts in transforms.values())
    if columns > MOST_COLUMNS:
        raise _refuse(shown, "its splines have too many columns")


def _count_columns(parts: Any, shown: str) -> int:
    """About how many columns a transform makes that remembers these parts."""
    parts = parts if isinstance(parts, Mapping) else {}
    degree, knots = parts.get("_degree", 0), parts.get("_all_knots", ())
    if not 0 <= degree <= MOST_COLUMNS:
        raise _refuse(shown, "its degree is too high")
    return max(1, int(degree), len(knots))


def check_condition(code: str, shown: str, env: Mapping[str, Any] | None = None) -> None:
    """Check a condition on rows as `check_code` does, and refuse functions of several columns.

    A condition may be evaluated on more rows than the network was trained on, so what such a
    function computes there has no bound.
    """
    check_code(code, shown, env, spreading=False)


def check_code(
    code: str, shown: str, env: Mapping[str, Any] | None = None, spreading: bool = True
) -> None:
    """Raise UntrustedError where code holds more than plain, bounded arithmetic and calls.

    ``shown`` is how it is called in the error, ``env`` what it may name besides the built-in
    functions; ``spreading`` allows those that make several columns of one.
    """
    check_length(code)
    env = env or {}
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise _refuse(shown, "it cannot be read", NO_FORMULA) from None
    if count_levels(tree.body) > DEEPEST:
        raise _refuse(shown, "it is nested too deeply")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if not spreading and name in TABLE and TABLE[name].spreads:
                raise _refuse(shown, f"it calls {quote(name)}")
            if name not in FUNCTIONS:
                _check_own(node, name, shown, env)
    places = dict.fromkeys(PLACEHOLDER.findall(code))
    try:
        parse_expression(code, {place: place for place in places}, [*places], env, shown)
    except ValueError as fault:
        raise _refuse(shown, str(fault), NO_FORMULA) from None


def check_length(code: str) -> None:
    """Raise UntrustedError where code is too long to be looked at."""
    if len(code) > LONGEST:
        raise _refuse(f"{code[:100]}...", f"it is longer than {LONGEST} characters")


def _check_own(node: ast.Call, name: str, shown: str, env: Mapping[str, Any]) -> None:
    """The caller's own functions were not written for what a stranger hands them."""
    if name not in env:
        raise _refuse(shown, f"it calls {quote(name)}")
    for part in (*node.args, *(keyword.value for keyword in node.keywords)):
        text = isinstance(part, ast.Constant) and isinstance(part.value, str)
        if text or isinstance(part, ast.List | ast.Tuple):
            raise _refuse(shown, "it hands text or a list to a function that takes numbers")


def _refuse(shown: str, why: str, advice: str = TRUST) -> UntrustedError:
    return UntrustedError(f"{quote(shown)} is not taken from a file as it stands: {why}. {advice}")
