"""Checks of the data for likely mistakes, with a warning before any matrix is made.

They look for constant columns, rounded identifiers, numbers as text, and target leakage.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from itertools import chain

from ..errors import DataWarning, cut, quote, warn, warn_of_all
from ..formula import Column, Expression, Factor, Formula
from .chunks import Blocks
from .column_scan import ColumnScan
from .formula_checks import list_factors
from .leakage import warn_of_leakage
from .response import MultiResponse, Response
from .response_fit import ResponseFit
from .size_checks import check_classes, check_spreads
from .text_kinds import describe_text
from .variable import Variable


def check_columns(formula: Formula, offsets: Sequence[Sequence[Factor]], scan: ColumnScan) -> None:
    """Check columns before transforms are fitted: constants, rounded numbers, too wide splines."""
    _warn_of_constants(formula, scan.variables, scan.complete)
    _warn_of_rounding(formula, scan.variables)
    factors = [*list_factors(formula), *formula.responses, *chain(*offsets)]
    check_spreads(factors, scan.complete)


def check_response(
    formula: Formula,
    fits: Sequence[ResponseFit],
    response: Response | MultiResponse,
    scan: ColumnScan,
    blocks: Blocks,
) -> None:
    """Check the fitted response: text beside it and in it, too many classes, target leakage."""
    _warn_of_text(formula, scan.variables, fits)
    check_classes(response, scan.complete)
    warn_of_leakage(formula, fits, scan, blocks)


def _warn_of_constants(formula: Formula, variables: Mapping[str, Variable], n: int) -> None:
    """Warn of constant predictors; a constant number may replace a missing intercept."""
    intercept = bool(formula.terms) and not formula.terms[0].factors
    constants: dict[str, str] = {}
    for name in formula.columns:
        variable = variables[name]
        if n > 1 and variable.is_constant and (intercept or variable.kind != "number"):
            value = variable.low if variable.kind == "number" else variable.typical
            constants[quote(name)] = quote(value)
    warn_of_all(
        constants,
        "column {name} is constant ({what} in every row) and carries no information",
        "{n} columns are constant and carry no information: {each}",
        DataWarning,
    )


def _warn_of_rounding(formula: Formula, variables: Mapping[str, Variable]) -> None:
    """Warn of whole numbers that floats cannot tell apart; most of them are identifiers.

    Coded as categories, and in comparisons, they are exact.
    """
    factors = list_factors(formula)
    rounded = (each for each in factors if isinstance(each, Column) or not _is_exact(each))
    # Only the range of numbers that floats would round is of ints.
    names = {
        quote(name): ""
        for name in dict.fromkeys(column for factor in rounded for column in factor.columns)
        if isinstance(variables[name].low, int) or isinstance(variables[name].high, int)
    }
    warn_of_all(
        names,
        "column {name} holds whole numbers beyond 2**53, rounded to the nearest float: leave it "
        "out if they are identifiers, or bring them to a smaller scale",
        "{n} columns hold whole numbers beyond 2**53, rounded to the nearest float: {names}. Leave "
        "out those that are identifiers, and bring others to a smaller scale",
        DataWarning,
    )


def _warn_of_text(
    formula: Formula, variables: Mapping[str, Variable], responses: Sequence[ResponseFit]
) -> None:
    """Warn of plain columns of text that are used as levels but read as something else."""
    plain = [each.column for each in list_factors(formula) if isinstance(each, Column)]
    descriptions = {name: describe_text(variables[name]) for name in plain}
    warn_of_all(
        {quote(name): words for name, words in descriptions.items() if words},
        "column {name} is text of {what}. Each distinct text is a level, with a column of X: "
        "convert it, leave it out, or write C(...) around it where levels are meant",
        "{n} columns are text that reads as numbers, dates or times, and each level is a column of "
        "X. Convert them, leave them out, or write C(...) around them where levels are meant: "
        "{each}",
        DataWarning,
    )
    for response in responses:
        factor = response.transform_fit.factor
        if isinstance(factor, Column) and (words := describe_text(response.variable)):
            warn(
                f"the response {cut(factor.name())} is text of {words}. Each distinct text is "
                "a class: convert it, or write C(...) around it where classes are meant",
                DataWarning,
            )


def _is_exact(factor: Expression) -> bool:
    if factor.categorical:
        return True
    return any(isinstance(node, ast.Compare) for node in ast.walk(ast.parse(factor.code)))
