"""Safety checks of expressions from files of unknown origin.

Every expression, typed or from a file, is checked against the white list and the table of
functions. Expressions from a file are also limited in length, nesting and states of transforms.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from math import prod
from typing import Any

from ..errors import UntrustedError, quote
from .expressions import parse_expression
from .factors import Expression
from .functions import FUNCTIONS, TABLE
from .placeholders import PLACEHOLDER
from .signatures import MOST_COLUMNS
from .whitelist import measure_depth

LONGEST = 10_000
DEEPEST = 100
MOST_TRANSFORMS = 20
# Remedies in the errors.
TRUST = "If you trust the author of the file, pass trusted=True"
NO_FORMULA = "No formula may contain that, with trusted=True neither"


def check_expression(expression: Expression, transforms: Mapping[str, Any]) -> None:
    """Check an expression of a formula, and the states of its transforms.

    Parameters
    ----------
    expression : Expression
    transforms : mapping
        The attributes of each transform, by its name.

    Raises
    ------
    UntrustedError
        Where it is not safe to evaluate the expression.
    """
    shown = expression.name()[:200]
    check_code(expression.code, shown, expression.names)
    if len(transforms) > MOST_TRANSFORMS:
        raise _refuse(shown, f"it has more than {MOST_TRANSFORMS} functions with a state")
    columns = prod(_count_columns(parts, shown) for parts in transforms.values())
    if columns > MOST_COLUMNS:
        raise _refuse(shown, "its splines have too many columns")


def _count_columns(parts: Any, shown: str) -> int:
    """Estimate the number of columns of a transform from its state."""
    parts = parts if isinstance(parts, Mapping) else {}
    degree, knots = parts.get("_degree", 0), parts.get("_all_knots", ())
    if not 0 <= degree <= MOST_COLUMNS:
        raise _refuse(shown, "its degree is too high")
    return max(1, int(degree), len(knots))


def check_condition(code: str, shown: str, env: Mapping[str, Any] | None = None) -> None:
    """Check a condition on rows as `check_code` does, without functions of several columns.

    They would be fitted to the rows of the condition itself, without the bounds of a saved state.
    """
    check_code(code, shown, env, multicolumn=False)


def check_code(
    code: str, shown: str, env: Mapping[str, Any] | None = None, multicolumn: bool = True
) -> None:
    """Check that code contains only bounded arithmetic and calls of known functions.

    Parameters
    ----------
    code : str
        With placeholders in place of columns.
    shown : str
        The code as the error quotes it.
    env : mapping, optional
        User-defined names that are known besides the table.
    multicolumn : bool
        Whether functions may be called that make several columns from one.

    Raises
    ------
    UntrustedError
    """
    check_length(code)
    env = env or {}
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise _refuse(shown, "it cannot be read", NO_FORMULA) from None
    if measure_depth(tree.body) > DEEPEST:
        raise _refuse(shown, "it is nested too deeply")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if not multicolumn and name in TABLE and TABLE[name].multicolumn:
                raise _refuse(shown, f"it calls {quote(name)}")
            if name not in FUNCTIONS:
                _check_user_defined(node, name, shown, env)
    places = dict.fromkeys(PLACEHOLDER.findall(code))
    try:
        parse_expression(code, {place: place for place in places}, [*places], env, shown)
    except ValueError as fault:
        raise _refuse(shown, str(fault), NO_FORMULA) from None


def check_length(code: str) -> None:
    """Raise UntrustedError where code is too long to be parsed."""
    if len(code) > LONGEST:
        raise _refuse(f"{code[:100]}...", f"it is longer than {LONGEST} characters")


def _check_user_defined(node: ast.Call, name: str, shown: str, env: Mapping[str, Any]) -> None:
    """Check a call of a user-defined function, which may not validate text and lists."""
    if name not in env:
        raise _refuse(shown, f"it calls {quote(name)}")
    for part in (*node.args, *(keyword.value for keyword in node.keywords)):
        text = isinstance(part, ast.Constant) and isinstance(part.value, str)
        if text or isinstance(part, ast.List | ast.Tuple):
            raise _refuse(shown, "it passes text or a list to a user-defined function")


def _refuse(shown: str, reason: str, remedy: str = TRUST) -> UntrustedError:
    return UntrustedError(f"refusing to load the expression {quote(shown)}: {reason}. {remedy}")
