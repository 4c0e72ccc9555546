"""What an expression may hold and compute: its nodes, its calls, and the numbers in it.

Calls are held against the table of functions. Numbers are computed here first, each within
bounds: Python's whole numbers and repeated texts have no end, and would fill the memory.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from math import isinf
from typing import Any

import numpy as np

from ..errors import quote, shorten
from .functions import FUNCTIONS, TABLE
from .signatures import CODING, MOST_COLUMNS, Function, Own, Rows, is_number

# Python takes apart no deeper code in all its releases.
_DEEPEST = 1_000

# Whole numbers end where floats do. Functions and powers take what NumPy holds in 64 bits; beyond,
# they compute with Python's own numbers, which have no end.
_MOST_BITS = 1023
_LEAST, _MOST = -(2**63), 2**64 - 1

_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
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
_SIGNS: dict[type, Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: lambda value: ~int(value) if isinstance(value, bool) else ~value,
}
_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
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
    *(*_ARITHMETIC, *_SIGNS, *_COMPARISONS),
)
# What is refused, where Python's name of it is not what is typed.
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
_JOINING = (ast.BitAnd, ast.BitOr)
_LIKE_FUNCTIONS = (ast.Pow, *_JOINING)
_WHOLE = (ast.MatMult, ast.Not, ast.In, ast.NotIn, ast.Is, ast.IsNot)
# Stands for np without a dot behind it.
_NAMESPACE = object()
_NO_CODING = "a coding of categories stands behind a column, as in C(a, Sum)"


def check_node(node: ast.AST, places: Mapping[str, str], where: str) -> None:
    """Refuse a node that is no arithmetic, comparison or call of a named function.

    Raises
    ------
    ValueError
        ``where`` says in which expression.
    """
    if isinstance(node, ast.BitXor):
        raise ValueError(f"'^' {where} would be XOR in Python; inside a call write ** for a power")
    if isinstance(node, _WHOLE):
        raise ValueError(
            f"{type(node).__name__} {where} gives one value for all rows; arithmetic and "
            "comparisons work row by row"
        )
    parts = ast.walk(node) if isinstance(node, ast.List | ast.Tuple) else ()
    if any(isinstance(part, ast.Name) and part.id in places for part in parts):
        raise ValueError(f"a list of columns {where} is no term: write '+' between terms")
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


def count_levels(tree: ast.AST) -> int:
    """How deep an expression is nested."""
    level, depth = [tree], 0
    while level:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


def measure(
    tree: ast.Expression, places: Mapping[str, str], names: Mapping[str, Any], where: str
) -> int:
    """At most how many columns an expression makes; refuses what its functions do not take.

    Parameters
    ----------
    tree : ast.Expression
        Of allowed nodes.
    places : mapping
        Stand-ins of columns.
    names : mapping
        What all other names mean.
    where : str
        In which expression, for the errors.

    Raises
    ------
    ValueError
        Saying what a function takes, or which number or text goes too far.
    """
    reading = _Reading(places, names, where)
    if count_levels(tree.body) > _DEEPEST:
        raise reading.fail(
            f"it is nested too deeply, beyond {_DEEPEST:,} levels: write less at once"
        )
    # Each node comes behind all that stands in it. No recursion: a long sum is a deep tree.
    for node in reversed(list(ast.walk(tree.body))):
        reading.known[node] = reading.read(node)
    found = reading.known[tree.body]
    if places and (found is CODING or isinstance(found, Function)):
        raise ValueError(f"{_NO_CODING}: {where} stands one alone")
    return found.width if isinstance(found, Rows) else 1


class _Reading:
    """What is known of each node: a number, a text, a list, a function, or that it has rows."""

    def __init__(self, places: Mapping[str, str], names: Mapping[str, Any], where: str) -> None:
        self.places, self.names, self.where = places, names, where
        self.known: dict[ast.AST, Any] = {}

    def read(self, node: ast.AST) -> Any:
        reader = _READERS.get(type(node))
        return None if reader is None else reader(self, node)

    def fail(self, words: str) -> ValueError:
        return ValueError(f"{self.where.removeprefix('in ')}: {words}")

    def show(self, node: ast.AST) -> str:
        known = self.known[node]
        shown = shorten(known) if isinstance(known, str | float | int) else _unparse(node)
        for place, column in self.places.items():
            shown = shown.replace(place, column)
        return shown

    def constant(self, node: ast.Constant) -> Any:
        value = node.value
        if not (value is None or isinstance(value, bool | int | float | str)):
            raise self.fail(f"a {type(value).__name__} is no number and no text")
        if isinstance(value, float) and isinf(value):
            raise self.fail("it holds a number that no float can be; np.inf is infinity")
        return self.bound(value)

    def bound(self, value: Any) -> Any:
        """A number, where it is not too large."""
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise self.fail(
                f"it holds or computes a whole number beyond 2**{_MOST_BITS}, where floats end"
            )
        if isinstance(value, complex):
            raise self.fail("it computes a root of a negative number")
        return value

    def check_bits(self, *values: Any) -> None:
        """Refuse whole numbers that NumPy would not compute with itself."""
        for value in values:
            if isinstance(value, int) and not _LEAST <= value <= _MOST:
                raise self.fail(
                    f"functions and powers take whole numbers of 64 bits, not {shorten(value)}. "
                    "Write a float, as in 1e20"
                )

    def name(self, node: ast.Name) -> Any:
        if node.id in self.places:
            return Rows()
        if node.id in TABLE:
            return TABLE[node.id]
        value = self.names[node.id]
        if value is FUNCTIONS["np"]:
            return _NAMESPACE
        if is_number(value):
            return self.bound(value)
        return value if value is None or isinstance(value, str) else Own(value)

    def attribute(self, node: ast.Attribute) -> Any:
        name = f"np.{node.attr}"
        return TABLE[name] if name in TABLE else getattr(FUNCTIONS["np"], node.attr)

    def sequence(self, node: ast.List | ast.Tuple) -> Any:
        return [self.known[each] for each in node.elts]

    def sign(self, node: ast.UnaryOp) -> Any:
        value = self.known[node.operand]
        if is_number(value):
            return self.compute(_SIGNS[type(node.op)], value)
        return self.join(value)

    def arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.known[node.left], self.known[node.right]
        if not (is_number(left) and is_number(right)):
            if isinstance(node.op, _JOINING) and any(map(_is_plain_number, (left, right))):
                # R compares first; Python reads a == 1 | (b > 2) as a == (1 | (b > 2)).
                raise self.fail(
                    "& and | join comparisons, each in brackets of its own, as in "
                    "(a == 1) | (b > 2), and take no numbers"
                )
            if isinstance(node.op, _LIKE_FUNCTIONS):
                self.check_bits(left, right)
            return self.join(left, right)
        whole = isinstance(left, int) and isinstance(right, int)
        if isinstance(node.op, ast.Pow) and whole and abs(left) > 1 and right > _MOST_BITS:
            self.bound(2**_MOST_BITS)
        return self.compute(_ARITHMETIC[type(node.op)], left, right)

    def compute(self, run: Callable[..., Any], *values: Any) -> Any:
        values = tuple(map(self.bound, values))
        try:
            with np.errstate(all="ignore"):
                found = run(*values)
        except (ArithmeticError, TypeError, ValueError) as fault:
            raise self.fail(f"a number in it cannot be computed: {fault}") from None
        return self.bound(found)

    def join(self, *values: Any) -> Any:
        """What arithmetic with columns gives."""
        for value in values:
            if isinstance(value, str):
                raise self.fail("text takes no part in arithmetic")
            if value is CODING or isinstance(value, Function):
                raise self.fail(f"a function stands in it without arguments, or {_NO_CODING}")
            if not (isinstance(value, Rows | Own) or is_number(value)):
                raise self.fail("a list or None takes no part in arithmetic")
        repeated = any(isinstance(each, Own) and _repeats(each.value) for each in values)
        if repeated and not any(isinstance(each, Rows) for each in values):
            raise self.fail("a list takes part in arithmetic with columns only")
        return self.join_rows(values)

    def join_rows(self, values: Sequence[Any]) -> Rows:
        try:
            return Rows.join(values)
        except ValueError as fault:
            raise self.fail(str(fault)) from None

    def comparison(self, node: ast.Compare) -> Any:
        values = [self.known[each] for each in (node.left, *node.comparators)]
        for value in values:
            plain = value is None or isinstance(value, str | Rows | Own) or is_number(value)
            if not plain:
                raise self.fail("a comparison takes columns, numbers or text")
        if any(isinstance(value, Rows | Own) for value in values):
            return self.join_rows(values)
        pairs = zip(values, node.ops, values[1:], strict=False)
        return all([self.compute(_COMPARISONS[type(op)], a, b) for a, op, b in pairs])

    def call(self, node: ast.Call) -> Any:
        function, name = self.known[node.func], _unparse(node.func)
        if isinstance(function, Own):
            return Rows(matrix=None)
        if not isinstance(function, Function):
            raise self.fail(f"it calls {quote(name)}, which is no function")
        given = self.bind(node, function, name)
        try:
            found = function.gives(given)
        except (ArithmeticError, TypeError, ValueError) as fault:
            raise self.fail(f"{name} cannot be computed: {fault}") from None
        if isinstance(found, Rows) and found.width > MOST_COLUMNS:
            raise self.fail(
                f"{name} would make {found.width:,} columns, and no more than {MOST_COLUMNS:,} "
                "are made of one call: lower df="
            )
        return found

    def bind(self, node: ast.Call, function: Function, name: str) -> dict[str, Any]:
        """What is known of the arguments, by name."""
        placed = [*function.arguments][: function.placed]
        nodes: dict[str, ast.expr] = {}
        if function.more is not None:
            nodes = {f"s{place}": each for place, each in enumerate(node.args, 1)}
            extra = not node.args
        else:
            nodes = dict(zip(placed, node.args, strict=False))
            extra = len(node.args) > len(placed)
        for keyword in node.keywords:
            known = function.named and keyword.arg in function.arguments
            extra = extra or not known or keyword.arg in nodes
            nodes[keyword.arg or ""] = keyword.value
        needed = [*function.arguments][: function.needed]
        if extra or not set(needed) <= set(nodes):
            raise ValueError(f"{name} {self.where} takes {function.takes}")
        self.check_bits(*(self.known[value] for value in nodes.values()))
        for argument, value in nodes.items():
            kind = function.arguments.get(argument, function.more)
            assert kind is not None
            if not kind.accepts(self.known[value]):
                if function.codes and isinstance(self.known[value], Rows):
                    raise self.fail(_NO_CODING)
                boxed = isinstance(self.known[value], Rows) and self.known[value].boxed
                why = ", which makes categories for a term" if boxed else ""
                raise self.fail(
                    f"{name} takes {kind.words} as {argument}, not {self.show(value)}{why}"
                )
        return {argument: self.known[value] for argument, value in nodes.items()}


_READERS: dict[type, Callable[[_Reading, Any], Any]] = {
    ast.Constant: _Reading.constant,
    ast.Name: _Reading.name,
    ast.Attribute: _Reading.attribute,
    ast.List: _Reading.sequence,
    ast.Tuple: _Reading.sequence,
    ast.UnaryOp: _Reading.sign,
    ast.BinOp: _Reading.arithmetic,
    ast.Compare: _Reading.comparison,
    ast.Call: _Reading.call,
}


def _is_plain_number(value: Any) -> bool:
    return is_number(value) and not isinstance(value, bool | np.bool_)


def _repeats(value: Any) -> bool:
    """Whether a number times it would repeat it."""
    return isinstance(value, list | tuple | bytes | bytearray)


def _unparse(node: ast.AST) -> str:
    try:
        return shorten(ast.unparse(node))[1:-1]
    except (RecursionError, ValueError):
        return "what stands there"
