"""Which expressions are taken from a file that may come from anyone.

The formula's own check keeps out what could run other code; this one also keeps out what could
fill the memory or never end: huge powers and repeats, splines without bound, deep nesting.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from math import exp, log, prod
from typing import Any

from .expressions import FUNCTIONS, Expression

__all__ = ["UntrustedError", "check_length", "vet_code", "vet_condition", "vet_expression"]

LONGEST = 10_000
DEEPEST = 100
MOST_TRANSFORMS = 20
# Of numbers, of exponents, and of the knots or degrees of all splines in one expression.
LARGEST, STEEPEST, MOST_KNOTS = 1e15, 100, 10_000
# Arguments that say how many columns a function makes.
_COUNTS = ("df", "degree")
# Functions that make more columns of one.
_SPREADING = {"bs", "cr", "cc", "te", "poly"}

_OPERATORS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
    *(ast.UAdd, ast.USub, ast.Invert),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE),
)
_NODES = (
    *(ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.Attribute),
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.List, ast.Tuple),
)
# Who may be handed text or a list: those that neither repeat it nor give it back.
_TAKE_LISTS = (
    *("C", "factor", "Treatment", "Poly", "Sum", "Helmert", "Diff"),
    *("bs", "cr", "cc", "te", "poly", "ifelse", "np.where"),
)


class UntrustedError(ValueError):
    """An expression from a file that only ``trusted=True`` accepts."""


def vet_expression(expression: Expression, transforms: Mapping[str, Any]) -> None:
    """Raise UntrustedError where an expression, with what its transforms remember, goes too far.

    Parameters
    ----------
    expression : Expression
    transforms : mapping
        The attributes of each, by name.
    """
    shown = expression.name()[:200]
    vet_code(expression.code, shown, expression.names)
    if len(transforms) > MOST_TRANSFORMS:
        raise _refuse(shown, f"it holds more than {MOST_TRANSFORMS} functions that remember")
    columns = prod(_count_columns(parts, shown) for parts in transforms.values())
    if columns > MOST_KNOTS:
        raise _refuse(shown, "its splines have too many columns")


def _count_columns(parts: Any, shown: str) -> int:
    """About how many columns a transform makes that remembers these parts."""
    parts = parts if isinstance(parts, Mapping) else {}
    degree, knots = parts.get("_degree", 0), parts.get("_all_knots", ())
    if not 0 <= degree <= MOST_KNOTS:
        raise _refuse(shown, "its degree is too high")
    return max(1, int(degree), len(knots))


def vet_condition(code: str, shown: str, env: Mapping[str, Any] | None = None) -> None:
    """As `vet_code`, for a condition on rows: functions learn from the very rows, without bound."""
    vet_code(code, shown, env)
    names = {
        node.id for node in ast.walk(ast.parse(code, mode="eval")) if isinstance(node, ast.Name)
    }
    if spreading := sorted(names & _SPREADING):
        raise _refuse(shown, f"it calls {spreading[0]!r}")


def vet_code(code: str, shown: str, env: Mapping[str, Any] | None = None) -> None:
    """Raise UntrustedError where code holds more than plain, bounded arithmetic and calls.

    ``shown`` is how it is called in the error, ``env`` what it may name besides the built-in
    functions.
    """
    check_length(code)
    try:
        tree = ast.parse(code, mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        raise _refuse(shown, "it cannot be read") from None
    _Walk(shown, env or {}).visit(tree.body, None, 0)


def check_length(code: str) -> None:
    """Raise UntrustedError where code is too long to be looked at."""
    if len(code) > LONGEST:
        raise _refuse(f"{code[:100]}...", f"it is longer than {LONGEST} characters")


class _Walk:
    """One pass over the nodes of an expression."""

    def __init__(self, shown: str, env: Mapping[str, Any]) -> None:
        self.shown, self.env = shown, env

    def visit(self, node: ast.AST, parent: ast.AST | None, depth: int) -> None:
        if depth > DEEPEST:
            raise self.refuse("it is nested too deeply")
        if not isinstance(node, _NODES + _OPERATORS):
            raise self.refuse(f"it holds {type(node).__name__}")
        self._check_value(node, parent)
        if isinstance(node, ast.Call):
            self._check_call(node)
        if isinstance(node, ast.BinOp):
            self._measure(node)
            if isinstance(node.op, ast.Pow):
                self._check_power(node)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) != "np":
            raise self.refuse(f"it asks for .{node.attr}")
        for child in ast.iter_child_nodes(node):
            self.visit(child, node, depth + 1)

    def _check_value(self, node: ast.AST, parent: ast.AST | None) -> None:
        """Numbers have a bound; text and lists stand only where nobody can repeat them."""
        flat = isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes)
        if flat:
            value = node.value  # type: ignore[attr-defined]
            if isinstance(value, int | float) and not abs(value) <= LARGEST:
                raise self.refuse("it holds a number beyond 1e15")
            if not (value is None or isinstance(value, bool | int | float)):
                raise self.refuse(f"it holds a {type(value).__name__}")
            return
        if not isinstance(node, ast.Constant | ast.List | ast.Tuple):
            return
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            raise self.refuse("it holds bytes")
        held = isinstance(parent, ast.List | ast.Tuple | ast.keyword | ast.Compare)
        if isinstance(parent, ast.Compare):
            held = isinstance(node, ast.Constant)
        if isinstance(parent, ast.Call):
            held = ast.unparse(parent.func) in _TAKE_LISTS
        if not held:
            raise self.refuse("it computes with text or a list")

    def _check_call(self, node: ast.Call) -> None:
        name = ast.unparse(node.func)
        if not isinstance(node.func, ast.Name | ast.Attribute):
            raise self.refuse("it calls what is no named function")
        if isinstance(node.func, ast.Name) and name not in {*FUNCTIONS, *self.env}:
            raise self.refuse(f"it calls {name!r}")
        # It hands back what it is given, be it only a number.
        inside = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        if name == "I" and not any(each.startswith("__column_") for each in inside):
            raise self.refuse("I(...) holds no column")
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self.refuse("it spreads arguments with **")
            value = keyword.value
            text = isinstance(getattr(value, "value", None), str)
            if (text or isinstance(value, ast.List | ast.Tuple)) and name not in _TAKE_LISTS:
                raise self.refuse("it hands text or a list to a function that takes numbers")
            if keyword.arg in _COUNTS and self._measure(value) > MOST_KNOTS:
                raise self.refuse(f"{keyword.arg}= is too large")

    def _measure(self, node: ast.AST) -> float:
        """The most that numbers alone come to; 0 where a column or a function takes part.

        Python's whole numbers have no end, and would fill the memory; those of columns and of
        NumPy's functions have.
        """
        if isinstance(node, ast.Constant):
            return abs(node.value) if isinstance(node.value, int | float) else 0.0
        if isinstance(node, ast.Name):
            return 1.0  # True
        if isinstance(node, ast.UnaryOp):
            return self._measure(node.operand) + 1.0
        if isinstance(node, ast.BinOp):
            left, right = self._measure(node.left), self._measure(node.right)
            most = left * right if isinstance(node.op, ast.Mult) else left + right
            if isinstance(node.op, ast.Pow):
                most = exp(min(700.0, right * log(max(left, 1.0))))
            if not most <= LARGEST:
                raise self.refuse("it computes a number beyond 1e15")
            return most
        return 0.0

    def _check_power(self, node: ast.BinOp) -> None:
        exponent = node.right
        while isinstance(exponent, ast.UnaryOp):
            exponent = exponent.operand
        value = exponent.value if isinstance(exponent, ast.Constant) else None
        if not isinstance(value, int | float) or not abs(value) <= STEEPEST:
            raise self.refuse(f"it holds a power that is no number up to {STEEPEST}")

    def refuse(self, why: str) -> UntrustedError:
        return _refuse(self.shown, why)


def _refuse(shown: str, why: str) -> UntrustedError:
    return UntrustedError(
        f"{shown!r} is not taken from a file as it stands: {why}. Where you trust whoever made "
        "the file, pass trusted=True"
    )
