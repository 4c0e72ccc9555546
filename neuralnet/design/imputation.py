"""Imputation: missing predictors get a median or their most frequent level, and indicators.

The values are learned from the training rows, before any transform. An indicator is a column of X
for each set of columns that are missing in the same training rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, cut, listing, pluralize, quote, warn, warn_of_all
from ..formula import Factor, Formula, Indicator, Missing
from .chunks import Blocks
from .columns import mark_missing
from .complete_columns import (
    ColumnReader,
    CompleteColumns,
    Unseen,
    finish_column,
    read_complete,
)
from .filling import choose_fill
from .formula_checks import find_coded, list_columns
from .matrix import Terms
from .variable import Variable

Mask = NDArray[np.bool_]
# Messages list no more columns than this.
_MOST = 6


def find_fillable(formula: Formula, offsets: Iterable[Sequence[Factor]]) -> frozenset[str]:
    """The predictors that may be imputed: no dates, and none in an offset or the response."""
    others = list_columns(chain(formula.responses, *offsets))
    return frozenset(formula.columns) - others.keys() - formula.dates


class MissingPatterns:
    """The training rows where each column is missing, compared piece by piece.

    Parameters
    ----------
    names : iterable of str
        In the order of the indicators.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._digests = {name: sha256() for name in names}
        self._counts = dict.fromkeys(self._digests, 0)

    def add(self, name: str, mask: Mask) -> None:
        """Add rows of a column, with a mask of those where it is missing."""
        # A digest takes less memory than the mask, and is the same for any cut of the rows.
        self._counts[name] += int(mask.sum())
        self._digests[name].update(mask.view(np.uint8).data)

    def list_missing(self, n: int) -> list[str]:
        """The columns that are missing in all of n rows."""
        return [name for name, count in self._counts.items() if count == n]

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The columns with missing values, those that are missing in the same rows together."""
        groups: dict[bytes, list[str]] = {}
        for name, digest in self._digests.items():
            if self._counts[name]:
                groups.setdefault(digest.digest(), []).append(name)
        return tuple(map(tuple, groups.values()))


def add_indicators(formula: Formula, groups: Iterable[Sequence[str]]) -> Formula:
    """The formula with a term for each group of columns that are missing together."""
    return formula.add_factors(Indicator(first, others=tuple(rest)) for first, *rest in groups)


def learn_fills(
    variables: Mapping[str, Variable], formula: Formula, blocks: Blocks
) -> dict[str, Variable]:
    """The variables with the values for missing ones, where these were filled in with nan so far.

    Numbers that the formula makes levels of, as ``C(k)`` does, have a most frequent one.

    Raises
    ------
    ValueError
        Naming the columns without any value.
    """
    parts: dict[str, list[Any]] = {
        name: [] for name, variable in variables.items() if variable.is_unfilled
    }
    n = 0
    for columns in blocks():
        n += len(next(iter(columns.values())))
        for name, some in parts.items():
            some.append(columns[name])
    coded = find_coded(formula)
    fills = {
        name: choose_fill(variables[name], some, is_coded=name in coded)
        for name, some in parts.items()
    }
    check_known([name for name, fill in fills.items() if fill is None], n)
    return {
        name: replace(variable, fill=fills.get(name, variable.fill))
        for name, variable in variables.items()
    }


def relearn_fills(
    variables: Mapping[str, Variable], formula: Formula, reader: ColumnReader
) -> dict[str, Variable]:
    """The variables with the values for missing ones learned from other rows; see `learn_fills`."""
    unfilled = {
        name: each if each.fill is None else replace(each, fill=np.nan)
        for name, each in variables.items()
    }
    columns, _ = read_complete(unfilled, reader)
    return learn_fills(unfilled, formula, lambda: iter([columns]))


def check_known(empty: Collection[str], n: int) -> None:
    """Raise ValueError for columns without any value in n rows."""
    if empty:
        first, *others = empty
        what = f"columns {listing(empty)} have" if others else f"column {quote(first)} has"
        raise ValueError(
            f"{what} no value in {n} rows, and na_action='impute' needs one to fill in: leave "
            f"{'them' if others else 'it'} out, as in '. - {cut(Indicator(first).spelled)}'"
        )


def fill_unseen(
    terms: Terms,
    variables: Mapping[str, Variable],
    columns: CompleteColumns,
    complete: Mask,
    unseen: Unseen | None,
) -> CompleteColumns:
    """The columns of complete rows, where numbers of levels that training never saw are imputed.

    Such as a number ``k`` in a formula with ``C(k)``. Without ``unseen`` they are not sought.
    """
    if unseen is None or not find_filled(variables):
        return columns
    filled = dict(columns)
    for factor, strange in terms.find_unseen(columns, int(complete.sum()), unseen).items():
        for name in factor.columns:
            variable = variables[name]
            if variable.fill is not None and variable.kind == "number":
                filled[name] = finish_column(variable, mark_missing(filled[name], strange))
                filled[Missing(name)] = filled[Missing(name)] | strange
                unseen.filled.update(np.flatnonzero(complete)[strange].tolist())
    return filled


def warn_of_imputed(variables: Mapping[str, Variable], columns: CompleteColumns) -> None:
    """Warn of the values that are imputed in training rows, with their number by column."""
    counts = {name: int(columns[Missing(name)].sum()) for name in find_filled(variables)}
    total = sum(counts.values())
    if not total:
        return
    parts = [
        f"{cut(name)} {count} ({show_fill(variables[name])})"
        for name, count in counts.items()
        if count
    ]
    values = "value" if total == 1 else "values"
    warn(
        f"{total} missing {values} imputed by the median or the most frequent level: "
        f"{join_some(parts)}",
        DataWarning,
    )


def warn_of_unmarked(
    variables: Mapping[str, Variable],
    indicators: Iterable[Indicator],
    columns: CompleteColumns,
    unseen_rows: Collection[int] = (),
) -> None:
    """Warn of imputed values in new rows that are missing as in no row of training.

    Rows that were filled in for a level that training never saw have a warning of their own.
    """
    marked = {name: each for each in indicators for name in each.columns}
    found: dict[str, str] = {}
    for name in find_filled(variables):
        missing = columns[Missing(name)]
        if name in marked and missing.any():
            missing = missing & (marked[name].eval({}, columns) == 0)
        missing = missing & ~np.isin(np.arange(len(missing)), [*unseen_rows])
        if count := int(missing.sum()):
            found[quote(name)] = f"{show_fill(variables[name])} in {pluralize(count, 'row')}"
    warn_of_all(
        found,
        "column {name} is missing as in no row of training: filled in with {what}, as if known",
        "{n} columns are missing as in no row of training: filled in, as if known, with {each}",
        DataWarning,
    )


def describe_imputed(variables: Mapping[str, Variable], indicators: Iterable[Indicator]) -> str:
    """The number of columns that are imputed in training rows, with their values; '' for none."""
    names = [name for each in indicators for name in each.columns]
    if not names:
        return ""
    parts = [f"{cut(name)} {show_fill(variables[name])}" for name in names]
    columns = "column" if len(names) == 1 else "columns"
    return f"{len(names)} {columns} imputed: {join_some(parts)}"


def find_filled(variables: Mapping[str, Variable]) -> list[str]:
    """The columns whose missing values are filled in."""
    return [name for name, variable in variables.items() if variable.fill is not None]


def show_fill(variable: Variable) -> str:
    """The value for the missing ones of a column, for messages."""
    fill = variable.fill
    return f"{fill:.6g}" if isinstance(fill, float) else quote(fill)


def join_some(parts: Sequence[str]) -> str:
    """The first of several parts of a message, and the number of the others."""
    more = len(parts) - _MOST
    return ", ".join(parts[:_MOST]) + (f" and {more} more" if more > 0 else "")
