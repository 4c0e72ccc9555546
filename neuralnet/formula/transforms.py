"""Functions of a formula that remember the training rows: the levels of C(...), mean and spread.

They follow patsy's protocol and learn from the rows in blocks. Knows nothing of formulas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray
from patsy.state import Center as PatsyCenter

from .integers import FIRST, Integers, find_distinct, spell_levels

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


class Center(PatsyCenter):  # type: ignore[misc]
    """``center(a)``: less the mean of the training rows, as patsy has it, of numbers alone."""

    def memorize_chunk(self, x: Any) -> None:
        """Add some of the training rows; the sum of text would be one long text."""
        kind = np.asarray(x).dtype
        if kind.kind not in "biuf":
            raise TypeError(f"center takes numbers, not {kind}")
        super().memorize_chunk(x)


class _Moments:
    """The mean of the training rows, and their sum of squares about it, column by column.

    Blocks are joined by the formulas of Chan, Golub & LeVeque (1983), *The American Statistician*
    37, 242-247. The first row is taken off beforehand, so that a constant has a deviation of
    exactly 0.
    """

    def __init__(self) -> None:
        self.n = 0
        self.first: Any = 0.0
        self.mean: Any = 0.0
        self.squares: Any = 0.0

    def add(self, x: Any) -> None:
        """Count some of the training rows."""
        x = np.asarray(x, dtype=np.longdouble)
        if not self.n:
            self.first = x[0]
        x = x - self.first
        mean = x.mean(axis=0)
        squares = ((x - mean) ** 2).sum(axis=0)
        before, n = self.n, len(x)
        self.n = before + n
        step = mean - self.mean
        self.mean = self.mean + step * n / self.n
        self.squares = self.squares + squares + step**2 * before * n / self.n

    def memorize_finish(self) -> None:
        """The mean of the rows themselves."""
        self.mean = self.first + self.mean
        self.first = 0.0

    def measure_spread(self, middle: Any, ddof: int) -> Any:
        """The root of the mean square about a middle, over n - ddof; nan where squares overflow."""
        squares = self.squares + self.n * (self.mean - middle) ** 2
        # Squares too large for a float would make all rows 0; so none is a finite number.
        squares = np.where(np.isfinite(squares), squares, np.nan)
        return np.sqrt(squares / (self.n - ddof))


class Standardize(_Moments):
    """``standardize(a)``: less the mean of the training rows, over their standard deviation.

    As patsy's, which goes row by row.
    """

    def memorize_chunk(
        self, x: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> None:
        """Add some of the training rows."""
        self.add(x)

    def transform(
        self, x: Any, center: bool = True, rescale: bool = True, ddof: int = 0
    ) -> NDArray[np.float64]:
        """Any rows, (n,) or (n, c), column by column."""
        scaled: NDArray[np.float64] = np.array(x, dtype=np.float64)
        if center:
            scaled -= self.mean
        if rescale:
            scaled /= self.measure_spread(self.mean, ddof)
        return scaled


class Scale(_Moments):
    """R's ``scale(a)``: less the mean of the training rows, over their standard deviation (n - 1).

    A number as ``center`` or ``scale`` is subtracted or divided by. Where ``center`` is not the
    mean, the divisor is the root of the mean square, over n - 1, about what is subtracted, as in R.
    ``ddof`` and ``rescale`` are those of `Standardize`.
    """

    def memorize_chunk(
        self, x: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> None:
        """Add some of the training rows."""
        self.add(x)

    def transform(
        self, x: Any, center: Any = True, scale: Any = True, ddof: int = 1, rescale: bool = True
    ) -> NDArray[np.float64]:
        """Any rows, (n,) or (n, c), column by column."""
        scaled: NDArray[np.float64] = np.array(x, dtype=np.float64)
        middle = self.mean if _is_flag(center) and center else float(center)
        scaled -= middle
        if not _is_flag(scale):
            return scaled / float(scale)
        # As in R, one row has a mean square too, where it is not about its own mean.
        divisor = self.measure_spread(middle, min(ddof, self.n - 1)) if scale and rescale else 1.0
        return np.asarray(scaled / divisor)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _holds_numbers(data: Any) -> bool:
    plain = isinstance(data, np.ndarray) and data.dtype.kind in "fiu"
    return plain or isinstance(data, Integers)


def _spell(numbers: Any) -> NDArray[np.object_]:
    """As ints where all of them are whole, and as such could not have been rounded."""
    if isinstance(numbers, Integers):
        return np.asarray(numbers, dtype=object)
    whole = (numbers == np.rint(numbers)).all() and not (np.abs(numbers) >= FIRST).any()
    spelled: NDArray[np.object_] = (numbers.astype(np.int64) if whole else numbers).astype(object)
    return spelled
