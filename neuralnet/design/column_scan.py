"""The first pass over the training rows: kinds, levels and ranges of their columns."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import cut
from .chunks import prefix_errors
from .columns import find_missing
from .complete_columns import ColumnReader, CompleteColumns, complete_column
from .levels import Values
from .summaries import ColumnSummary, warn_of_levels
from .variable import Variable


@dataclass(frozen=True, eq=False)
class ColumnScan:
    """Result of one pass over frames.

    Attributes
    ----------
    variables : dict of str to Variable
    sample : dict of columns
        One complete row.
    rows, complete : int
        The number of rows, and of those where none of these columns is missing.
    """

    variables: Mapping[str, Variable]
    sample: CompleteColumns
    rows: int
    complete: int


def scan_columns(
    names: Sequence[str],
    frames: Iterable[tuple[str, ColumnReader]],
    predictors: Collection[str] = (),
    dates: Collection[str] = (),
) -> ColumnScan:
    """Find kinds, levels and ranges of columns in the complete rows, in one pass.

    Predictors also have the levels of rows without a response, which may be predicted. Columns in
    ``dates`` are read as dates.

    Raises
    ------
    TypeError, ValueError
        Where a column holds nothing that a formula can use, or chunks do not agree with the others;
        where no row is complete.
    """
    summaries = {name: ColumnSummary(name) for name in names}
    missing = dict.fromkeys(names, 0)
    n_rows, n_complete = 0, 0
    sample: dict[str, tuple[Values, Any]] = {}
    for where, reader in frames:
        with prefix_errors(where):
            columns = {name: reader.pick(name) for name in names}
            values = {name: reader.read(name, is_date=name in dates) for name in names}
            complete, predictable = np.ones((2, len(reader.frame)), dtype=bool)
            for name in names:
                blank = find_missing(values[name])
                missing[name] += int(blank.sum())
                complete &= ~blank
                if name in predictors:
                    predictable &= ~blank
            for name in names:
                level_rows = predictable if name in predictors else complete
                summaries[name].add(columns[name], values[name], complete, where, level_rows)
        if not n_complete and complete.any():
            first = int(complete.argmax())
            one = slice(first, first + 1)
            sample = {name: (values[name][one], columns[name].dtype) for name in names}
        n_rows, n_complete = n_rows + len(reader.frame), n_complete + int(complete.sum())
    if not n_rows:
        raise ValueError("the data has no rows: there is nothing to learn from")
    if not n_complete:
        counts = ", ".join(f"{cut(name)} {count}" for name, count in missing.items())
        raise ValueError(f"no row of {n_rows} is complete; missing values: {counts}")
    variables = {name: summary.to_variable() for name, summary in summaries.items()}
    warn_of_levels([*summaries.values()])
    row = {name: complete_column(variables[name], *sample[name]) for name in names}
    return ColumnScan(variables, row, n_rows, n_complete)
