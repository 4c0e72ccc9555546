"""Training rows that are left out for missing values, or have no finite number, and the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, cut, listing, pluralize, quote, warn
from ..formula import Formula
from .columns import find_missing
from .imputation import find_fillable
from .matrix import Terms
from .model_frame import ModelFrame
from .model_matrices import ModelMatrices
from .offset import Offset
from .variable import Variable

_SCALED = re.compile(r"\b(standardize|scale)\(")
# Where a larger share of the rows is dropped that imputation would keep, the warning says so.
_MANY = 0.05


def report_dropped(
    formula: Formula,
    variables: Mapping[str, Variable],
    offsets: Sequence[Offset],
    model_frame: ModelFrame,
    complete: NDArray[np.bool_],
    na_action: str,
) -> None:
    """Warn of the rows of a model frame that are not complete, and of those without a weight.

    Raises
    ------
    ValueError
        If there are any, with ``na_action="raise"``.
    """
    n = model_frame.n_selected
    n_dropped = n - int(complete.sum())
    if not n_dropped:
        return
    counted = f"{n_dropped} of {pluralize(n, 'row')}"
    blank = {
        name: find_missing(model_frame.reader.read(name))
        for name, variable in variables.items()
        if variable.fill is None
    }
    counts = {name: int(mask.sum()) for name, mask in blank.items()}
    counts["weights or offset"] = n - len(model_frame.frame)
    missing = ", ".join(f"{cut(name)} {count}" for name, count in counts.items() if count)
    if na_action == "raise":
        raise ValueError(
            f"{counted} have missing values ({missing}), and na_action='raise': fill "
            "them in, leave these rows out, or write na_action='impute'"
        )
    fillable = find_fillable(formula, [offset.factors for offset in offsets])
    kept = np.logical_not(complete)
    for name in blank.keys() - fillable:
        kept &= ~blank[name]
    remedy = ""
    if na_action == "drop" and kept.sum() > _MANY * n:
        remedy = f". na_action='impute' keeps {kept.sum()} of them, with values filled in"
    warn(
        f"{counted} dropped: they have missing values ({missing}){remedy}",
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


def _explain_constant(term: str, terms: Terms, variables: Mapping[str, Variable]) -> str:
    """The constant column that a term standardizes; '' if there is none."""
    for name in terms.formula.columns:
        if variables[name].is_constant and _SCALED.search(term):
            column = quote(name)
            return f". Column {column} is the same in every row: it has no spread to divide by"
    return ""
