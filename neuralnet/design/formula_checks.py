"""The factors and columns of a formula, and checks that need no row of the data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from ..errors import DataWarning, cut, quote, warn_of_all
from ..formula import Column, Expression, Factor, Formula, lists_levels, refuse_dates


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


def warn_of_built_in(formula: Formula, env: Mapping[str, Any]) -> None:
    """Warn of user-defined functions that are not used, as a built-in one has the same name."""
    factors = [*list_factors(formula), *formula.responses, *chain(*formula.offsets)]
    names = {
        name
        for factor in factors
        if isinstance(factor, Expression)
        for name in factor.names.keys() - factor.user_defined.keys()
        if callable(env.get(name)) and env[name] is not factor.names[name]
    }
    warn_of_all(
        dict.fromkeys(map(quote, sorted(names)), ""),
        "env={{{name}: ...}} is not used, as {name} is a built-in function: give yours another "
        "name",
        "{n} functions of env= are not used, as built-in ones have their names: {names}. Give "
        "yours other names",
        DataWarning,
    )


def check_dates(formula: Formula, offsets: Iterable[Iterable[Factor]]) -> None:
    """Refuse columns that are read as dates in one place, and as numbers or levels in another.

    Raises
    ------
    ValueError
    """
    dates = formula.dates
    for factor in (*formula.factors, *chain(*offsets)):
        for name in factor.columns:
            if name in dates and name not in factor.dates:
                raise refuse_dates(name, f"of {quote(formula.text)}")


def list_columns(factors: Iterable[Factor]) -> dict[str, None]:
    """The distinct columns of factors, in order of appearance."""
    return dict.fromkeys(column for factor in factors for column in factor.columns)


def list_factors(formula: Formula) -> list[Factor]:
    """The distinct factors of the terms, in order of appearance."""
    return list(dict.fromkeys(factor for term in formula.terms for factor in term.factors))


def find_coded(formula: Formula) -> set[str]:
    """The columns themselves of which C and the like make levels, also if they hold numbers."""
    factors = (each for each in list_factors(formula) if isinstance(each, Expression))
    return {name for each in factors for name in each.coded_columns}


def find_cut(formula: Formula) -> set[str]:
    """The columns that expressions such as ``cut(x, 3)`` and ``ntile(x, 4)`` take in intervals."""
    factors = (each for each in list_factors(formula) if isinstance(each, Expression))
    cuts = (each for each in factors if each.categorical or "ntile" in each.names)
    return {name for each in cuts for name in each.columns}


def find_listed(names: Iterable[str], factors: Iterable[Factor]) -> frozenset[str]:
    """The columns that factors only use with a list of levels, as ``factor(g, levels=...)``."""
    every = list(factors)
    return frozenset(
        name
        for name in names
        if all(lists_levels(factor, name) for factor in every if name in factor.columns)
    )
