"""``cut(x, breaks)``: intervals of a number as the levels of a factor, as in R."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import patsy
from numpy.typing import NDArray

from ...errors import listing
from .categories import box_categories
from .factor_levels import name_level, relabel
from .numeric_columns import read_numbers

Floats = NDArray[np.float64]
# R's bound on the significant digits of a label, where fewer do not tell breaks apart.
_MOST_DIGITS = 12


class Cut:
    """R's ``cut(x, breaks)``: the intervals of a number as levels.

    ``breaks`` are the ends of the intervals, in any order, or the number of intervals of equal
    width. Only in the second case are breaks learned from the training rows.

    Notes
    -----
    For k intervals the breaks divide the range of the training values into k equal parts; then the
    first and the last break are moved outwards by a thousandth of the range, as R's manual states
    it. In new data, values beyond the range belong to the outermost intervals, with a warning. (R
    computes other breaks from the new data.) Values outside of breaks that were given are missing,
    as in R.

    Labels have as few significant digits, from ``dig_lab``, as tell the breaks apart, at most 12.

    Examples
    --------
    >>> from neuralnet import NeuralNetwork, load_iris
    >>> net = NeuralNetwork("Species ~ cut(Sepal.Length, 3)", load_iris(), 0)
    >>> net.x_names[1:]
    ['cut(Sepal.Length, 3)[T.(5.5,6.7]]', 'cut(Sepal.Length, 3)[T.(6.7,7.9]]']
    """

    def __init__(self) -> None:
        self.breaks: Floats = np.empty(0)
        self.labels: list[str] = []
        self.learned: bool = False
        self._low, self._high, self._n = np.inf, -np.inf, 0

    @property
    def is_rowwise(self) -> bool:
        """True if the breaks were given: then nothing depends on the other rows."""
        return not self.learned

    @property
    def levels(self) -> list[str]:
        """The labels of the intervals, each once."""
        return list(dict.fromkeys(self.labels))

    def memorize_chunk(
        self,
        x: Any,
        breaks: Any,
        labels: Any = None,
        include_lowest: bool = False,
        right: bool = True,
        dig_lab: int = 3,
        ordered_result: bool = False,
    ) -> None:
        """Add the range of a block of the training rows."""
        x = read_numbers("cut", x)
        self.learned = np.ndim(breaks) == 0
        if not self.learned:
            self.breaks = np.sort(np.asarray(breaks, dtype=np.float64))
            _check_breaks(self.breaks)
        else:
            if bad := np.count_nonzero(~np.isfinite(x)):
                raise ValueError(f"equal intervals need finite numbers, and {bad} rows have none")
            self._n = int(breaks)
            self._low, self._high = min(self._low, x.min()), max(self._high, x.max())
            self.breaks = _divide(self._low, self._high, self._n)
        self.labels = _make_labels(self.breaks, labels, include_lowest, right, dig_lab)

    def memorize_finish(self) -> None:
        """Do nothing: breaks and labels are those of all blocks already."""

    def keep_levels(self, whole: Cut) -> None:
        """Take over the labels of all training rows; the breaks stay."""
        self.labels = whole.labels

    def transform(
        self,
        x: Any,
        breaks: Any,
        labels: Any = None,
        include_lowest: bool = False,
        right: bool = True,
        dig_lab: int = 3,
        ordered_result: bool = False,
    ) -> Any:
        """Return the interval of each value as a category, missing where there is none."""
        x = read_numbers("cut", x)
        first, *inner, last = self.breaks.tolist()
        codes = np.searchsorted(inner, x, side="left" if right else "right")
        outside = np.isnan(x)
        if not self.learned:
            end = last if right else first
            within = (first < x) & (x < last) | (x == end)
            outside |= ~(within | (include_lowest & ((x == first) | (x == last))))
        codes[outside] = -1
        names = pd.RangeIndex(len(self.labels))
        intervals = pd.Categorical.from_codes(codes, names)
        return box_categories(relabel(intervals, self.labels, bool(ordered_result)))


def _divide(low: float, high: float, n: int) -> Floats:
    """Return R's n + 1 breaks of equal intervals from low to high."""
    width = high - low
    if not width:
        width = abs(low) or 1.0
        return np.linspace(low - width / 1000, high + width / 1000, n + 1)
    breaks = np.linspace(low, high, n + 1)
    breaks[[0, -1]] = low - width / 1000, high + width / 1000
    return breaks


def _check_breaks(breaks: Floats) -> None:
    if len(breaks) < 2:
        raise patsy.PatsyError(
            "breaks= takes two ends of an interval or more; for intervals of equal width give "
            "their number, as in cut(x, 5)"
        )
    if not (np.diff(breaks) > 0).all():
        raise patsy.PatsyError(f"breaks= has a number twice: {listing(breaks.tolist())}")


def _make_labels(
    breaks: Floats, labels: Any, include_lowest: bool, right: bool, dig_lab: int
) -> list[str]:
    """Return the label of each interval: those given, else as R writes them."""
    n = len(breaks) - 1
    if labels is not None:
        if len(labels) != n:
            raise patsy.PatsyError(f"labels= has {len(labels)} labels for {n} intervals")
        return [name_level(each) for each in labels]
    for digits in range(dig_lab, max(_MOST_DIGITS, dig_lab) + 1):
        ends = [_format(each, digits) for each in breaks.tolist()]
        if all(a != b for a, b in pairwise(ends)):
            break
    else:
        return [f"Range_{place}" for place in range(1, n + 1)]
    opening, closing = "(]" if right else "[)"
    names = [f"{opening}{a},{b}{closing}" for a, b in pairwise(ends)]
    if include_lowest and right:
        names[0] = "[" + names[0][1:]
    elif include_lowest:
        names[-1] = names[-1][:-1] + "]"
    return names


def _format(number: float, digits: int) -> str:
    """Return a number as C's %g writes it; R puts a blank before infinity."""
    if np.isinf(number):
        return "-Inf" if number < 0 else " Inf"
    # The sum turns a negative zero into zero.
    return f"{0.0 + number:.{digits}g}"
