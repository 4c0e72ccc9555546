"""``C(a)``: categorical factors and their contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import patsy

from ...errors import MAX_EXACT_INTEGER, listing
from ..integers import as_integers, find_distinct, find_levels
from .factor_levels import holds_numbers, name_level, read_box, read_categories, relabel

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
    if holds_numbers(data):
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
    """``C(a)`` and R's ``factor(a)``: categories with the levels of all training rows.

    Numbers become integers only if they are whole in all of the rows. ``levels`` are the levels in
    their order; a value that is not among them is missing, as in R, with a warning that counts
    such rows. ``labels`` rename the levels, and those of the same label become one; ``ordered``
    makes an ordered factor of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from neuralnet import NeuralNetwork
    >>> table = pd.DataFrame({"y": [1.5, 2, 3, 1], "g": ["lo", "hi", "mid", "lo"]})
    >>> net = NeuralNetwork("y ~ factor(g, levels=['lo', 'mid', 'hi'])", table, 0)
    >>> net.X[:, 1:]
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [0., 0.]])
    """

    is_rowwise = True

    def __init__(self) -> None:
        self._distinct: list[Any] = []
        self.levels: list[Any] | None = None
        # Of levels that are given: whether a row has one, and values that are none of them.
        self._found = False
        self._strange: list[Any] = []

    def memorize_chunk(
        self,
        data: Any,
        contrast: Any = None,
        levels: Any = None,
        labels: Any = None,
        ordered: bool | None = None,
    ) -> None:
        """Add the distinct numbers of a block of rows."""
        if levels is not None:
            self._check_levels(read_box(data)[0], _list(levels))
        if not holds_numbers(data) or data.ndim != 1:
            return
        if levels is None:
            self._distinct.append(find_distinct(data))
        else:
            self.levels = _list(levels)

    def _check_levels(self, values: Any, levels: list[Any]) -> None:
        if len(set(levels)) < len(levels):
            raise patsy.PatsyError(f"levels= names a level twice: {listing(levels)}")
        found = read_categories(values, levels)
        self._found = self._found or bool(((found.codes >= 0) & (found.codes < len(levels))).any())
        self._strange = read_categories(values).categories.tolist()

    def memorize_finish(self) -> None:
        """Sort the levels; raise where those given have no row."""
        if not self._found and self._strange:
            raise patsy.PatsyError(
                f"levels= has none of the values, which are {listing(self._strange)}: text is "
                "written in quotes, and numbers without"
            )
        if self._distinct:
            self.levels = find_levels(self._distinct)
        self._distinct = []

    def keep_levels(self, whole: Categories) -> None:
        """Take over the levels of all training rows."""
        self.levels = whole.levels

    def transform(
        self,
        data: Any,
        contrast: Any = None,
        levels: Any = None,
        labels: Any = None,
        ordered: bool | None = None,
    ) -> Any:
        """Return patsy's box of categories."""
        if levels is None and labels is None and ordered is None:
            return box_categories(data, contrast, self.levels)
        values, boxed, _ = read_box(data)
        given = self.levels if levels is None else _list(levels)
        found = read_categories(values, given)
        if levels is not None:
            n = len(_list(levels))
            codes = np.where(found.codes < n, found.codes, -1)
            found = pd.Categorical.from_codes(codes, found.categories[:n])
        names = found.categories.tolist()
        if labels is not None:
            n = len(names if given is None else given)
            if len(labels) != n:
                raise patsy.PatsyError(f"labels= has {len(labels)} labels for {n} levels")
            names[:n] = map(name_level, labels)
        was_ordered = isinstance(values, pd.Categorical) and bool(values.ordered)
        found = relabel(found, names, was_ordered if ordered is None else bool(ordered))
        return box_categories(found, boxed if contrast is None else contrast)


def _list(values: Any) -> list[Any]:
    """Return the entries of a list, an array or an index as Python's objects.

    Whole numbers, as those of ``seq(1, 7)``, are integers.
    """
    entries: list[Any] = values.tolist() if hasattr(values, "tolist") else list(values)
    floats = [each for each in entries if isinstance(each, float)]
    if not all(each.is_integer() and abs(each) < MAX_EXACT_INTEGER for each in floats):
        return entries
    return [int(each) if isinstance(each, float) else each for each in entries]
