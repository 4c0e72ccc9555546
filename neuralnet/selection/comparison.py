"""Comparison of two models by the corrected resampled t-test of Nadeau and Bengio (2003).

Both are cross-validated on the same folds; the standard error allows for overlapping training rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, ignore_overflow, quote
from ..inference import t_quantile, t_tail
from ..model import MatrixHead, Model, choose_units, head, render_html, render_text
from .cross_validation_result import CrossValidation, average_folds

Vector = NDArray[np.float64]

_LEVEL = 0.95
_FIRST, _PAIR = ["repeat", "fold", "rows"], ["first", "second", "difference"]


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Comparison of two networks on the same folds; differences are first minus second.

    Attributes
    ----------
    folds : DataFrame
        One row for each fold of each repeat: ``repeat``, ``fold``, ``rows`` held out, the deviance
        per row of the ``first`` and of the ``second`` network, and their ``difference``; then the
        measures of both, as in ``roc_auc_first`` and ``roc_auc_second``.
    metrics : DataFrame
        One row for each measure, the deviance first: its mean over the folds for the ``first`` and
        for the ``second`` network, their ``difference`` and its corrected ``std_error``, and the
        number of ``folds``: those in which it is defined for both.
    difference : float
        Difference of the deviance per row held out; below 0 where the first network predicts
        better.
    std_error : float
        Its corrected standard error.
    t : float
        ``difference / std_error``; nan where both are 0.
    df : int
        Degrees of freedom, ``k * repeats - 1``.
    p_value : float
        Two-sided p-value of a difference of 0, by Student's t.
    interval : tuple of float
        95 % confidence interval of the difference.
    accuracy_difference, accuracy_std_error : float
        Difference of the accuracy and its corrected standard error; nan for numeric responses.
    first, second : CrossValidation

    Notes
    -----
    With J = k * repeats differences of single folds, s**2 their variance (divisor J - 1) and
    n_test / n_train = 1 / (k - 1), the standard error is ``sqrt((1 / J + n_test / n_train) *
    s**2)`` (Nadeau and Bengio, 2003; for repeats Bouckaert and Frank, 2004). ``s / sqrt(J)`` would
    assume independent folds, though most training rows are common to them.

    References
    ----------
    C. Nadeau, Y. Bengio (2003). Inference for the generalization error. Machine Learning 52,
    239-281.

    R. R. Bouckaert, E. Frank (2004). Evaluating the replicability of significance tests for
    comparing learning algorithms. PAKDD, 3-12.
    """

    folds: pd.DataFrame
    metrics: pd.DataFrame
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

    def _describe_test(self) -> str:
        if isnan(self.t):
            return "the same in every fold"
        return f"t {self.t:.3g} with {self.df} degrees of freedom, p value {self.p_value:.2g}"

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        low, high = self.interval
        many = f", repeated {self.first.repeats} times" if self.first.repeats > 1 else ""
        lines = [
            f"Comparison in the same {self.first.k} folds{many}",
            *(
                f"{name}: {each.network}; deviance per row {each.deviance:.4g}"
                for name, each in (("first", self.first), ("second", self.second))
            ),
            f"difference {self.difference:.4g}, standard error {self.std_error:.2g}, "
            f"95 % interval {low:.3g} to {high:.3g}",
            self._describe_test(),
        ]
        lines += [self.first.note] * bool(self.first.note)
        shown = self.folds[[*_FIRST, *_PAIR]].iloc[head(len(self.folds))]
        return lines, [
            MatrixHead("metrics", self.metrics.shape, self.metrics),
            MatrixHead("folds", self.folds.shape, shown),
        ]


def check_comparable(first: Model, second: Model, automatic: bool) -> None:
    """Raise ValueError unless the deviances of two models are comparable.

    They need the same training rows, response and weights, and a loss of the same kind: that of
    classes, or of one family of numbers, which counts several responses in the same units.
    ``automatic``: training chooses what was left open.
    """
    _check_rows(first, second)
    _check_responses(first, second)
    _check_units(first, second, automatic)
    _check_weights(first, second)


def _check_rows(first: Model, second: Model) -> None:
    one, other = (model.model_frame.positions for model in (first, second))
    if not np.array_equal(one, other):
        n, m = len(one), len(other)
        counts = f"{n} and {m}" if n != m else f"{n} each, but not the same"
        raise ValueError(
            f"the networks were made of different rows, {counts}, and only on the same can they be "
            "compared: a formula drops the rows that miss a value of its columns, so drop them "
            "from both with subset=, or from the data"
        )


def _check_responses(first: Model, second: Model) -> None:
    names = " and ".join(cut(model.labels.response) for model in (first, second))
    if not _is_same_response(first, second):
        raise ValueError(
            f"the networks have different responses, {names}, and only with the same can they be "
            "compared: give both the same left side and the same data"
        )
    one, other = (model.perceptron.for_scaled_response.family for model in (first, second))
    if not first.labels.classes and one != other:
        raise ValueError(
            f"deviances of the families {quote(one.name)} and {quote(other.name)} are in "
            "different units and cannot be compared: give both networks the same family"
        )


def _check_units(first: Model, second: Model, automatic: bool) -> None:
    scaled = []
    for model in (first, second):
        perceptron, scale = model.perceptron, model.given.scale
        if scale is None:
            perceptron, scale = choose_units(perceptron, model.response_spreads), automatic
        scaled.append(perceptron.spreads is not None and scale)
    if scaled[0] != scaled[1]:
        raise ValueError(
            "the deviance of several responses counts each in units of its own standard deviation "
            "with scale=True, and as it is without: give both networks the same scale="
        )


def _check_weights(first: Model, second: Model) -> None:
    weights = {
        "weights": (first.batch.w, second.batch.w),
        "class_weight": (first.class_weights, second.class_weights),
    }
    for name, pair in weights.items():
        # No weights are equivalent to weights of 1.
        w, v = (np.ones(1) if each is None else each for each in pair)
        if (w != v).any():
            raise ValueError(
                f"the networks differ in {name}=, by which rows count in the deviance: give both "
                "the same"
            )


def compare(first: CrossValidation, second: CrossValidation) -> Comparison:
    """Compare two cross-validations on the same folds by a corrected t-test."""
    folds, metrics = _pair_folds(first, second), _compare_metrics(first, second)
    differences, errors = metrics["difference"].to_dict(), metrics["std_error"].to_dict()
    difference, error = differences["deviance"], errors["deviance"]
    df = len(folds) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        t = float(np.divide(difference, error))
    reach = t_quantile((1.0 + _LEVEL) / 2.0, df) * error
    return Comparison(
        folds,
        metrics,
        difference,
        error,
        t,
        df,
        2.0 * t_tail(abs(t), df),
        (difference - reach, difference + reach),
        differences.get("accuracy", nan),
        errors.get("accuracy", nan),
        first,
        second,
    )


def _pair_folds(first: CrossValidation, second: CrossValidation) -> pd.DataFrame:
    """Tabulate the measures of both networks in each fold, as `Comparison` describes them."""
    one, other = first.folds["deviance"].to_numpy(), second.folds["deviance"].to_numpy()
    pairs = dict(zip(_PAIR, (one, other, _subtract(one, other)), strict=True))
    measures = {
        f"{name}_{which}": each.folds[name]
        for name in first.metrics.index[1:]
        for which, each in (("first", first), ("second", second))
    }
    return first.folds[_FIRST].assign(**pairs, **measures)


def _compare_metrics(first: CrossValidation, second: CrossValidation) -> pd.DataFrame:
    """Compare the means of each measure, as `Comparison` describes them."""
    names = first.metrics.index
    values = [each.folds[names].astype(float) for each in (first, second)]
    gaps = _subtract(*values)
    means = [
        average_folds(each.where(gaps.notna()), first.weights, first.repeats)["mean"]
        for each in values
    ]
    # Its weights are those of classes too.
    for mean, each in zip(means, (first, second), strict=True):
        mean["deviance"] = each.deviance
    defined = {name: gaps[name].dropna().to_numpy() for name in names}
    errors = [
        compute_corrected_std_error(each, first.k) if len(each) > 1 else nan
        for each in defined.values()
    ]
    pairs = dict(zip(_PAIR, (*means, _subtract(*means)), strict=True))
    counts = [len(each) for each in defined.values()]
    return pd.DataFrame({**pairs, "std_error": errors, "folds": counts})


def compute_corrected_std_error(differences: Vector, k: int) -> float:
    """Corrected standard error of the mean over folds (Nadeau and Bengio, 2003).

    See `Comparison`.

    Examples
    --------
    A variance of 1, J = 2 and n_test / n_train = 1: sqrt(1 / 2 + 1).

    >>> round(compute_corrected_std_error(np.array([0.0, 2**0.5]), k=2) ** 2, 6)
    1.5
    """
    share = 1.0 / len(differences) + 1.0 / (k - 1)
    with ignore_overflow():
        return sqrt(share * float(differences.var(ddof=1)))


def _subtract(one: Any, other: Any) -> Any:
    with ignore_overflow():
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
