"""Training rows without a value, a level or a finite number, and the reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataWarning, cut, listing, pluralize, quote, warn
from .columns import find_missing
from .complete_columns import ColumnReader
from .matrix import Terms
from .model_frame import ModelFrame
from .model_matrices import ModelMatrices
from .offset import Offset
from .response import MultiResponse, Response
from .variable import Variable

Mask = NDArray[np.bool_]
_SCALED = re.compile(r"\b(standardize|scale)\(")
# Where a larger share of the rows is dropped that imputation would keep, the warning says so.
_MANY = 0.05


@dataclass(frozen=True)
class MissingRows:
    """The training rows that are dropped.

    Attributes
    ----------
    frame : ModelFrame
        With these rows.
    variables : mapping of str to Variable
    without_level : mapping
        The number of complete rows without a level, by the expression that gives none.
    n_kept : int
        The number of rows with all values and levels.
    """

    frame: ModelFrame
    variables: Mapping[str, Variable]
    without_level: Mapping[str, int]
    n_kept: int

    @property
    def n(self) -> int:
        """The number of rows dropped."""
        return self.frame.n_selected - self.n_kept

    @cached_property
    def by_column(self) -> dict[str, Mask]:
        """The rows where a column is missing that is not imputed."""
        return {
            name: find_missing(self.frame.reader.read(name, variable))
            for name, variable in self.variables.items()
            if variable.fill is None
        }

    def describe(self) -> str:
        """The number of missing values by their cause."""
        # A response that is a column is counted as one.
        columns = {name: int(mask.sum()) for name, mask in self.by_column.items()}
        selected = self.frame.n_selected - len(self.frame.frame)
        return list_counts({**self.without_level, **columns, "weights or offset": selected})

    def count_imputable(self, fillable: Collection[str]) -> int:
        """The number of rows that imputation of these columns would keep."""
        n = len(self.frame.frame)
        imputed, dropped = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        for name, mask in self.by_column.items():
            rows = imputed if name in fillable else dropped
            rows |= mask
        return int((imputed & ~dropped).sum())


def report_dropped(missing: MissingRows, na_action: str, fillable: Collection[str] = ()) -> None:
    """Warn of dropped training rows, and why.

    Parameters
    ----------
    missing : MissingRows
    na_action : str
    fillable : collection of str
        The columns that imputation would fill in.

    Raises
    ------
    ValueError
        If there are any, with ``na_action="raise"``.
    """
    if not missing.n:
        return
    n = missing.frame.n_selected
    counted = f"{missing.n} of {pluralize(n, 'row')}"
    if na_action == "raise":
        raise ValueError(
            f"{counted} have missing values ({missing.describe()}), and na_action='raise': fill "
            "them in, leave these rows out, or write na_action='impute'"
        )
    kept, remedy = missing.count_imputable(fillable), ""
    if kept > _MANY * n:
        remedy = f". na_action='impute' keeps {kept} of them, with values filled in"
    warn(
        f"{counted} dropped: they have missing values ({missing.describe()}){remedy}",
        DataWarning,
    )


def check_defined(
    matrices: ModelMatrices,
    terms: Terms,
    offsets: Sequence[Offset],
    variables: Mapping[str, Variable],
) -> None:
    """Raise ValueError where a term or an offset is not a finite number in a complete row."""
    if not matrices.undefined.any():
        return
    row = int(matrices.undefined.argmax())
    undefined = np.isnan(matrices.X[row])
    shifts = " + ".join(each.name for each in offsets)
    term = terms.names[int(undefined.argmax())] if undefined.any() else shifts
    raise ValueError(
        f"{cut(term)} is not a finite number in "
        f"{pluralize(matrices.undefined.sum(), 'row')}, first in row "
        f"{listing(matrices.index[[row]])}: change the formula, or leave these rows out"
        f"{_explain_constant(term, terms, variables)}"
    )


def count_without_level(
    matrices: ModelMatrices, response: Response | MultiResponse
) -> dict[str, int]:
    """The number of rows that have no level, by the expression that gives none.

    Raises
    ------
    ValueError
        Where no row has all levels.
    """
    counts = {name: int(mask.sum()) for name, mask in matrices.without_value.items()}
    if response.classes:
        counts[response.name] = int((matrices.response < 0).sum())
    if not matrices.complete.any():
        raise ValueError(f"no row has a level of every factor; rows without: {list_counts(counts)}")
    return counts


def find_response_without_value(
    response: Response | MultiResponse,
    matrices: ModelMatrices,
    frame: pd.DataFrame,
    complete: Mask,
) -> dict[str, Mask]:
    """The new rows with all columns that the left side gives no value, by its name.

    As ``log(y)`` of a negative number, and ``cut`` outside of its breaks.
    """
    blank = matrices.without_response & complete
    reader = ColumnReader(frame)
    for name, variable in response.variables.items() if blank.any() else ():
        blank &= ~find_missing(reader.read(name, variable))
    return {response.name: blank} if blank.any() else {}


def count_without_value(
    matrices: ModelMatrices, terms: Terms, offsets: Sequence[Offset]
) -> dict[str, int]:
    """The number of rows that have all columns and miss a term, an offset or the response.

    By the name of the first that has no value in a row: neither a finite number nor a level.
    """
    masks: list[tuple[str, Mask]] = []
    if matrices.undefined.any():
        ends = np.cumsum([0, *terms.widths])
        masks = [
            (name, matrices.undefined & np.isnan(matrices.X[:, start:end]).any(axis=1))
            for name, (start, end) in zip(terms.term_names, pairwise(ends), strict=True)
        ]
        masks.append((" + ".join(each.name for each in offsets), matrices.undefined))
    counts: dict[str, int] = {}
    counted = np.zeros(len(matrices.X), dtype=bool)
    for name, mask in [*matrices.without_value.items(), *masks]:
        if count := int((mask & ~counted).sum()):
            counts[name] = count
            counted |= mask
    return counts


def list_counts(counts: Mapping[str, int]) -> str:
    """Counts above 0 with their names, as ``a 2, g 1``."""
    return ", ".join(f"{cut(name)} {count}" for name, count in counts.items() if count)


def _explain_constant(term: str, terms: Terms, variables: Mapping[str, Variable]) -> str:
    """The constant column that a term standardizes; '' if there is none."""
    for name in terms.formula.columns:
        if variables[name].is_constant and _SCALED.search(term):
            column = quote(name)
            return f". Column {column} is the same in every row: it has no spread to divide by"
    return ""
