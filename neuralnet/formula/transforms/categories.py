"""``C(a)``: categorical factors and their contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from ...errors import MAX_EXACT_INTEGER
from ..integers import Integers, find_distinct, spell_levels

# Levels that polynomials are made for: it takes the cube of their number.
_MOST_LEVELS = 1_000


class Poly(patsy.Poly):  # type: ignore[misc]
    """Patsy's coding by polynomials, for a number of levels that it can be made for."""

    def code_with_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return super().code_with_intercept(_check_levels(levels))

    def code_without_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return super().code_without_intercept(_check_levels(levels))


def _check_levels(levels: Sequence[Any]) -> Sequence[Any]:
    if len(levels) > _MOST_LEVELS:
        raise patsy.PatsyError(
            f"polynomials are made for up to {_MOST_LEVELS:,} ordered levels, not {len(levels):,}: "
            "write C(a, Treatment), or make them numbers"
        )
    return levels


class _Polynomials:
    """R's coding of ordered factors: polynomials, or a column a level where all are needed."""

    def code_without_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return Poly().code_without_intercept(levels)

    def code_with_intercept(self, levels: Sequence[Any]) -> patsy.ContrastMatrix:
        return patsy.Treatment().code_with_intercept(levels)


def box_categories(data: Any, contrast: Any = None, levels: Any = None) -> Any:
    """``C(a)``: treat as categories. Numbers keep their spelling: ``C(a)[T.2]``."""
    if _holds_numbers(data):
        data = _spell(data)
    if contrast is None and isinstance(data, pd.Categorical) and data.ordered:
        contrast = _Polynomials()
    if isinstance(contrast, pd.Categorical) or np.ndim(contrast) == 1:
        raise patsy.PatsyError(
            "behind the column, C takes a coding such as Sum or Treatment('a'), or levels=[...]"
        )
    return patsy.builtins.C(data, contrast, levels)


class Categories:
    """``C(a)`` as `box_categories` has it, with the levels of all training rows.

    Whether numbers are spelled as whole ones cannot be told from some of the rows.
    """

    def __init__(self) -> None:
        self._found: list[Any] = []
        self.levels: list[Any] | None = None

    def memorize_chunk(self, data: Any, contrast: Any = None, levels: Any = None) -> None:
        """Gather the different numbers of some of the rows."""
        if not _holds_numbers(data) or data.ndim != 1:
            return
        if levels is None:
            self._found.append(find_distinct(data))
        else:
            self.levels = list(levels)

    def memorize_finish(self) -> None:
        """Put the levels in order."""
        if self._found:
            self.levels = spell_levels(self._found)
        self._found = []

    def transform(self, data: Any, contrast: Any = None, levels: Any = None) -> Any:
        """The box that patsy takes for categories."""
        return box_categories(data, contrast, self.levels if levels is None else levels)


def _holds_numbers(data: Any) -> bool:
    plain = isinstance(data, np.ndarray) and data.dtype.kind in "fiu"
    return plain or isinstance(data, Integers)


def _spell(numbers: Any) -> NDArray[np.object_]:
    """As ints where all of them are whole, and as such could not have been rounded."""
    if isinstance(numbers, Integers):
        return np.asarray(numbers, dtype=object)
    whole = (numbers == np.rint(numbers)).all() and not (np.abs(numbers) >= MAX_EXACT_INTEGER).any()
    spelled: NDArray[np.object_] = (numbers.astype(np.int64) if whole else numbers).astype(object)
    return spelled
