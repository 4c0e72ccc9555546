"""The factors and columns of a formula, and checks that need no row of the data."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from ..errors import cut, quote
from ..formula import Column, Factor, Formula, refuse_dates


def check_sides(formula: Formula) -> None:
    """Refuse a formula without a response or predictors, or with the response as a predictor.

    Raises
    ------
    ValueError
    """
    if not formula.responses:
        raise ValueError(
            f"{quote(formula.text)} has no response: name it left of '~', as in 'response ~ "
            "predictors'"
        )
    if not formula.terms:
        raise ValueError(
            f"{quote(formula.text)} has no predictors: name at least one, or write '~ 1'"
        )
    for response in formula.responses:
        alone = len(formula.responses) == 1 and isinstance(response, Column)
        within = alone and set(response.columns) <= set(formula.columns)
        if within or any(response in term.factors for term in formula.terms):
            raise ValueError(
                f"the response {cut(response.name())} is also a predictor in "
                f"{quote(formula.text)}: take it off the right side"
            )


def check_dates(formula: Formula, offsets: Iterable[Iterable[Factor]]) -> None:
    """Refuse columns that are read as dates in one place, and as numbers or levels in another.

    Raises
    ------
    ValueError
    """
    for factor in (*formula.factors, *chain(*offsets)):
        for name in factor.columns:
            if name in formula.dates and name not in factor.dates:
                raise refuse_dates(name, f"of {quote(formula.text)}")


def list_columns(factors: Iterable[Factor]) -> dict[str, None]:
    """The distinct columns of factors, in order of appearance."""
    return dict.fromkeys(column for factor in factors for column in factor.columns)


def list_factors(formula: Formula) -> list[Factor]:
    """The distinct factors of the terms, in order of appearance."""
    return list(dict.fromkeys(factor for term in formula.terms for factor in term.factors))
