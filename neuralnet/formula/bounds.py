"""Abstract interpretation of an expression: check its calls and bound its sizes before it runs.

Calls are checked by the table of functions. Arithmetic of numbers is computed here first, within
bounds: Python's integers and repeated strings have no limit, and could fill the memory.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from math import isinf
from typing import Any

import numpy as np

from ..errors import quote, shorten
from .functions import FUNCTIONS, TABLE
from .signatures import CONTRAST, MOST_COLUMNS, ColumnValue, Function, UserValue, is_number
from .whitelist import ARITHMETIC, COMPARISONS, SIGNS, measure_depth

# Some releases of Python compile no deeper code.
_DEEPEST = 1_000

# Integers may be as large as floats. Functions and powers take those of 64 bits: NumPy computes
# larger ones as Python's integers, which have no limit.
_MOST_BITS = 1023
_LEAST, _MOST = -(2**63), 2**64 - 1

_LOGICAL = (ast.BitAnd, ast.BitOr)
_OF_64_BITS = (ast.Pow, *_LOGICAL)
# The abstract value of ``np`` without an attribute.
_NAMESPACE = object()
_LONE_CONTRAST = "a contrast is the second argument of C, as in C(a, Sum)"


def infer_value(
    tree: ast.Expression, places: Mapping[str, str], names: Mapping[str, Any], where: str
) -> ColumnValue:
    """Check an expression, and return its abstract value, which bounds the number of columns.

    Parameters
    ----------
    tree : ast.Expression
        Of nodes on the white list.
    places : mapping
        The column of each placeholder.
    names : mapping
        The values of all other names.
    where : str
        Names the expression in errors, as in "in 'log(a)'".

    Raises
    ------
    ValueError
        For an argument that a function does not take, or a number or text that is too large.
    """
    interpreter = _Interpreter(places, names, where)
    if measure_depth(tree.body) > _DEEPEST:
        raise interpreter.error(
            f"it is nested too deeply, beyond {_DEEPEST:,} levels: write less at once"
        )
    # Children are evaluated before their parents. No recursion, as a long sum is a deep tree.
    for node in reversed(list(ast.walk(tree.body))):
        interpreter.values[node] = interpreter.evaluate(node)
    result = interpreter.values[tree.body]
    if places and (result is CONTRAST or isinstance(result, Function)):
        raise ValueError(f"{_LONE_CONTRAST}: {where} it is used alone")
    return result if isinstance(result, ColumnValue) else ColumnValue()


class _Interpreter:
    """The abstract value of each node of one expression.

    It is a number, a text, a list, a `Function`, a user-defined value, or a `ColumnValue`.
    """

    def __init__(self, places: Mapping[str, str], names: Mapping[str, Any], where: str) -> None:
        self.places, self.names, self.where = places, names, where
        self.values: dict[ast.AST, Any] = {}

    def evaluate(self, node: ast.AST) -> Any:
        """Return the abstract value of a node whose children have theirs."""
        evaluator = _EVALUATORS.get(type(node))
        return None if evaluator is None else evaluator(self, node)

    def error(self, message: str) -> ValueError:
        """Return an error that names the expression."""
        return ValueError(f"{self.where.removeprefix('in ')}: {message}")

    def show(self, node: ast.AST) -> str:
        """Return a number or text, or the code of a node, for an error."""
        value = self.values[node]
        shown = shorten(value) if isinstance(value, str | float | int) else _unparse(node)
        for place, column in self.places.items():
            shown = shown.replace(place, column)
        return shown

    def constant(self, node: ast.Constant) -> Any:
        value = node.value
        if not (value is None or isinstance(value, bool | int | float | str)):
            raise self.error(f"a {type(value).__name__} is no number and no text")
        if isinstance(value, float) and isinf(value):
            raise self.error("it holds a number that no float can be; np.inf is infinity")
        return self.check_size(value)

    def check_size(self, value: Any) -> Any:
        """Return a value; raise for a number that no float can represent."""
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise self.error(
                f"it holds or computes a whole number beyond 2**{_MOST_BITS}, where floats end"
            )
        if isinstance(value, complex):
            raise self.error("it computes a root of a negative number")
        return value

    def check_64_bits(self, *values: Any) -> None:
        """Raise for integers of more than 64 bits, which NumPy leaves to Python."""
        for value in values:
            if isinstance(value, int) and not _LEAST <= value <= _MOST:
                raise self.error(
                    f"functions and powers take whole numbers of 64 bits, not {shorten(value)}. "
                    "Write a float, as in 1e20"
                )

    def name(self, node: ast.Name) -> Any:
        if node.id in self.places:
            return ColumnValue(is_plain=True)
        value = self.names[node.id]
        if node.id in TABLE and value is FUNCTIONS[node.id]:
            return TABLE[node.id]
        if value is FUNCTIONS["np"]:
            return _NAMESPACE
        if is_number(value):
            return self.check_size(value)
        return value if value is None or isinstance(value, str) else UserValue(value)

    def attribute(self, node: ast.Attribute) -> Any:
        name = f"np.{node.attr}"
        return TABLE[name] if name in TABLE else getattr(FUNCTIONS["np"], node.attr)

    def sequence(self, node: ast.List | ast.Tuple) -> Any:
        return [self.values[each] for each in node.elts]

    def sign(self, node: ast.UnaryOp) -> Any:
        value = self.values[node.operand]
        if is_number(value):
            return self.compute(SIGNS[type(node.op)], value)
        return self.combine(value)

    def arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.values[node.left], self.values[node.right]
        if not (is_number(left) and is_number(right)):
            if isinstance(node.op, _LOGICAL) and any(map(_is_plain_number, (left, right))):
                # R compares first; Python reads a == 1 | (b > 2) as a == (1 | (b > 2)).
                raise self.error(
                    "& and | join comparisons, each in its own brackets, as in "
                    "(a == 1) | (b > 2), and take no numbers"
                )
            if isinstance(node.op, _OF_64_BITS):
                self.check_64_bits(left, right)
            return self.combine(left, right)
        whole = isinstance(left, int) and isinstance(right, int)
        if isinstance(node.op, ast.Pow) and whole and abs(left) > 1 and right > _MOST_BITS:
            self.check_size(2**_MOST_BITS)
        return self.compute(ARITHMETIC[type(node.op)], left, right)

    def compute(self, run: Callable[..., Any], *values: Any) -> Any:
        """Return the result of an operation on numbers, with limits on its size."""
        values = tuple(map(self.check_size, values))
        try:
            with np.errstate(all="ignore"):
                result = run(*values)
        except (ArithmeticError, TypeError, ValueError) as fault:
            raise self.error(f"a number in it cannot be computed: {fault}") from None
        return self.check_size(result)

    def combine(self, *values: Any) -> Any:
        """Return the abstract result of arithmetic with columns."""
        for value in values:
            if isinstance(value, str):
                raise self.error("text takes no part in arithmetic")
            if value is CONTRAST or isinstance(value, Function):
                raise self.error(f"a function in it has no arguments, or {_LONE_CONTRAST}")
            if not (isinstance(value, ColumnValue | UserValue) or is_number(value)):
                raise self.error("a list or None takes no part in arithmetic")
        repeated = any(isinstance(each, UserValue) and _repeats(each.value) for each in values)
        if repeated and not any(isinstance(each, ColumnValue) for each in values):
            raise self.error("a list takes part in arithmetic with columns only")
        return self.combine_columns(values)

    def combine_columns(self, values: Sequence[Any]) -> ColumnValue:
        """Return the abstract result of an elementwise operation."""
        try:
            return ColumnValue.combine(values)
        except ValueError as fault:
            raise self.error(str(fault)) from None

    def comparison(self, node: ast.Compare) -> Any:
        values = [self.values[each] for each in (node.left, *node.comparators)]
        for value in values:
            comparable = value is None or isinstance(value, str | ColumnValue | UserValue)
            if not (comparable or is_number(value)):
                raise self.error("a comparison takes columns, numbers or text")
        if any(isinstance(value, ColumnValue | UserValue) for value in values):
            return self.combine_columns(values)
        pairs = zip(values, node.ops, values[1:], strict=False)
        return all([self.compute(COMPARISONS[type(op)], a, b) for a, op, b in pairs])

    def call(self, node: ast.Call) -> Any:
        function, name = self.values[node.func], _unparse(node.func)
        if isinstance(function, UserValue):
            return ColumnValue(matrix=None)
        if not isinstance(function, Function):
            raise self.error(f"it calls {quote(name)}, which is no function")
        arguments = self.bind(node, function, name)
        try:
            result = function.infer(arguments)
        except (ArithmeticError, TypeError, ValueError) as fault:
            raise self.error(f"{name} cannot be computed: {fault}") from None
        if isinstance(result, ColumnValue) and result.width > MOST_COLUMNS:
            raise self.error(
                f"{name} would make {result.width:,} columns, and no more than {MOST_COLUMNS:,} "
                "are made by one call: lower df="
            )
        return result

    def bind(self, node: ast.Call, function: Function, name: str) -> dict[str, Any]:
        """Return the abstract values of the arguments by name, each of the kind that is wanted."""
        nodes = self._match_arguments(node, function)
        if nodes is None:
            raise ValueError(f"{name} {self.where} takes {function.usage}")
        if lacking := function.list_lacking(nodes):
            raise ValueError(f"{name} {self.where} lacks {lacking}: it takes {function.usage}")
        arguments = {argument: self.values[value] for argument, value in nodes.items()}
        self.check_64_bits(*arguments.values())
        for argument, value in arguments.items():
            kind = function.arguments.get(argument, function.variadic)
            assert kind is not None
            if kind.accepts(value):
                continue
            if function.is_contrast and isinstance(value, ColumnValue):
                raise self.error(_LONE_CONTRAST)
            categorical = isinstance(value, ColumnValue) and value.categorical
            why = ", which makes categories for a term" if categorical else ""
            shown = self.show(nodes[argument])
            raise self.error(f"{name} takes {kind.description} as {argument}, not {shown}{why}")
        return arguments

    def _match_arguments(self, node: ast.Call, function: Function) -> dict[str, ast.expr] | None:
        """Return the nodes of the arguments by name; None for one that it does not take."""
        names = [*function.arguments]
        if function.variadic is not None:
            nodes = {f"s{place}": each for place, each in enumerate(node.args, 1)}
            fits = bool(node.args)
        else:
            positional = names[: function.positional]
            nodes = dict(zip(positional, node.args, strict=False))
            fits = len(node.args) <= len(positional)
        for keyword in node.keywords:
            known = function.accepts_names and keyword.arg in function.arguments
            fits = fits and known and keyword.arg not in nodes
            nodes[keyword.arg or ""] = keyword.value
        return nodes if fits else None


_EVALUATORS: dict[type, Callable[[_Interpreter, Any], Any]] = {
    ast.Constant: _Interpreter.constant,
    ast.Name: _Interpreter.name,
    ast.Attribute: _Interpreter.attribute,
    ast.List: _Interpreter.sequence,
    ast.Tuple: _Interpreter.sequence,
    ast.UnaryOp: _Interpreter.sign,
    ast.BinOp: _Interpreter.arithmetic,
    ast.Compare: _Interpreter.comparison,
    ast.Call: _Interpreter.call,
}


def _is_plain_number(value: Any) -> bool:
    return is_number(value) and not isinstance(value, bool | np.bool_)


def _repeats(value: Any) -> bool:
    """Return whether multiplication by a number would repeat a value."""
    return isinstance(value, list | tuple | bytes | bytearray)


def _unparse(node: ast.AST) -> str:
    try:
        return shorten(ast.unparse(node))[1:-1]
    except (RecursionError, ValueError):
        return "this part"
