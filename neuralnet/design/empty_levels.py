"""Warnings of levels and classes that no training row has, or hardly any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, cut, listing, pluralize, warn, warn_of_all
from ..formula import Column
from .complete_columns import CompleteColumns
from .matrix import Terms
from .response import MultiResponse, Response
from .variable import Variable


def warn_of_empty_levels(
    terms: Terms, variables: Mapping[str, Variable], columns: CompleteColumns, n: int
) -> None:
    """Warn of levels that an expression makes and none of n rows has.

    The levels of columns are reported where columns are summarized.
    """
    empty = {}
    for factor, info in terms.info.factor_infos.items():
        if info.categories is None or isinstance(factor, Column):
            continue
        codes = terms.evaluate(factor, columns, n)
        counts = np.bincount(codes[codes >= 0], minlength=len(info.categories))
        known = {level for name in factor.columns for level in variables[name].levels}
        found = zip(info.categories, counts, strict=True)
        if levels := [each for each, count in found if not count and each not in known]:
            empty[cut(factor.name())] = listing(levels)
    warn_of_all(
        empty,
        "{name} has no training row of {what}: predictions there are based on no training row",
        "{n} terms have levels without a training row: {each}. Predictions there are based on no "
        "training row",
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


def warn_of_single_rows(response: Response | MultiResponse, codes: NDArray[Any]) -> None:
    """Warn where most of more than two classes have a single training row."""
    if not response.classes:
        return
    counts = np.bincount(codes, minlength=len(response.classes))
    n_single, K = int((counts == 1).sum()), len(counts)
    if n_single > max(2, K / 2):
        warn(
            f"the response {cut(response.name)} has {K:,} classes in {pluralize(len(codes), 'row')}"
            f", {n_single:,} of them in one row only, too few to learn a class from: is it a "
            f"row identifier? Join rare classes, as in pool({cut(response.name)}, 20) ~ ..., or "
            "make it a number",
            DataWarning,
        )
