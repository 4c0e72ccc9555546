"""Columns that the dot of a formula leaves out: dates, and text that differs in every row.

Neither can be coded by levels, as new rows have others. A column of numbers is never left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ..errors import DataWarning, cut, quote, warn_of_all
from ..formula import Column, Formula, has_dot
from .chunks import Chunks, prefix_errors
from .complete_columns import ColumnReader
from .dates import holds_dates, reads_as_dates
from .text_kinds import reads_as_numbers

# Text in fewer rows may well differ by chance.
_FEWEST = 3
_DATES, _TEXT = "dates", "text that differs in every row"
_REMEDIES = {
    _DATES: "days({name}) or month({name}) for dates",
    _TEXT: "pool({name}, 20) for text with levels of 20 rows or more",
}
# Columns that the warning subtracts from the dot as an example.
_SHOWN = 3


@dataclass
class _Candidate:
    """A column that the dot may leave out, after some of its rows."""

    kind: str = ""
    is_iso: bool = True
    texts: set[str] = field(default_factory=set)
    n_texts: int = 0

    def add(self, reader: ColumnReader, name: str) -> bool:
        """Add the rows of a frame; return whether the dot may still leave the column out."""
        column = reader.pick(name)
        kind = _find_kind(column)
        if kind and kind != self.kind:
            self.kind = "mixed" if self.kind else kind
        if kind == _TEXT:
            values: Any = reader.read(name)
            codes = values.codes[values.codes >= 0]
            texts = values.categories[pd.unique(codes)]
            self.is_iso = self.is_iso and reads_as_dates(texts)
            self.texts.update(texts)
            self.n_texts += len(codes)
        differs = len(self.texts) == self.n_texts
        return self.kind in ("", _DATES) or (self.kind == _TEXT and (self.is_iso or differs))

    @property
    def reason(self) -> str:
        """Why the dot leaves out a column of which it may leave out all rows; else ''."""
        if self.kind == _DATES or (self.kind == _TEXT and self.is_iso):
            return _DATES
        is_read = reads_as_numbers([*self.texts])
        return _TEXT if self.n_texts >= _FEWEST and not is_read else ""


def _find_kind(column: pd.Series) -> str:
    """The kind of a column by its type and values: dates, text, or 'other'; '' if all missing."""
    dtype: Any = column.dtype
    if dtype.kind in "fiub":
        return "other"
    if holds_dates(column):
        return _DATES
    if column.isna().all():
        return ""
    # Ordered categories are levels on purpose.
    if isinstance(dtype, pd.CategoricalDtype):
        levels = dtype.categories
        return _TEXT if not dtype.ordered and levels.map(type).isin([str]).all() else "other"
    return _TEXT if pd.api.types.infer_dtype(column) == "string" else "other"


def find_left_out(formula: str, names: Sequence[Any], chunks: Chunks) -> dict[str, str]:
    """Find the columns that the dot of a formula does not stand for, each with the reason.

    They are dates, by their type or as ISO text, and text that differs in every row where it is
    not missing, of 3 rows at least. Text of numbers stays, and ordered categories.
    """
    if not has_dot(formula, names):
        return {}
    candidates = {name: _Candidate() for name in names if isinstance(name, str)}
    with closing(chunks.read()) as frames:
        for where, reader in frames:
            with prefix_errors(where):
                candidates = {n: each for n, each in candidates.items() if each.add(reader, n)}
            if not candidates:
                break
    reasons = {name: candidate.reason for name, candidate in candidates.items()}
    return {name: reason for name, reason in reasons.items() if reason}


def warn_of_left_out(formula: Formula, left_out: Mapping[str, str]) -> None:
    """Warn of columns that the dot leaves out, unless the formula names them."""
    found = {name: why for name, why in left_out.items() if name not in formula.table_columns}
    names = {name: cut(Column(name).name()) for name in found}
    examples = {why: names[name] for name, why in reversed(found.items())}
    uses = ", ".join(
        words.format(name=examples[why]) for why, words in _REMEDIES.items() if why in examples
    )
    without = " - ".join([".", *list(names.values())[:_SHOWN], *["..."] * (len(names) > _SHOWN)])
    # Names may have braces, which the templates of the warning would read.
    uses, without = (text.replace("{", "{{").replace("}", "}}") for text in (uses, without))
    warn_of_all(
        {quote(name): why for name, why in found.items()},
        f"'.' leaves out column {{name}}, which is {{what}}. Name it to use it: {uses}. "
        f"'{without}' leaves it out without this warning",
        f"'.' leaves out {{n}} columns: {{each}}. Name them to use them: {uses}. "
        f"'{without}' leaves them out without this warning",
        DataWarning,
    )
