"""The white list of an expression's syntax: the nodes of Python's grammar that it may contain.

Apart from the attributes of ``np`` it knows no names and no values.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .functions import FUNCTIONS

ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
SIGNS: dict[type, Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: lambda value: ~int(value) if isinstance(value, bool) else ~value,
}
COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_ALLOWED = (
    *(ast.Expression, ast.Call, ast.Name, ast.Load, ast.Constant, ast.keyword, ast.Attribute),
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.List, ast.Tuple),
    *(*ARITHMETIC, *SIGNS, *COMPARISONS),
)
# Refused nodes whose class in `ast` is not what the user typed.
_REFUSED = {
    ast.Lambda: "a lambda",
    ast.IfExp: "'if'",
    ast.Dict: "a dict",
    ast.Set: "a set",
    ast.ListComp: "a loop",
    ast.SetComp: "a loop",
    ast.DictComp: "a loop",
    ast.GeneratorExp: "a loop",
    ast.Subscript: "an index in [...]",
    ast.JoinedStr: "an f-string",
}
# Operators of whole objects, not of their elements.
_OF_OBJECTS = (ast.MatMult, ast.Not, ast.In, ast.NotIn, ast.Is, ast.IsNot)


def check_node(node: ast.AST, places: Mapping[str, str], where: str) -> None:
    """Raise for a node that is no arithmetic, comparison or call of a named function.

    Parameters
    ----------
    node : ast.AST
    places : mapping
        Placeholders of columns.
    where : str
        Names the expression in the error, as in "in 'log(a)'".

    Raises
    ------
    ValueError
    """
    if isinstance(node, _OF_OBJECTS):
        raise ValueError(
            f"{type(node).__name__} {where} gives one value for all rows; arithmetic and "
            "comparisons work row by row"
        )
    parts = ast.walk(node) if isinstance(node, ast.List | ast.Tuple) else ()
    if any(isinstance(part, ast.Name) and part.id in places for part in parts):
        raise ValueError(
            f"a list of columns {where} is no term: write '+' between terms, and numbers or text "
            "in the list of an argument"
        )
    if isinstance(node, ast.Attribute):
        named = isinstance(node.value, ast.Name) and node.value.id == "np"
        if named and hasattr(FUNCTIONS["np"], node.attr) and not node.attr.startswith("_"):
            return
        raise ValueError(
            f"'.{node.attr}' {where} is not allowed: only elementwise functions such as np.log "
            "may be written with a dot. To center or scale a column write center(a) or "
            "standardize(a), which remember what they learned from the training rows."
        )
    if not isinstance(node, _ALLOWED):
        what = _REFUSED.get(type(node), type(node).__name__)
        raise ValueError(
            f"{what} {where} is not allowed: a formula holds names, numbers, "
            "arithmetic, comparisons and calls of functions. Pass your own function as env={...}."
        )


def measure_depth(tree: ast.AST) -> int:
    """Return the depth of a syntax tree."""
    nodes, depth = [tree], 0
    while nodes:
        nodes = [child for node in nodes for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth
