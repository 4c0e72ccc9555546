"""Training rows for which the formula gives no finite number, and the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import cut, listing, pluralize, quote
from .matrix import Terms
from .model_matrices import ModelMatrices
from .offset import Offset
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
        f"{cut(term)} is not a finite number in "
        f"{pluralize(matrices.undefined.sum(), 'row')}, first in row "
        f"{listing(matrices.index[[row]])}: change the formula, or leave these rows out"
        f"{_explain_constant(term, terms, variables)}"
    )


def _explain_constant(term: str, terms: Terms, variables: Mapping[str, Variable]) -> str:
    """The constant column that a term standardizes; '' if there is none."""
    for name in terms.formula.columns:
        if variables[name].is_constant and _SCALED.search(term):
            column = quote(name)
            return f". Column {column} is the same in every row: it has no spread to divide by"
    return ""
