"""Selection of rows by a mask, by positions, by labels, or by a condition on the columns.

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

from ..errors import FIRST, cut, listing, quote, shorten
from ..formula import QUOTED, Column, Factor, add_hint, hide_columns, parse_expression
from .columns import find_missing
from .complete_columns import ColumnReader
from .frames import check_order
from .matrix import translate_errors, unbox
from .variable import is_boolean

Mask = NDArray[np.bool_]
# True, missing and false as 1, 1/2 and 0: then "and" is the minimum and "or" the maximum.
Truth = NDArray[np.float64]
TRUE, UNKNOWN = 1.0, 0.5

# R's operators and the same in Python; strings are left as they are.
_LOGIC = re.compile(rf"({QUOTED})|&&?+|\|\|?+|!(?!=)|%in%")
_WORDS = {"&": " and ", "|": " or ", "!": " not ", "%in%": " in "}


def read_subset(
    subset: Any,
    frame: pd.DataFrame,
    env: Mapping[str, Any] | None,
    vet: Callable[[str, str], None] | None = None,
) -> Mask | None:
    """The mask of the selected rows of a frame; None without a subset.

    A condition with a missing value is not true. ``vet(code, text)`` raises where an expression in
    it is not to be trusted.

    Raises
    ------
    TypeError, ValueError
        Where it is neither a condition nor rows, or selects no row.
    """
    if subset is None:
        return None
    if isinstance(subset, str):
        condition = _Condition(subset, frame, env or {}, vet)
        try:
            mask = condition.evaluate()
        except ValueError as fault:
            raise add_hint(fault, subset, condition.columns) from None
    else:
        mask = find_rows("subset", subset, frame.index)
    if not mask.any():
        raise ValueError(f"subset={shorten(subset)} picks none of {len(frame)} rows")
    return mask


def find_rows(name: str, rows: Any, index: pd.Index, also: str = "") -> Mask:
    """The mask of rows, given as a mask, as positions, or as labels in a pandas Index.

    ``also`` names the other values that the argument takes, for the error.
    """
    n = len(index)
    check_order(name, rows, index)
    wanted = (
        f"{name} must be {also}positions of rows, one True or False for each of {n} rows, or "
        "labels as a pandas Index"
    )
    if isinstance(rows, pd.Index):
        if rows.dtype.kind == "f" and index.dtype.kind in "iu" and (np.abs(rows) >= FIRST).any():
            raise ValueError(
                f"{name} names rows by floats that cannot tell whole numbers of 2**53 and beyond "
                "apart: give labels of the index's own type"
            )
        if {rows.dtype.kind, index.dtype.kind} == {"i", "u"}:
            # Some releases of pandas compare signed with unsigned integers as floats.
            rows, index = rows.astype(object), index.astype(object)
        unknown = rows.difference(index)
        if len(unknown):
            raise ValueError(f"{name} names rows that are not in the data: {listing(unknown)}")
        return np.asarray(index.isin(rows))
    try:
        array = _unpack(rows)
    except (TypeError, ValueError):
        raise TypeError(f"{wanted}; not {shorten(rows)}") from None
    if array.ndim != 1 or array.dtype.kind not in "biu":
        raise TypeError(f"{wanted}; not {shorten(rows)}")
    if array.dtype.kind == "b":
        if len(array) != n:
            raise ValueError(f"{wanted}; this has {len(array)}")
        return array.copy()
    outside = array[(array < 0) | (array >= n)]
    if outside.size:
        raise ValueError(f"{name} names row {outside[0]}; positions go from 0 to {n - 1}")
    if len(np.unique(array)) < len(array):
        raise ValueError(f"{name} names a row twice; weights= counts rows more than once")
    mask = np.zeros(n, dtype=bool)
    mask[array] = True
    return mask


class _Condition:
    """A condition on the columns of one frame."""

    def __init__(
        self,
        text: str,
        frame: pd.DataFrame,
        env: Mapping[str, Any],
        vet: Callable[[str, str], None] | None,
    ) -> None:
        self.text, self.frame, self.env, self.vet = text, frame, env, vet
        self.columns = list(frame.columns)
        self.places: dict[str, str] = {}
        self.reader = ColumnReader(frame)

    def evaluate(self) -> Mask:
        """The mask of the rows where it is true."""
        if self.text in self.columns:
            return np.equal(self._decide(Column(self.text)), TRUE)
        hidden = hide_columns(_LOGIC.sub(_word, self.text), self.columns, self.places)
        unread = f"cannot read the condition subset={shorten(self.text)}"
        try:
            tree = ast.parse(hidden.strip(), mode="eval")
            ast.unparse(tree)  # fails here if nested too deeply, or for too long a number
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(
                f"{unread}: write comparisons of columns, joined by &, | and !, as in "
                "\"age > 40 & sex == 'f'\""
            ) from None
        try:
            return np.equal(self._walk(tree.body), TRUE)
        except RecursionError:
            raise ValueError(f"{unread}: it is nested too deeply") from None

    def _walk(self, node: ast.expr) -> Truth:
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
            among = _list_values(node.comparators[0])
            if not among:
                raise ValueError(f"'in' in subset={quote(self.text)} needs a list: a in ['x', 'y']")
            equal = [ast.Compare(node.left, [ast.Eq()], [one]) for one in among]
            found = self._join(np.maximum, equal)
            return found if isinstance(node.ops[0], ast.In) else TRUE - found
        try:
            code = ast.unparse(node)
        except ValueError:
            raise ValueError(
                f"subset={shorten(self.text)} holds a number of thousands of digits: write a "
                "float, as in 1e20"
            ) from None
        if code in self.places:
            return self._decide(Column(self.places[code]))
        if self.vet is not None:
            self.vet(code, self.text)
        expression = parse_expression(code, self.places, self.columns, self.env, self.text)
        if expression.width > 1:
            raise self._refuse(expression)
        return self._decide(expression)

    def _refuse(self, factor: Factor) -> ValueError:
        return ValueError(
            f"subset={shorten(self.text)} must say True or False of each row, as 'age > 40' does; "
            f"{cut(factor.name())} does not"
        )

    def _join(self, join: Callable[..., Truth], nodes: Sequence[ast.expr]) -> Truth:
        return reduce(join, map(self._walk, nodes))

    def _decide(self, factor: Factor) -> Truth:
        columns = {name: self.reader.read(name) for name in factor.columns}
        state: dict[str, Any] = {}
        with translate_errors(factor.name()):
            factor.memorize(state, columns)
            value = unbox(factor.eval(state, columns))
        if isinstance(value, pd.Categorical) and is_boolean(value):
            value = value.codes == 1
        truth = np.asarray(value)
        if truth.dtype != bool or truth.shape != (len(self.frame),):
            raise self._refuse(factor)
        unknown = reduce(np.logical_or, map(find_missing, columns.values()))
        return np.where(unknown, UNKNOWN, truth * TRUE)


def _list_values(node: ast.expr) -> list[ast.expr]:
    """The elements of a list, a tuple, or R's ``c(...)``; of anything else none."""
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    called = isinstance(node, ast.Call) and ast.unparse(node.func) == "c" and not node.keywords
    return node.args if called and isinstance(node, ast.Call) else []


def _word(match: re.Match[str]) -> str:
    """R's operator in Python; strings and quoted names as they are."""
    return match[1] or _WORDS[match[0] if match[0] == "%in%" else match[0][0]]


def _unpack(rows: Any) -> NDArray[Any]:
    """Rows as an array of a NumPy type, from any pandas type; missing in a mask is False."""
    dtype = getattr(rows, "dtype", None)
    if not isinstance(dtype, pd.api.extensions.ExtensionDtype):
        return np.asarray(rows)
    column = pd.Series(rows)
    if pd.api.types.is_bool_dtype(dtype):
        return column.to_numpy(dtype=bool, na_value=False)
    return (
        column.to_numpy(dtype=np.intp) if pd.api.types.is_integer_dtype(dtype) else np.asarray(rows)
    )
