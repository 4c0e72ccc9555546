"""Two models compared on the same folds, with a standard error that knows that folds overlap."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, isnan, nan, pi, sin, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, unwarned
from ..model import MatrixHead, Model, head, render_html, render_text
from .cross_validation import CrossValidation

Vector = NDArray[np.float64]

_LEVEL = 0.95


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Two networks on the same folds; differences are the first less the second.

    Attributes
    ----------
    folds : DataFrame
        One row for each fold of each repeat: ``repeat``, ``fold``, ``rows`` held out, the deviance
        per row of the ``first`` and of the ``second`` network, and their ``difference``.
    difference : float
        Of the deviance per row held out; below 0 where the first network predicts better.
    std_error : float
        Its corrected standard error.
    t : float
        ``difference / std_error``; nan where both are 0.
    df : int
        Degrees of freedom, ``k * repeats - 1``.
    p_value : float
        Of a difference that far from 0 in either direction, by Student's t.
    interval : tuple of float
        95 % confidence interval of the difference.
    accuracy_difference, accuracy_std_error : float
        The same of the accuracy; nan for numbers.
    first, second : CrossValidation

    Notes
    -----
    With J = k * repeats differences of single folds, s**2 their variance (divisor J - 1) and
    n_test / n_train = 1 / (k - 1), the standard error is ``sqrt((1 / J + n_test / n_train) *
    s**2)`` (Nadeau and Bengio, 2003; for repeats Bouckaert and Frank, 2004). ``s / sqrt(J)`` would
    take folds for independent, though they are trained on mostly the same rows.

    References
    ----------
    C. Nadeau, Y. Bengio (2003). Inference for the generalization error. Machine Learning 52,
    239-281.

    R. R. Bouckaert, E. Frank (2004). Evaluating the replicability of significance tests for
    comparing learning algorithms. PAKDD, 3-12.
    """

    folds: pd.DataFrame
    difference: float
    std_error: float
    t: float
    df: int
    p_value: float
    interval: tuple[float, float]
    accuracy_difference: float
    accuracy_std_error: float
    first: CrossValidation
    second: CrossValidation

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        low, high = self.interval
        many = f", dealt {self.first.repeats} times" if self.first.repeats > 1 else ""
        lines = [
            f"Comparison in the same {self.first.k} folds{many}",
            *(
                f"{name}: {each.network}; deviance per row {each.deviance:.4g}"
                for name, each in (("first", self.first), ("second", self.second))
            ),
            f"difference {self.difference:.4g}, standard error {self.std_error:.2g}, "
            f"95 % interval {low:.3g} to {high:.3g}",
            "the same in every fold"
            if isnan(self.t)
            else f"t {self.t:.3g} with {self.df} degrees of freedom, p value {_show(self.p_value)}",
        ]
        if "accuracy" in self.first.folds:
            error = f"standard error {self.accuracy_std_error:.2g}"
            lines.append(f"difference of accuracy {self.accuracy_difference:.3f}, {error}")
        shown = self.folds.iloc[head(len(self.folds))]
        return lines, [MatrixHead("folds", self.folds.shape, shown)]


def check_comparable(first: Model, second: Model) -> None:
    """Raise ValueError where deviances of the two would not be about the same.

    They need the same training rows, response and weights, and a loss of the same kind: that of
    classes, or of one family of numbers.
    """
    one, other = (model.model_frame.positions for model in (first, second))
    if not np.array_equal(one, other):
        n, m = len(one), len(other)
        counts = f"{n} and {m}" if n != m else f"{n} each, but not the same"
        raise ValueError(
            f"the networks were made of different rows, {counts}, and only on the same can they be "
            "compared: a formula drops the rows that miss a value of its columns, so drop them "
            "from both with subset=, or from the data"
        )
    names = " and ".join(cut(model.labels.response) for model in (first, second))
    if not _is_same_response(first, second):
        raise ValueError(
            f"the networks have different responses, {names}, and only with the same can they be "
            "compared: give both the same left side and the same data"
        )
    families = [model.perceptron.family for model in (first, second)]
    if not first.labels.classes and families[0] != families[1]:
        raise ValueError(
            f"deviances of the families {families[0].name!r} and {families[1].name!r} are in "
            "different units and cannot be compared: give both networks the same family"
        )
    weights = {
        "weights": (first.batch.w, second.batch.w),
        "class_weight": (first.class_weights, second.class_weights),
    }
    for name, given in weights.items():
        # None of them is as good as ones.
        w, v = (np.ones(1) if each is None else each for each in given)
        if (w != v).any():
            raise ValueError(
                f"the networks differ in {name}=, by which rows count in the deviance: give both "
                "the same"
            )


def compare(first: CrossValidation, second: CrossValidation) -> Comparison:
    """The differences of two cross-validations on the same folds."""
    one, other = (each.folds["deviance"].to_numpy() for each in (first, second))
    folds = first.folds[["repeat", "fold", "rows"]].assign(
        first=one, second=other, difference=_subtract(one, other)
    )
    difference = _subtract(first.deviance, second.deviance)
    error = correct_std_error(folds["difference"].to_numpy(), first.k)
    df = len(folds) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        t = float(np.divide(difference, error))
    reach = find_quantile(_LEVEL, df) * error
    accuracy_error = nan
    if "accuracy" in first.folds:
        gaps = first.folds["accuracy"] - second.folds["accuracy"]
        accuracy_error = correct_std_error(gaps.to_numpy(), first.k)
    return Comparison(
        folds,
        difference,
        error,
        t,
        df,
        1.0 - min(cover(t, df), 1.0),
        (difference - reach, difference + reach),
        first.accuracy - second.accuracy,
        accuracy_error,
        first,
        second,
    )


def _show(p_value: float) -> str:
    # Less is rounding of a probability near 1.
    return f"{p_value:.2g}" if p_value > 1e-12 else "below 1e-12"


@unwarned
def correct_std_error(differences: Vector, k: int) -> float:
    """Of the mean over folds; see `Comparison`.

    Examples
    --------
    Variance 1 in two folds, each held out from as many rows as it has: sqrt(1/2 + 1).

    >>> round(correct_std_error(np.array([0.0, 2**0.5]), k=2) ** 2, 6)
    1.5
    """
    share = 1.0 / len(differences) + 1.0 / (k - 1)
    return sqrt(share * float(differences.var(ddof=1)))


def cover(t: float, df: int) -> float:
    """Probability that Student's t with a whole number of degrees of freedom is within -t to t.

    The finite sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4.

    Examples
    --------
    >>> round(cover(1.0, 1), 6), round(cover(2.0**0.5, 2), 6)
    (0.5, 0.707107)
    """
    odd, angle = df % 2, atan2(abs(t), sqrt(df))
    term, total = cos(angle) if odd else 1.0, 0.0
    for step in range(1 + odd, df, 2):
        total += term
        term *= cos(angle) ** 2 * step / (step + 1)
    inside = sin(angle) * total
    return (angle + inside) * 2.0 / pi if odd else inside


def find_quantile(level: float, df: int) -> float:
    """The t that Student's t stays within with a probability, found by halving.

    Examples
    --------
    >>> round(find_quantile(0.95, 9), 3)
    2.262
    """
    low, high = 0.0, 1e3
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if cover(middle, df) < level else (low, middle)
    return (low + high) / 2.0


@unwarned
def _subtract(one: Any, other: Any) -> Any:
    return one - other


def _is_same_response(first: Model, second: Model) -> bool:
    if first.labels.classes != second.labels.classes:
        return False
    one, other = (
        model.perceptron.family.codes(model.batch.Y) if model.labels.classes else model.batch.Y
        for model in (first, second)
    )
    return _are_equal(one, other)


def _are_equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
