"""``C(a)``: categorical factors and their contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import patsy

from ..integers import Integers, as_integers, find_distinct, find_levels

# The time of polynomial contrasts is the cube of the number of levels.
_MOST_LEVELS = 1_000


class Poly(patsy.Poly):  # type: ignore[misc]
    """Patsy's polynomial contrasts, with a limit on the number of levels."""

    def code_with_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return super().code_with_intercept(_check_levels(levels))

    def code_without_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return super().code_without_intercept(_check_levels(levels))


def _check_levels(levels: Sequence[Any]) -> Sequence[Any]:
    if len(levels) > _MOST_LEVELS:
        raise patsy.PatsyError(
            f"polynomial contrasts take up to {_MOST_LEVELS:,} ordered levels, not "
            f"{len(levels):,}: write C(a, Treatment), or make them numbers"
        )
    return levels


class _OrderedContrast:
    """R's contrasts of ordered factors: polynomials, or indicators of all levels where needed."""

    def code_without_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return Poly().code_without_intercept(levels)

    def code_with_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return patsy.Treatment().code_with_intercept(levels)


def box_categories(data: Any, contrast: Any = None, levels: Any = None) -> Any:
    """Encode data as categories, as ``C(a)`` does; whole numbers become integers, ``C(a)[T.2]``."""
    if _holds_numbers(data):
        data = as_integers(data).astype(object)
    if contrast is None and isinstance(data, pd.Categorical) and data.ordered:
        contrast = _OrderedContrast()
    if isinstance(contrast, pd.Categorical) or np.ndim(contrast) == 1:
        raise patsy.PatsyError(
            "the second argument of C() must be a contrast such as Sum or Treatment('a'), or "
            "levels=[...]"
        )
    return patsy.builtins.C(data, contrast, levels)


class Categories:
    """``C(a)``: the stateful transform of `box_categories`, with the levels of all training rows.

    Numbers become integers only if they are whole in all of the rows.
    """

    def __init__(self) -> None:
        self._distinct: list[Any] = []
        self.levels: list[Any] | None = None

    def memorize_chunk(self, data: Any, contrast: Any = None, levels: Any = None) -> None:
        """Add the distinct numbers of a block of rows."""
        if not _holds_numbers(data) or data.ndim != 1:
            return
        if levels is None:
            self._distinct.append(find_distinct(data))
        else:
            self.levels = list(levels)

    def memorize_finish(self) -> None:
        """Sort the levels."""
        if self._distinct:
            self.levels = find_levels(self._distinct)
        self._distinct = []

    def transform(self, data: Any, contrast: Any = None, levels: Any = None) -> Any:
        """Return patsy's box of categories."""
        return box_categories(data, contrast, self.levels if levels is None else levels)


def _holds_numbers(data: Any) -> bool:
    plain = isinstance(data, np.ndarray) and data.dtype.kind in "fiu"
    return plain or isinstance(data, Integers)
