"""Training rows without a value, a level or a finite number, and the reason."""

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
from .response import MultiResponse, Response
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
    without_level: Mapping[str, int],
    n_kept: int,
    na_action: str,
) -> None:
    """Warn of rows of a model frame that are not kept, and why.

    Parameters
    ----------
    formula, variables, offsets
        Of the design.
    model_frame : ModelFrame
    complete : (n,) array
        Mask of the rows without a missing value.
    without_level : mapping
        The number of complete rows without a level, by the expression that gives none.
    n_kept : int
        The number of rows with all values and levels.
    na_action : str

    Raises
    ------
    ValueError
        If there are any, with ``na_action="raise"``.
    """
    n = model_frame.n_selected
    n_dropped = n - n_kept
    if not n_dropped:
        return
    counted = f"{n_dropped} of {pluralize(n, 'row')}"
    blank = {
        name: find_missing(model_frame.reader.read(name, variable))
        for name, variable in variables.items()
        if variable.fill is None
    }
    # A response that is a column is counted as one.
    counts = {**without_level, **{name: int(mask.sum()) for name, mask in blank.items()}}
    counts["weights or offset"] = n - len(model_frame.frame)
    missing = list_counts(counts)
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
