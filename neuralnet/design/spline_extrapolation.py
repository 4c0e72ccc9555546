"""Splines that extrapolate beyond their knots, and new data that makes them do so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import DataWarning, cut, pluralize, quote, warn_of_all
from ..formula import Expression, Formula
from .complete_columns import CompleteColumns
from .variable import Variable


@dataclass(frozen=True)
class Spline:
    """A term that extrapolates, and a number that it is computed from."""

    name: str
    variable: Variable


def find_splines(formula: Formula, variables: Mapping[str, Variable]) -> tuple[Spline, ...]:
    """List the terms of splines that extrapolate beyond their knots."""
    return tuple(
        Spline(factor.name(), variables[name])
        for factor in dict.fromkeys(factor for term in formula.terms for factor in term.factors)
        if isinstance(factor, Expression) and factor.extrapolates
        for name in factor.columns
        if variables[name].kind == "number"
    )


def warn_of_extrapolation(splines: tuple[Spline, ...], columns: CompleteColumns) -> None:
    """Warn of values beyond those of training, where a spline extrapolates."""
    outside: dict[str, str] = {}
    for spline in splines:
        variable = spline.variable
        values = columns[variable.name]
        n_outside = np.count_nonzero((values < variable.low) | (values > variable.high))
        if n_outside:
            outside[cut(spline.name)] = (
                f"{quote(variable.name)} beyond those of training, {variable.low:g} to "
                f"{variable.high:g}, in {pluralize(n_outside, 'row')}"
            )
    warn_of_all(
        outside,
        "{name} is asked for values of {what}: there a spline may take any value. Set its "
        "lower_bound= and upper_bound= if this is intended",
        "{n} splines are asked for values where they may take any value: {each}. Set their "
        "lower_bound= and upper_bound= if this is intended",
        DataWarning,
    )
