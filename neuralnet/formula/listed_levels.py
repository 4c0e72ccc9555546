"""Columns whose levels a formula lists, as ``factor(g, levels=...)``: other values are missing."""

from __future__ import annotations

import ast

from .factors import Column, Factor, find_argument
from .functions import FUNCTIONS

# Functions whose argument levels= lists all levels.
_MAKERS = ("C", "factor")


def lists_levels(factor: Factor, column: str) -> bool:
    """Return whether a factor uses a column only where all of its levels are listed."""
    if isinstance(factor, Column):
        return False
    place = next(place for place, name in factor.places if name == column)
    nodes = list(ast.walk(ast.parse(factor.code, mode="eval")))
    uses = sum(isinstance(node, ast.Name) and node.id == place for node in nodes)
    listed = [
        node
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _MAKERS
        and factor.names.get(node.func.id) is FUNCTIONS[node.func.id]
        and find_argument(node, "data") == place
        and any(each.arg == "levels" and _is_given(each.value) for each in node.keywords)
    ]
    return len(listed) == uses


def _is_given(node: ast.expr) -> bool:
    return not (isinstance(node, ast.Constant) and node.value is None)
