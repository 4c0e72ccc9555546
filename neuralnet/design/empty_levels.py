"""Warnings of levels and classes that no training row has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, cut, listing, warn, warn_of_all
from ..formula import Factor
from .response import MultiResponse, Response
from .variable import Variable


def warn_of_empty_levels(
    empty: Mapping[Factor, Sequence[Any]], variables: Mapping[str, Variable]
) -> None:
    """Warn of levels of expressions without a row, whose weights no row determines.

    The levels of columns are reported where columns are summarized.
    """
    made = {}
    for factor, levels in empty.items():
        known = {level for name in factor.columns for level in variables[name].levels}
        if own := [each for each in levels if each not in known]:
            made[cut(factor.name())] = listing(own)
    warn_of_all(
        made,
        "{name} has no training row of {what}: predictions for such rows are based on none, and "
        "are those of the reference level",
        "{n} terms have levels without a training row: {each}. Predictions for such rows are based "
        "on none, and are those of the reference level",
        DataWarning,
    )


def warn_of_empty_classes(response: Response | MultiResponse, codes: NDArray[Any]) -> None:
    """Warn of classes whose rows were all dropped for missing levels of predictors."""
    if not response.classes:
        return
    counts = np.bincount(codes, minlength=len(response.classes))
    empty = [each for each, count in zip(response.classes, counts, strict=True) if not count]
    if empty:
        warn(
            f"the response {cut(response.name)} has no complete row of {listing(empty)}, and no "
            "row will be predicted as such",
            DataWarning,
        )
