"""Conditions on the columns of a frame, in the three-valued logic of Kleene, as in R.

A condition is an expression of a formula with ``&``, ``|``, ``!`` (or and, or, not) and ``in``
between comparisons, as R reads them. Knows no design and no network.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, quote, shorten
from ..formula import (
    QUOTED,
    Column,
    Factor,
    evaluate_factor,
    hide_columns,
    parse_expression,
    translate_code,
    translate_errors,
)
from .columns import find_missing
from .complete_columns import ColumnReader
from .variable import is_boolean

Mask = NDArray[np.bool_]
# True, missing and false as 1, 1/2 and 0: then "and" is the minimum and "or" the maximum.
Truth = NDArray[np.float64]
TRUE, UNKNOWN = 1.0, 0.5

# R's operators and the same in Python; strings are left as they are.
_LOGIC = re.compile(rf"({QUOTED})|&&?+|\|\|?+|!(?!=)|%in%")
_WORDS = {"&": " and ", "|": " or ", "!": " not ", "%in%": " in "}


class Condition:
    """A condition on the columns of one frame.

    Parameters
    ----------
    text : str
    frame : DataFrame
    names : sequence
        The columns of the table, some of which may not be in the frame.
    env : mapping
        Functions and values that it may name.
    check_expression : callable or None
        ``check_expression(code, text)`` raises where an expression is not to be trusted.
    """

    def __init__(
        self,
        text: str,
        frame: pd.DataFrame,
        names: Sequence[Any],
        env: Mapping[str, Any],
        check_expression: Callable[[str, str], None] | None,
    ) -> None:
        self.text: str = text
        self.frame: pd.DataFrame = frame
        self.env: Mapping[str, Any] = env
        self.check_expression = check_expression
        self.columns: list[Any] = list(names)
        self.places: dict[str, str] = {}
        self.reader: ColumnReader = ColumnReader(frame)

    def evaluate(self) -> Mask:
        """The mask of the rows where it is true."""
        if self.text in self.columns:
            return np.equal(self._evaluate_factor(Column(self.text)), TRUE)
        hidden = translate_code(_hide_columns(self.text, self.columns, self.places))
        failure = f"cannot read the condition subset={shorten(self.text)}"
        try:
            tree = ast.parse(hidden.strip(), mode="eval")
            ast.unparse(tree)  # fails here if nested too deeply, or for too long a number
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(
                f"{failure}: write comparisons of columns, joined by &, | and !, as in "
                "\"age > 40 & sex == 'f'\""
            ) from None
        try:
            return np.equal(self._walk(tree.body), TRUE)
        except RecursionError:
            raise ValueError(f"{failure}: it is nested too deeply") from None

    def _walk(self, node: ast.expr) -> Truth:
        """Evaluate a node in three-valued logic."""
        if isinstance(node, ast.BoolOp):
            join = np.minimum if isinstance(node.op, ast.And) else np.maximum
            return self._join(join, node.values)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
            return TRUE - self._walk(node.operand)
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            ends = [node.left, *node.comparators]
            pairs = zip(ends, node.ops, ends[1:], strict=False)
            return self._join(np.minimum, [ast.Compare(a, [op], [b]) for a, op, b in pairs])
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            elements = _list_elements(node.comparators[0])
            if not elements:
                raise ValueError(f"'in' in subset={quote(self.text)} needs a list: a in ['x', 'y']")
            equal = [ast.Compare(node.left, [ast.Eq()], [one]) for one in elements]
            is_in = self._join(np.maximum, equal)
            return is_in if isinstance(node.ops[0], ast.In) else TRUE - is_in
        try:
            code = ast.unparse(node)
        except ValueError:
            raise ValueError(
                f"subset={shorten(self.text)} holds a number of thousands of digits: write a "
                "float, as in 1e20"
            ) from None
        if code in self.places:
            return self._evaluate_factor(Column(self.places[code]))
        if self.check_expression is not None:
            self.check_expression(code, self.text)
        expression = parse_expression(code, self.places, self.columns, self.env, self.text)
        if expression.width > 1:
            raise self._refuse(expression)
        return self._evaluate_factor(expression)

    def _refuse(self, factor: Factor) -> ValueError:
        return ValueError(
            f"subset={shorten(self.text)} must say True or False of each row, as 'age > 40' does; "
            f"{cut(factor.name())} does not"
        )

    def _join(self, join: Callable[..., Truth], nodes: Sequence[ast.expr]) -> Truth:
        return reduce(join, map(self._walk, nodes))

    def _evaluate_factor(self, factor: Factor) -> Truth:
        columns = {
            name: self.reader.read(name, is_date=name in factor.dates) for name in factor.columns
        }
        state: dict[str, Any] = {}
        with translate_errors(factor.name()):
            factor.memorize(state, columns)
        value = evaluate_factor(factor, state, columns, factor.name())
        if isinstance(value, pd.Categorical) and is_boolean(value):
            value = value.codes == 1
        truth = np.asarray(value)
        if truth.dtype != bool or truth.shape != (len(self.frame),):
            raise self._refuse(factor)
        unknown = reduce(np.logical_or, map(find_missing, columns.values()))
        return np.where(unknown, UNKNOWN, truth * TRUE)


def find_columns(text: str, names: Sequence[Any]) -> list[str]:
    """The columns that a condition names, of those with these names."""
    if text in names:
        return [text]
    places: dict[str, str] = {}
    _hide_columns(text, names, places)
    return [*places.values()]


def _hide_columns(text: str, names: Sequence[Any], places: dict[str, str]) -> str:
    return hide_columns(_LOGIC.sub(_translate, text), names, places)


def _list_elements(node: ast.expr) -> list[ast.expr]:
    """The elements of a list or a tuple; of anything else none."""
    return node.elts if isinstance(node, ast.List | ast.Tuple) else []


def _translate(match: re.Match[str]) -> str:
    """R's operator in Python; strings and quoted names as they are."""
    return match[1] or _WORDS[match[0] if match[0] == "%in%" else match[0][0]]
