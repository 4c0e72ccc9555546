"""Levels that ``pool`` joined, one of which stands for levels that training never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..formula import Column, Factor
from .variable import Variable


def add_stand_ins(
    variables: Mapping[str, Variable], states: Mapping[Factor, Mapping[str, Any]]
) -> dict[str, Variable]:
    """Give columns that are only used in ``pool(...)`` a pooled level in place of unseen ones.

    Parameters
    ----------
    variables : mapping of str to Variable
    states : mapping
        All factors that use these columns, with the states of their transforms.

    Returns
    -------
    dict
        The same variables, those with a pooled level with it as ``stand_in``.
    """
    return {name: _add_stand_in(variable, states) for name, variable in variables.items()}


def _add_stand_in(variable: Variable, states: Mapping[Factor, Mapping[str, Any]]) -> Variable:
    if variable.kind != "category":
        return variable
    name = variable.name
    uses = [factor for factor in states if name in factor.columns]
    if any(isinstance(each, Column) for each in uses):
        return variable
    pooled = [each.find_pooled(name, states[each]) for each in uses if not isinstance(each, Column)]
    common = set.intersection(*pooled) if pooled else set()
    return replace(variable, stand_in=next((x for x in variable.levels if x in common), None))
