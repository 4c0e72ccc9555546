"""Limits on the columns of X and on classes, checked before memory is taken for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from ..errors import MEMORY_LIMIT, cut
from ..formula import MOST_COLUMNS, Column, Factor, Formula, join_names
from .response import MultiResponse, Response
from .text_kinds import describe_text
from .variable import Variable

# A term of no more columns than this is never refused for the memory that it takes, nor is a
# spline of no more than a tenth;
_MANY = 1000
# one of more columns than this always is, as each takes a pass.
_MOST_COLUMNS = 100_000
# A factor of no more levels than this is never refused as a row identifier.
_SOME = 50
_CODED_COLUMN = re.compile(r"(?:C|factor)\((__column_\d++__)[,)]")


def check_widths(
    formula: Formula,
    variables: Mapping[str, Variable],
    states: Mapping[Factor, Mapping[str, Any]],
    n: int,
) -> None:
    """Refuse terms of categories that have too many levels, before memory is taken for them.

    That is a factor which looks like a row identifier (more than 50 levels for nine rows in ten,
    or more than 1,000 for every other row), a term of more than 1,000 columns whose columns and
    codings would take more than 4 GiB, and one of more than 100,000 columns (with a spline in it
    10,000).

    Raises
    ------
    ValueError
        With the number of columns, their memory, and the remedy.
    """
    counts: dict[Factor, int] = {}
    for term in formula.terms:
        for factor in term.factors:
            if factor not in counts:
                counts[factor] = _count_levels(factor, variables, states[factor])
        levels = [counts[factor] for factor in term.factors]
        is_spread = any(_is_spread(factor) for factor in term.factors)
        columns = [max(counts[factor], _count_columns(factor)) for factor in term.factors]
        width = prod(columns)
        # patsy's coding of K levels is a matrix (K, K).
        needed = 8 * (n * width + sum(count**2 for count in columns))
        is_identifier = len(levels) == 1 and _is_identifier(levels[0], n)
        most = MOST_COLUMNS if is_spread else _MOST_COLUMNS
        within = width <= _MANY or (needed <= MEMORY_LIMIT and width <= most)
        if not is_identifier and within:
            continue
        if is_spread:
            raise _too_wide(term.name(), width, n)
        column = variables[term.factors[0].columns[0]]
        name = cut(Column(column.name).name())
        words = describe_text(column, categories=True) if len(levels) == 1 else ""
        why = f": it is text of {words}" if words else ""
        if is_identifier and not words:
            why = ": it looks like a row identifier, which cannot predict new rows"
        raise ValueError(
            f"{cut(term.name())} has {width:,} levels in {n:,} rows, which would be {width:,} "
            f"columns of X and take {needed / 2**20:,.0f} MiB{why}. "
            f"{'Or leave' if words else 'Leave'} it out, as in '. - {name}', or join levels of few "
            f"rows into one, as in pool({name}, 20)"
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
        if _is_spread(factor) and 10 * width > _MANY and 8 * n * width > MEMORY_LIMIT:
            raise _too_wide(factor.name(), width, n)


def _too_wide(name: str, width: int, n: int) -> ValueError:
    return ValueError(
        f"{name} would be {width:,} columns of X in {n:,} rows and take "
        f"{8 * n * width / 2**20:,.0f} MiB: lower df= or degree=, or leave it out"
    )


def _count_columns(factor: Factor) -> int:
    """Upper limit of the columns that an expression makes, or of the levels that it names."""
    return 1 if isinstance(factor, Column) else factor.width


def _is_spread(factor: Factor) -> bool:
    """True if a factor makes several columns of numbers."""
    return not isinstance(factor, Column) and factor.width > 1 and not factor.categorical


def _is_identifier(n_levels: int, n: int) -> bool:
    """True if the levels have little more than one row each on average, as a row identifier has."""
    return 2 * n_levels > n if n_levels > _MANY else n_levels > _SOME and 10 * n_levels > 9 * n


def check_classes(response: Response | MultiResponse, n: int) -> None:
    """Refuse a response like a row identifier: over 1,000 classes, and half as many as rows."""
    count, name = len(response.classes), join_names([part.factor for part in response.parts])
    if count > _MANY and 2 * count > n:
        raise ValueError(
            f"the response {cut(response.name)} has {count:,} classes in {n:,} rows: most of "
            "them have one "
            f"row to learn from, and scores for all would take {8 * n * count / 2**20:,.0f} "
            f"MiB. Join classes of few rows into one, as in pool({cut(name)}, 20) ~ ..., or make "
            "it a number"
        )


def _count_levels(
    factor: Factor, variables: Mapping[str, Variable], state: Mapping[str, Any]
) -> int:
    """The columns that a factor may take: its levels, where they are known beforehand."""
    if isinstance(factor, Column):
        return max(1, len(variables[factor.column].levels))
    if not factor.categorical:
        return 1
    levels = factor.find_levels(state)
    if levels is None and (match := _CODED_COLUMN.match(factor.code)):
        levels = variables[dict(factor.places)[match[1]]].levels
    return max(1, len(levels or ()))
