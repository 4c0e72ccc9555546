"""Inverse functions of expressions, such as ``exp(v) - 1`` of ``log(y + 1)``.

An expression of one column is taken apart from the outside to the column. Each of its operations
is inverted by a table, or by the transform that learned from the training rows.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .factors import Expression
from .functions import FUNCTIONS
from .quoting import quote_name
from .signatures import is_number
from .whitelist import ARITHMETIC, SIGNS

Floats = NDArray[np.float64]
Step = Callable[[Floats], Floats]

# The inverses of NumPy's functions, by their names in NumPy 1. The square stands for the inverse
# of sqrt below 0 too, as in Duan's estimate for square roots, mu**2 + variance.
_INVERSES: dict[str, Step] = {
    "log": np.exp,
    "log2": np.exp2,
    "log10": partial(np.float_power, 10.0),
    "log1p": np.expm1,
    "exp": np.log,
    "exp2": np.log2,
    "expm1": np.log1p,
    "sqrt": np.square,
    "cbrt": lambda v: v**3,
    "arcsinh": np.sinh,
    "sinh": np.arcsinh,
}
_LINEAR: dict[str, Step] = {"negative": np.negative, "positive": np.positive, "I": np.positive}


@dataclass(frozen=True, eq=False)
class Inverse:
    """The inverse function of an expression of one column.

    Attributes
    ----------
    column : str
        The column that the expression was made of.
    steps : tuple of callable
        Elementwise functions, applied in this order.
    linear : bool
        Whether all of them are linear, so that the inverse of a mean is the mean of the inverse.
    """

    column: str
    steps: tuple[Step, ...]
    linear: bool

    def __call__(self, values: Floats) -> Floats:
        """Return the column's values for values of the expression; nan where there are none."""
        with np.errstate(all="ignore"):
            for step in self.steps:
                values = step(values)
        return values


class _Operation(NamedTuple):
    """The outermost operation of an expression: its inverse, and the operand with the column."""

    operand: ast.expr
    inverse: Step
    linear: bool


def invert_expression(expression: Expression, state: Mapping[str, Any]) -> Inverse:
    """Invert an expression of one column with the fitted state of its transforms.

    Raises
    ------
    ValueError
        If it is not invertible, or its inverse is not known, naming the part.

    Examples
    --------
    >>> expression = Expression("log10(a)", (("a", "income"),), {})
    >>> inverse = invert_expression(expression, {"eval_code": "log10(a)", "transforms": {}})
    >>> inverse.column, inverse(np.array([2.0, 3.0]))
    ('income', array([ 100., 1000.]))
    """
    if len(expression.places) != 1:
        raise ValueError(f"it is made of {len(expression.places)} columns")
    ((place, column),) = expression.places
    reader = _Reader(place, column, expression.names, state["transforms"])
    node = ast.parse(state["eval_code"], mode="eval").body
    steps, linear = [], True
    while not (isinstance(node, ast.Name) and node.id == place):
        node, step, is_linear = reader.invert(node)
        steps.append(step)
        linear = linear and is_linear
    return Inverse(column, tuple(steps), linear)


class _Reader:
    """Inverts single operations of one expression, whose nodes were checked before."""

    def __init__(
        self, place: str, column: str, names: Mapping[str, Any], transforms: Mapping[str, Any]
    ) -> None:
        self.place, self.column = place, column
        self.names, self.transforms = names, transforms

    def invert(self, node: ast.expr) -> _Operation:
        if sum(map(self.holds_column, ast.iter_child_nodes(node))) > 1:
            raise self.error(node, f"{quote_name(self.column)} appears twice in")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
            return _Operation(node.operand, SIGNS[type(node.op)], True)
        if isinstance(node, ast.BinOp):
            return self.invert_arithmetic(node)
        if isinstance(node, ast.Call):
            return self.invert_call(node)
        raise self.error(node, "several values give the same")

    def invert_arithmetic(self, node: ast.BinOp) -> _Operation:
        left = self.holds_column(node.left)
        operand, other = (node.left, node.right) if left else (node.right, node.left)
        c, kind = self.read_constant(other), type(node.op)
        if kind is ast.Pow and left:
            return _Operation(operand, self.invert_power(node, c), c == 1)
        if kind in (ast.Add, ast.Sub):
            steps: dict[bool, Step] = {True: lambda v: v + c, False: lambda v: v - c}
            if kind is ast.Sub and not left:
                return _Operation(operand, lambda v: c - v, True)
            return _Operation(operand, steps[kind is ast.Sub], True)
        if kind is ast.Mult and c != 0:
            return _Operation(operand, lambda v: v / c, True)
        if kind is ast.Div and left:
            return _Operation(operand, lambda v: v * c, True)
        raise self.error(node, "no inverse is known of")

    def invert_power(self, node: ast.expr, c: float) -> Step:
        """Invert a power that is no whole number, and so of numbers of at least 0."""
        if c % 2 == 0 and c > 0:
            raise self.error(node, "numbers below and above 0 have the same")
        # Means of an odd root over numbers of both signs are not smooth enough for a quadrature.
        if c <= 0 or (c % 2 == 1 and c != 1):
            raise self.error(node, "no inverse is known of")
        return lambda v: np.float_power(v, 1.0 / c)

    def invert_call(self, node: ast.Call) -> _Operation:
        function = node.func
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) in self.transforms:
            return self.invert_transform(node, self.transforms[ast.unparse(function.value)])
        name = ast.unparse(function)
        run = getattr(np, name[3:], None) if name.startswith("np.") else self.names.get(name)
        ufunc = getattr(run, "__name__", "") if isinstance(run, np.ufunc) else ""
        if ufunc and getattr(np, ufunc, None) is run:
            name = ufunc
        elif name not in FUNCTIONS:
            name = "user-defined"
        if name == "log" and len(node.args) + len(node.keywords) == 2:
            return self.invert_logarithm(node)
        known = _LINEAR | _INVERSES
        if len(node.args) != 1 or node.keywords or name not in known:
            raise self.error(node, "no inverse is known of")
        return _Operation(node.args[0], known[name], name in _LINEAR)

    def invert_logarithm(self, node: ast.Call) -> _Operation:
        """Invert a logarithm to a given base."""
        arguments = dict(zip(("x", "base"), node.args, strict=False))
        arguments |= {each.arg or "": each.value for each in node.keywords}
        base = self.read_constant(arguments["base"])
        return _Operation(arguments["x"], partial(np.float_power, base), False)

    def invert_transform(self, node: ast.Call, transform: Any) -> _Operation:
        """Invert a transform that learned from the training rows, if it has an inverse."""
        invert = getattr(transform, "invert", None)
        arguments = {each.arg or "": each.value for each in node.keywords}
        operand = node.args[0] if node.args else arguments.pop("x", None)
        if invert is None or operand is None or not self.holds_column(operand):
            raise self.error(node, "no inverse is known of")
        others = [self.read_constant(each) for each in node.args[1:]]
        named = {name: self.read_constant(each) for name, each in arguments.items()}
        return _Operation(operand, lambda v: invert(v, *others, **named), True)

    def holds_column(self, node: ast.AST) -> bool:
        return any(isinstance(n, ast.Name) and n.id == self.place for n in ast.walk(node))

    def read_constant(self, node: ast.expr) -> Any:
        """Compute a number of the expression."""
        value: Any = None
        if isinstance(node, ast.Constant):
            value = node.value
        elif isinstance(node, ast.Name):
            value = self.names[node.id]
        elif isinstance(node, ast.Attribute):
            value = getattr(self.names["np"], node.attr)
        elif isinstance(node, ast.UnaryOp):
            value = SIGNS[type(node.op)](self.read_constant(node.operand))
        elif isinstance(node, ast.BinOp):
            sides = map(self.read_constant, (node.left, node.right))
            value = ARITHMETIC[type(node.op)](*sides)
        if not (is_number(value) and np.isfinite(value)):
            raise self.error(node, "only numbers can be undone, unlike")
        return value

    def error(self, node: ast.expr, why: str) -> ValueError:
        """Return an error that names a part of the expression as the user typed it."""
        shown = ast.unparse(node).replace(self.place, quote_name(self.column))
        for name in self.transforms:
            shown = shown.replace(f"{name}.transform", name.split("__")[1])
        return ValueError(f"{why} {shown}")
