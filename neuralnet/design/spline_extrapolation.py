"""Splines and intervals that extend beyond the training values, and new data that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataWarning, cut, pluralize, quote, warn_of_all
from ..formula import Expression, Factor, Formula
from .complete_columns import CompleteColumns
from .variable import Variable


@dataclass(frozen=True)
class Spline:
    """A term that extrapolates, and a number that it is computed from.

    ``cuts`` is True for intervals of ``cut``, which extend without an end.
    """

    name: str
    variable: Variable
    cuts: bool = False


def find_splines(
    formula: Formula,
    variables: Mapping[str, Variable],
    states: Mapping[Factor, Mapping[str, Any]],
) -> tuple[Spline, ...]:
    """List the terms of splines, and of learned intervals, that extend beyond training values."""
    return tuple(
        Spline(factor.name(), variables[name], cuts=not factor.extrapolates)
        for factor in dict.fromkeys(factor for term in formula.terms for factor in term.factors)
        if isinstance(factor, Expression)
        and (factor.extrapolates or factor.has_learned_breaks(states[factor]))
        for name in factor.columns
        if variables[name].kind == "number"
    )


def warn_of_extrapolation(splines: tuple[Spline, ...], columns: CompleteColumns) -> None:
    """Warn of values beyond those of training, where a spline or an interval extends."""
    outside: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for spline in splines:
        variable = spline.variable
        values = columns[variable.name]
        n_outside = np.count_nonzero((values < variable.low) | (values > variable.high))
        if n_outside:
            outside[spline.cuts][cut(spline.name)] = (
                f"{quote(variable.name)} is outside of its training range, {variable.low:g} to "
                f"{variable.high:g}, in {pluralize(n_outside, 'row')}"
            )
    warn_of_all(
        outside[True],
        "{name}: {what}; these values go into the outermost intervals. Give breaks, as in "
        "cut(x, [0, 5, 10]), and values outside are missing",
        "{n} terms put values outside of the training range into the outermost intervals: {each}. "
        "Give breaks, as in cut(x, [0, 5, 10]), and values outside are missing",
        DataWarning,
    )
    warn_of_all(
        outside[False],
        "{name}: {what}, where a spline may take any value. Set its lower_bound= and "
        "upper_bound= if this is intended",
        "{n} splines may take any value outside of the training range: {each}. Set their "
        "lower_bound= and upper_bound= if this is intended",
        DataWarning,
    )
