"""The result of a cross-validation: measures of the folds and their means, and the display."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import ignore_overflow
from ..model import MatrixHead, head, render_html, render_text

Vector = NDArray[np.float64]

# The columns of ``folds`` that are shown: before the measures, and of these.
_FIRST = ("repeat", "fold", "rows", "deviance", "intercept")
_MAIN = ("accuracy", "roc_auc", "r2", "rmse")


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """Result of a k-fold cross-validation.

    Attributes
    ----------
    folds : DataFrame
        One row for each fold of each repeat: ``repeat`` and ``fold``, counted from 1; number of
        ``rows`` held out; on these the ``deviance`` per row, that of an ``intercept`` alone, and
        the measures of ``net.metrics()``; the ``decay`` used, a list if it differs by weight
        matrix. For classes the measures are those of ``net.metrics().overall``, from ``accuracy``
        to ``brier``; for numbers ``r2``, ``rmse``, ``mae`` and ``deviance_explained``, with several
        responses one column for each, as in ``r2_y1``. nan where a measure is undefined, as the ROC
        AUC in a fold that lacks a class.
    metrics : DataFrame
        One row for each of these measures, the deviance first: its ``mean`` over the folds, the
        ``std_error`` of the mean, and the number of ``folds`` in which it is defined; the others
        are left out of both.
    deviance, intercept : float
        Deviance per row held out, of the network and of an intercept alone, over all folds.
    accuracy : float
        Share of the rows held out whose class is predicted correctly; nan for numeric responses.
    deviance_std_error, accuracy_std_error : float
        Standard errors of both.
    weights : (k * repeats,) array
        Case weight of the rows held out in each fold.
    k, repeats : int
        Number of folds in a repeat, and of repeats.
    network : str
        Its formula and layers.
    note : str
        Which class or classes measures of a single class are of, in words; empty for numbers.

    Notes
    -----
    The loss is half the deviance; a row counts by its case weight, and for the deviance, as in
    ``compute_loss``, by the weight of its class too. ``deviance`` is the sum over all rows held out
    over the sum of their weights: the mean over folds, each by its weight. So are the means of all
    measures. With s the standard deviation of the k * repeats values of single folds (divisor k *
    repeats - 1), the standard error is ``s / sqrt(k)``: repeats make the mean more stable, but
    reuse the same rows, and so add no information. As folds share most of their training rows, it
    tends to be too small (Bengio and Grandvalet, 2004, show that no unbiased estimate exists).

    References
    ----------
    Y. Bengio, Y. Grandvalet (2004). No unbiased estimator of the variance of K-fold
    cross-validation. Journal of Machine Learning Research 5, 1089-1105.
    """

    folds: pd.DataFrame
    metrics: pd.DataFrame
    deviance: float
    deviance_std_error: float
    intercept: float
    accuracy: float
    accuracy_std_error: float
    weights: Vector
    k: int
    repeats: int
    network: str
    note: str

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        many = f", repeated {self.repeats} times" if self.repeats > 1 else ""
        lines = [
            f"CrossValidation  {self.network}",
            f"{self.k} folds{many}; on the rows held out:",
            f"deviance per row {self.deviance:.4g}, standard error {self.deviance_std_error:.2g}; "
            f"of an intercept alone {self.intercept:.4g}",
        ]
        lines += [self.note] * bool(self.note)
        main = [*_FIRST, *[name for name in _MAIN if name in self.folds], "decay"]
        shown = self.folds[main].iloc[head(len(self.folds))]
        return lines, [
            MatrixHead("metrics", self.metrics.shape, self.metrics),
            MatrixHead("folds", self.folds.shape, shown),
        ]


def average_folds(values: pd.DataFrame, weights: Vector, repeats: int) -> pd.DataFrame:
    """Average measures (folds, m) over the folds in which they are defined.

    Returns
    -------
    DataFrame
        (m, 3): the ``mean``, by the weights of the folds; its ``std_error``, see `CrossValidation`;
        and the number of ``folds``.

    Examples
    --------
    >>> values = pd.DataFrame({"roc_auc": [0.6, np.nan, 0.8], "accuracy": [0.5, 0.5, 0.8]})
    >>> average_folds(values, np.ones(3), 1).round(3)
              mean  std_error  folds
    roc_auc    0.7        0.1      2
    accuracy   0.6        0.1      3
    """
    rows = {}
    for name in values:
        found = values[name].to_numpy(dtype=float)
        defined = ~np.isnan(found)
        found, n = found[defined], int(defined.sum())
        with ignore_overflow():
            mean = np.average(found, weights=weights[defined]) if n else nan
            error = found.std(ddof=1) / sqrt(n / repeats) if n > 1 else nan
        rows[name] = {"mean": float(mean), "std_error": float(error), "folds": n}
    table = pd.DataFrame.from_dict(rows, orient="index")
    return table.astype({"folds": int})
