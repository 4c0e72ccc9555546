"""The first pass over the training rows: kinds, levels and ranges of their columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import cut
from ..formula import Formula, Missing
from .chunks import Blocks, prefix_errors
from .columns import find_missing
from .complete_columns import ColumnReader, CompleteColumns, complete_column, finish_column
from .imputation import MissingPatterns, check_known, find_filled, learn_fills
from .levels import Values
from .summaries import ColumnSummary, warn_of_levels
from .variable import Variable

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ColumnScan:
    """Result of one pass over frames.

    Attributes
    ----------
    variables : dict of str to Variable
    sample : dict of columns
        One complete row.
    rows, complete : int
        The number of rows, and of those where none of these columns is missing, but for columns
        that are imputed.
    missing_together : tuple of tuples of str
        The columns that are imputed, those that are missing in the same rows together.
    """

    variables: Mapping[str, Variable]
    sample: CompleteColumns
    rows: int
    complete: int
    missing_together: tuple[tuple[str, ...], ...] = ()

    def impute(self, formula: Formula, blocks: Blocks) -> ColumnScan:
        """The scan with the values for missing ones, learned in another pass over the rows."""
        variables = learn_fills(self.variables, formula, blocks)
        sample = {name: finish_column(variables[name], self.sample[name]) for name in variables}
        masks = {Missing(name): np.zeros(1, dtype=bool) for name in find_filled(variables)}
        return replace(self, variables=variables, sample=sample | masks)


def scan_columns(
    names: Sequence[str],
    frames: Iterable[tuple[str, ColumnReader]],
    predictors: Collection[str] = (),
    fillable: Collection[str] = (),
    dates: Collection[str] = (),
) -> ColumnScan:
    """Find kinds, levels and ranges of columns in the complete rows, in one pass.

    Predictors also have the levels of rows without a response, which may be predicted. Rows are
    complete without the ``fillable`` columns, whose missing values are to be imputed. Columns in
    ``dates`` are read as dates.

    Raises
    ------
    TypeError, ValueError
        Where a column holds nothing that a formula can use, or chunks do not agree with the others;
        where no row is complete.
    """
    summaries = {name: ColumnSummary(name) for name in names}
    missing = dict.fromkeys(names, 0)
    patterns = MissingPatterns(name for name in names if name in fillable)
    n_rows, n_complete = 0, 0
    sample: dict[str, tuple[Values, Any]] = {}
    for where, reader in frames:
        with prefix_errors(where):
            columns = {name: reader.pick(name) for name in names}
            values = {name: reader.read(name, is_date=name in dates) for name in names}
            complete, predictable = _find_rows(values, missing, predictors, fillable)
            for name in names:
                rows, level_rows = complete, predictable if name in predictors else complete
                if name in fillable:
                    present = ~find_missing(values[name])
                    rows, level_rows = rows & present, level_rows & present
                    patterns.add(name, ~present[complete])
                summaries[name].add(columns[name], values[name], rows, where, level_rows)
        if not n_complete and complete.any():
            first = int(complete.argmax())
            one = slice(first, first + 1)
            sample = {name: (values[name][one], columns[name].dtype) for name in names}
        n_rows, n_complete = n_rows + len(reader.frame), n_complete + int(complete.sum())
    if not n_rows:
        raise ValueError("the data has no rows: there is nothing to learn from")
    if not n_complete:
        raise ValueError(f"no row of {n_rows} is complete; {_explain(missing, fillable, n_rows)}")
    check_known(patterns.list_missing(n_complete), n_complete)
    variables = {name: summary.to_variable() for name, summary in summaries.items()}
    for name in fillable:
        variables[name] = replace(variables[name], fill=np.nan)
    warn_of_levels([*summaries.values()])
    row = {name: complete_column(variables[name], *sample[name]) for name in names}
    return ColumnScan(variables, row, n_rows, n_complete, patterns.groups)


def _find_rows(
    values: Mapping[str, Values],
    missing: dict[str, int],
    predictors: Collection[str],
    fillable: Collection[str],
) -> tuple[Mask, Mask]:
    """Masks of the rows that are complete, and of those without a missing predictor.

    The missing values of each column are counted.
    """
    complete, predictable = np.ones((2, len(next(iter(values.values())))), dtype=bool)
    for name, column in values.items():
        blank = find_missing(column)
        missing[name] += int(blank.sum())
        if name in fillable:
            continue
        complete &= ~blank
        if name in predictors:
            predictable &= ~blank
    return complete, predictable


def _explain(missing: Mapping[str, int], fillable: Collection[str], n: int) -> str:
    """The number of missing values of each column, and a remedy where no column has only these."""
    counts = {name: count for name, count in missing.items() if name not in fillable}
    listed = ", ".join(f"{cut(name)} {count}" for name, count in counts.items())
    useful = not fillable and max(counts.values()) < n
    return f"missing values: {listed}" + ". na_action='impute' fills in predictors" * useful
