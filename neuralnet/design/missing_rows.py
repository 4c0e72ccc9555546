"""Training rows for which the formula gives no finite number or no level, and the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import cut, listing, quote
from .matrix import Terms
from .model_matrices import ModelMatrices
from .offset import Offset
from .response import MultiResponse, Response
from .variable import Variable

_SCALED = re.compile(r"\b(standardize|scale)\(")


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
        f"{cut(term)} is not a finite number in {matrices.undefined.sum()} rows, first in row "
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
    counts = {name: int(mask.sum()) for name, mask in matrices.without_level.items()}
    if response.classes:
        counts[response.name] = int((matrices.response < 0).sum())
    if not matrices.complete.any():
        raise ValueError(f"no row has a level of every factor; rows without: {list_counts(counts)}")
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
