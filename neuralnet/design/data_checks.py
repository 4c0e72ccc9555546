"""What looks like a mistake in the columns of a formula: told before any matrix is made.

Columns that tell nothing apart, that name the rows, or that give the response away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import LIMIT, DataWarning, cut, quote, warn, warn_of_all
from ..formula import MOST_COLUMNS, Column, Factor, Formula
from .chunks import Blocks, ColumnScan
from .columns import Variable
from .matrix import translate_errors, unbox
from .response import MultiResponse, Response, ResponseFit
from .text_kinds import describe_text

# A term of no more columns than this is never refused for the memory that it takes, nor is a
# spline of no more than a tenth;
_MANY = 1000
# one of more columns than this always, as each takes a pass of its own.
_MOST_COLUMNS = 100_000
# and a factor of no more levels than this never for naming the rows.
_SOME = 50
# In fewer rows than this two columns may be equal by chance.
_FEW = 20
_CODED = re.compile(r"(?:C|factor)\(")
_CODED_COLUMN = re.compile(r"(?:C|factor)\((__column_\d++__)[,)]")


def warn_of_constants(formula: Formula, variables: Mapping[str, Variable], n: int) -> None:
    """Warn of predictors with one value; a number may take the place of a missing intercept."""
    intercept = bool(formula.terms) and not formula.terms[0].factors
    found: dict[str, str] = {}
    for name in formula.columns:
        variable = variables[name]
        if n > 1 and variable.is_constant and (intercept or variable.kind != "number"):
            value = variable.low if variable.kind == "number" else variable.typical
            found[quote(name)] = quote(value)
    warn_of_all(
        found,
        "column {name} is {what} in every row: it tells nothing apart",
        "{n} columns have one value each in every row, and tell nothing apart: {each}",
        DataWarning,
    )


def warn_of_rounding(formula: Formula, variables: Mapping[str, Variable]) -> None:
    """Warn of whole numbers that floats cannot tell apart; mostly they are names of something.

    Coded as categories, and in comparisons, they are exact.
    """
    factors = dict.fromkeys(factor for term in formula.terms for factor in term.factors)
    rounded = (each for each in factors if isinstance(each, Column) or not _is_exact(each.code))
    # Only what floats would round has ends that are none.
    found = {
        quote(name): ""
        for name in dict.fromkeys(column for factor in rounded for column in factor.columns)
        if isinstance(variables[name].low, int) or isinstance(variables[name].high, int)
    }
    warn_of_all(
        found,
        "column {name} holds whole numbers beyond 2**53, rounded to the nearest float: leave it "
        "out if they are names, or bring them to a smaller scale",
        "{n} columns hold whole numbers beyond 2**53, rounded to the nearest float: {names}. Leave "
        "out those that are names, and bring others to a smaller scale",
        DataWarning,
    )


def warn_of_text(
    formula: Formula, variables: Mapping[str, Variable], response_fits: Sequence[ResponseFit]
) -> None:
    """Warn of plain columns of text that is taken as levels and reads as something else."""
    plain = dict.fromkeys(
        f.column for t in formula.terms for f in t.factors if isinstance(f, Column)
    )
    told = {name: describe_text(variables[name]) for name in plain}
    warn_of_all(
        {quote(name): words for name, words in told.items() if words},
        "column {name} is text of {what}. As it stands, each level is a column of X: convert it, "
        "leave it out, or write C(...) around it where levels are meant",
        "{n} columns are text that reads as numbers, dates or times, and each level is a column of "
        "X. Convert them, leave them out, or write C(...) around them where levels are meant: "
        "{each}",
        DataWarning,
    )
    for response_fit in response_fits:
        factor = response_fit.transform_fit.factor
        if isinstance(factor, Column) and (words := describe_text(response_fit.found)):
            warn(
                f"the response {cut(factor.name())} is text of {words}. As it stands, each of them "
                "is a class of its own: convert it, or write C(...) around it where classes are "
                "meant",
                DataWarning,
            )


def _is_exact(code: str) -> bool:
    if _CODED.match(code):
        return True
    return any(isinstance(node, ast.Compare) for node in ast.walk(ast.parse(code)))


def warn_of_leaks(
    formula: Formula, response_fits: Sequence[ResponseFit], scan: ColumnScan, blocks: Blocks
) -> None:
    """Warn of plain predictors that equal a response row by row."""
    if scan.complete < _FEW:
        return
    plain = {f.column for t in formula.terms for f in t.factors if isinstance(f, Column)}
    found: dict[str, str] = {}
    for response_fit in response_fits:
        # The rows go by once more only for those that agree on the whole.
        alike = [name for name in sorted(plain) if _match(response_fit.found, scan.variables[name])]
        transform_fit = response_fit.transform_fit
        name = transform_fit.factor.name()
        for complete_columns in blocks() if alike else ():
            with translate_errors(name):
                value = unbox(transform_fit.factor.eval(transform_fit.state, complete_columns))
            alike = [each for each in alike if _equal(value, complete_columns[each])]
            if not alike:
                break
        found |= {quote(each): cut(name) for each in alike}
    warn_of_all(
        found,
        "column {name} equals the response {what} in every row and gives it away: leave it out of "
        "the predictors",
        "{n} columns equal a response in every row and give it away: {each}. Leave them out of the "
        "predictors",
        DataWarning,
    )


def check_widths(
    formula: Formula,
    variables: Mapping[str, Variable],
    states: Mapping[Factor, Mapping[str, Any]],
    n: int,
) -> None:
    """Refuse terms of categories that have too many levels, before memory is taken for them.

    That is one factor that names the rows (more than 50 levels for nine rows in ten, or more than
    1,000 for every other row), a term of more than 1,000 columns whose columns and codings would
    take more than 4 GiB, and one of more than 100,000 columns (with a spline in it 10,000).

    Raises
    ------
    ValueError
        With the number of columns, what they would take, and what to do.
    """
    counts: dict[Factor, int] = {}
    for term in formula.terms:
        for factor in term.factors:
            if factor not in counts:
                counts[factor] = _count_levels(factor, variables, states[factor])
        levels = [counts[factor] for factor in term.factors]
        spreading = any(_spreads(factor) for factor in term.factors)
        columns = [max(counts[factor], _count_columns(factor)) for factor in term.factors]
        width = prod(columns)
        # patsy's coding of K levels is a matrix (K, K).
        needed = 8 * (n * width + sum(count**2 for count in columns))
        naming = len(levels) == 1 and _names_rows(levels[0], n)
        most = MOST_COLUMNS if spreading else _MOST_COLUMNS
        within = width <= _MANY or (needed <= LIMIT and width <= most)
        if not naming and within:
            continue
        if spreading:
            raise _too_wide(term.name(), width, n)
        column = variables[term.factors[0].columns[0]]
        words = describe_text(column, categories=True) if len(levels) == 1 else ""
        why = f": it is text of {words}" if words else ""
        if naming and not words:
            why = ": what names the rows, as an ID does, predicts nothing for new ones"
        raise ValueError(
            f"{cut(term.name())} has {width:,} levels in {n:,} rows, which would be {width:,} "
            f"columns of X and take {needed / 2**20:,.0f} MiB{why}. "
            f"{'Or leave' if words else 'Leave'} it out, as in '. - "
            f"{cut(Column(column.name).name())}', or join levels into fewer"
        )


def check_spreads(factors: Iterable[Factor], n: int) -> None:
    """Refuse splines and polynomials of many columns that would take more than 4 GiB in n rows.

    Raises
    ------
    ValueError
        Before any of them is made.
    """
    for factor in factors:
        width = _count_columns(factor)
        if _spreads(factor) and 10 * width > _MANY and 8 * n * width > LIMIT:
            raise _too_wide(factor.name(), width, n)


def _too_wide(name: str, width: int, n: int) -> ValueError:
    return ValueError(
        f"{name} would be {width:,} columns of X in {n:,} rows and take "
        f"{8 * n * width / 2**20:,.0f} MiB: lower df= or degree=, or leave it out"
    )


def _count_columns(factor: Factor) -> int:
    """At most how many columns an expression says that it makes, or how many levels it names."""
    return 1 if isinstance(factor, Column) else factor.width


def _spreads(factor: Factor) -> bool:
    """Whether a factor makes several columns of numbers."""
    return _count_columns(factor) > 1 and not _CODED.match(factor.name())


def _names_rows(levels: int, n: int) -> bool:
    """Whether there is hardly more than one row to each of so many levels."""
    return 2 * levels > n if levels > _MANY else levels > _SOME and 10 * levels > 9 * n


def check_classes(response: Response | MultiResponse, n: int) -> None:
    """Refuse a response that names the rows: more than 1,000 classes, and half as many as rows."""
    count = len(response.classes)
    if count > _MANY and 2 * count > n:
        raise ValueError(
            f"the response {cut(response.name)} has {count:,} classes in {n:,} rows: most of "
            "them have "
            f"one row to learn from, and scores for all would take {8 * n * count / 2**20:,.0f} "
            "MiB. Join its classes into fewer, or make it a number"
        )


def _count_levels(
    factor: Factor, variables: Mapping[str, Variable], state: Mapping[str, Any]
) -> int:
    """Columns that a factor may take: its levels, where they can be known beforehand."""
    if isinstance(factor, Column):
        return max(1, len(variables[factor.column].levels))
    if not _CODED.match(factor.code):
        return 1
    held = [getattr(transform, "levels", None) for transform in state["transforms"].values()]
    if found := _CODED_COLUMN.match(factor.code):
        held.append(variables[dict(factor.places)[found[1]]].levels)
    return max(1, *(len(levels or ()) for levels in held))


def _match(one: Variable, other: Variable) -> bool:
    """Whether columns of these variables may hold the same in every row."""
    if one.kind == other.kind == "number" and one.typical != other.typical:
        return False
    return bool(_span(one) == _span(other))


def _span(variable: Variable) -> Any:
    if variable.kind != "category":
        return variable.low, variable.high
    if variable.has_objects or not variable.has_numbers:
        return set(variable.levels)
    return min(variable.levels), max(variable.levels)


def _equal(one: Any, other: Any) -> bool:
    left: NDArray[Any] = np.asarray(one, dtype=object)
    return bool((left == np.asarray(other, dtype=object)).all())
