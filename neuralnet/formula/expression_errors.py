"""Errors in the evaluation of an expression: of its columns, its values and what Python raised."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from patsy import PatsyError

from ..errors import MAX_EXACT_INTEGER, cut, listing, pluralize, quote, shorten

_BITWISE = re.compile(r"ufunc '(bitwise_\w++|invert)'")


def check_exact(code: str, column: str, values: Any) -> None:
    """Raise PatsyError where code compares floats with an integer that they cannot tell apart."""
    rounded = isinstance(values, np.ndarray) and values.dtype == float
    for integer in _find_inexact(code) if rounded else ():
        if (np.abs(values) >= MAX_EXACT_INTEGER).any():
            raise PatsyError(
                f"column {quote(column)} holds floats that cannot tell {integer} from its "
                "neighbours: give it as integers, as dtype 'Int64' where values are missing"
            )


@lru_cache
def _find_inexact(code: str) -> tuple[int, ...]:
    """Return the integers in comparisons of the code that no float represents."""
    tests = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Compare)]
    nodes = dict.fromkeys(node for test in tests for node in ast.walk(test))
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    integers = [one for one in constants if type(one) is int and one.bit_length() < 1024]
    return tuple(one for one in integers if one != float(one))


def check_values(name: str, value: Any, n: int) -> None:
    """Raise PatsyError where what a user-defined function gives is not one value for each row."""
    single = np.isscalar(value) or (type(value) is np.ndarray and not value.ndim)
    # The sample of one row, which tells the codings, is also evaluated with arrays of all rows.
    if value is None or (single and (n > 1 or isinstance(value, str))):
        given = f"the single value {shorten(value)}"
    elif n > 1 and isinstance(value, np.ndarray | list | tuple) and len(value) != n:
        given = pluralize(len(value), "value")
    else:
        return
    raise PatsyError(
        f"{cut(name)} gives {given} for {pluralize(n, 'row')}: it must give one for each row"
    )


def explain_fault(fault: BaseException, values: Mapping[str, Any]) -> str:
    """Explain a fault in the evaluation of an expression of these columns."""
    if isinstance(fault, PatsyError):
        return str(fault.message)
    text = str(fault)
    categories = {name: v for name, v in values.items() if isinstance(v, pd.Categorical)}
    if categories and isinstance(fault, TypeError | ValueError):
        name, column = next(iter(categories.items()))
        signs = "==, !=, < and >" if column.ordered else "== and !="
        return (
            f"column {quote(name)} holds categories, {listing(column.categories, most=3)}; "
            f"arithmetic needs numbers. Categories are compared by {signs} with one of them, and "
            "encoded by C(...)"
        )
    if "truth value of an array" in text:
        return "comparisons are made one by one and joined by & or |, as in (1 < a) & (a < 2)"
    if _BITWISE.search(text):
        return "&, | and ~ join comparisons, as in (a > 1) & (b < 2), and take no numbers"
    strings = "'str'" in text.partition("operand")[2] or "dtype('<U" in text
    if isinstance(fault, TypeError) and strings:
        return "text takes no part in arithmetic"
    if isinstance(fault, ValueError) and "broadcast" in text:
        return f"its operands differ in length: {text.strip()}"
    # The ValueErrors of this package and of patsy's transforms need no further words.
    return text if type(fault) is ValueError else f"{type(fault).__name__}: {text}"
