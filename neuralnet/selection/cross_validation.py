"""k-fold cross-validation: a model is trained in each fold and evaluated on the rows held out.

A function that the caller passes trains a fold; no model is changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import nan, sqrt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import prefix_errors
from ..errors import (
    NeuralNetworkWarning,
    OverconfidenceWarning,
    cut,
    ignore_overflow,
    pluralize,
    warn,
)
from ..model import MatrixHead, Model, head, join_lines, part, render_html, render_text
from ..training import StageReporter
from .folds import FoldAssignment
from .overconfidence import describe_overconfidence
from .regularization_path import evaluate_loss

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Trains a model with the generator of a fold; returns it with the settings chosen, and its weights.
Train = Callable[[Model, np.random.Generator], tuple[Model, Vector]]

# Options of `NeuralNetwork.train` that apply to a single training only.
_SINGLE_ONLY = ("callback", "checkpoint", "every", "progress", "trace")


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """Result of a k-fold cross-validation.

    Attributes
    ----------
    folds : DataFrame
        One row for each fold of each repeat: ``repeat`` and ``fold``, counted from 1; number of
        ``rows`` held out; on these the ``deviance`` per row, that of an ``intercept`` alone, and,
        for classes, the ``accuracy``; the ``decay`` used, a list if it differs by weight matrix.
    deviance, intercept : float
        Deviance per row held out, of the network and of an intercept alone, over all folds.
    accuracy : float
        Share of the rows held out whose class is predicted correctly; nan for numeric responses.
    deviance_std_error, accuracy_std_error : float
        Standard errors of both.
    k, repeats : int
        Number of folds in a repeat, and of repeats.
    network : str
        Its formula and layers.

    Notes
    -----
    The loss is half the deviance; a row counts by its case weight, and for the deviance, as in
    ``compute_loss``, by the weight of its class too. ``deviance`` is the sum over all rows held out
    over the sum of their weights: the mean over folds, each by its weight. With s the standard
    deviation of the k * repeats values of single folds (divisor k * repeats - 1), the standard
    error is ``s / sqrt(k)``: repeats make the mean more stable, but reuse the same rows, and so add
    no information. As folds share most of their training rows, it tends to be too small (Bengio and
    Grandvalet, 2004, show that no unbiased estimate exists).

    References
    ----------
    Y. Bengio, Y. Grandvalet (2004). No unbiased estimator of the variance of K-fold
    cross-validation. Journal of Machine Learning Research 5, 1089-1105.
    """

    folds: pd.DataFrame
    deviance: float
    deviance_std_error: float
    intercept: float
    accuracy: float
    accuracy_std_error: float
    k: int
    repeats: int
    network: str

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
        if "accuracy" in self.folds:
            error = f"standard error {self.accuracy_std_error:.2g}"
            lines.append(f"accuracy {self.accuracy:.3f}, {error}")
        shown = self.folds.iloc[head(len(self.folds))]
        return lines, [MatrixHead("folds", self.folds.shape, shown)]


class _FoldResult(NamedTuple):
    """Evaluation of one fold.

    Attributes
    ----------
    rows : int
        Number of rows held out.
    weight, loss, intercept : float
        Of these: total weight, loss, and loss of an intercept alone.
    case_weight, correct : float
        Of these: total case weight, and that of the rows whose class is predicted correctly.
    trained, baseline : float
        Deviance per training row, and that of an intercept alone.
    decay : float or tuple of float
    """

    rows: int
    weight: float
    loss: float
    intercept: float
    case_weight: float
    correct: float
    trained: float
    baseline: float
    decay: Any


def check_fold_options(training: Mapping[str, Any]) -> None:
    """Raise TypeError for options of ``train`` that cannot be used in folds."""
    if training.get("mask") is not None:
        raise TypeError(
            "mask= fixes weights at the values that a network has, and the network of each fold "
            "starts from weights of its own: leave it out. An offset in the formula fixes a "
            "coefficient in folds too, as in 'y ~ a + offset(2 * b)'"
        )
    if single := sorted(set(_SINGLE_ONLY) & set(training)):
        are = "belongs" if len(single) == 1 else "belong"
        raise TypeError(
            f"{', '.join(f'{name}=' for name in single)} {are} to a single training, and folds "
            "are trained silently, one network each: leave it out"
        )


def cross_validate(model: Model, assignment: FoldAssignment, train: Train) -> CrossValidation:
    """Run a k-fold cross-validation: train in each fold, and evaluate on the rows held out.

    Parameters
    ----------
    model : Model
        Settings that former training chose are reset to those that the user gave.
    assignment : FoldAssignment
    train : callable
        ``train(model, generator) -> (model, theta)``.

    Raises
    ------
    TypeError, ValueError
        Naming the fold.

    Warns
    -----
    NeuralNetworkWarning
        Once for all warnings of the folds, of their class if they have the same.
    OverconfidenceWarning
        If predictions are overconfident.
    """
    reset = model.configure(**vars(model.given.resolve()))
    n_folds = len(assignment.masks)
    with _gather_warnings(model, n_folds), StageReporter(n_folds, lines=False) as stages:
        stages.begin(f"Cross-validating in {n_folds} folds", n_folds)

        def work(which: int) -> _FoldResult:
            with prefix_errors(_name_fold(which, assignment)):
                result = _evaluate_fold(reset, assignment, which, train)
            stages.advance(1, f"deviance {2.0 * result.loss / result.weight:.3g}")
            return result

        results = [work(which) for which in range(n_folds)]
    if doubt := _find_overconfidence(results):
        warn(doubt, OverconfidenceWarning)
    return _summarize(model, assignment, results)


def _name_fold(which: int, assignment: FoldAssignment) -> str:
    repeat, fold = divmod(which, assignment.k)
    again = f" of repeat {repeat + 1}" if assignment.repeats > 1 else ""
    return f"in fold {fold + 1} of {assignment.k}{again}"


def _evaluate_fold(
    model: Model, assignment: FoldAssignment, which: int, train: Train
) -> _FoldResult:
    fold, held_out = part(model, assignment.masks[which])
    batch = fold.apply_class_weights(held_out)
    if not batch.weight > 0:
        raise ValueError(
            f"none of the {pluralize(len(batch.X), 'row')} held out has a weight above 0: take "
            "fewer folds"
        )
    fold, theta = train(fold, np.random.default_rng([assignment.seed, 1 + which]))
    trained = fold.apply_class_weights(fold.batch)
    sums = fold.evaluate(theta, held_out)
    return _FoldResult(
        len(batch.X),
        batch.weight,
        evaluate_loss(fold, theta, batch),
        fold.judge_intercept(batch),
        sums.weight,
        sums.correct,
        2.0 * evaluate_loss(fold, theta, trained) / trained.weight,
        2.0 * fold.baseline / trained.weight,
        fold.used.decays,
    )


@contextmanager
def _gather_warnings(model: Model, folds: int) -> Iterator[None]:
    """Replace the warnings of all folds by one that counts them.

    It does not matter which thread warns, so folds may be trained in parallel.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", category=NeuralNetworkWarning)
        yield
    ours = [each for each in caught if issubclass(each.category, NeuralNetworkWarning)]
    for each in caught:
        if each not in ours:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    if ours:
        kinds = {c for each in ours if issubclass(c := each.category, NeuralNetworkWarning)}
        first = "the first" if len(ours) > 1 else "it says"
        warn(
            f"{pluralize(len(ours), 'warning')} from training {cut(model.design.formula.text)} in "
            f"{folds} folds; {first}: "
            f"{ours[0].message}",
            kinds.pop() if len(kinds) == 1 else NeuralNetworkWarning,
        )


def _find_overconfidence(results: Sequence[_FoldResult]) -> str:
    weight = sum(fold.weight for fold in results)
    return describe_overconfidence(
        2.0 * sum(fold.loss for fold in results) / weight,
        2.0 * sum(fold.intercept for fold in results) / weight,
        float(np.mean([fold.trained for fold in results])),
        float(np.mean([fold.baseline for fold in results])),
    )


def _summarize(
    model: Model, assignment: FoldAssignment, results: Sequence[_FoldResult]
) -> CrossValidation:
    weight, loss, intercept, case_weight, correct = _stack(results)
    classes, k = bool(model.labels.classes), assignment.k
    folds = _tabulate(results, k)
    if not classes:
        del folds["accuracy"]
    return CrossValidation(
        folds,
        2.0 * float(loss.sum() / weight.sum()),
        _compute_std_error(folds["deviance"].to_numpy(), k),
        2.0 * float(intercept.sum() / weight.sum()),
        float(correct.sum() / case_weight.sum()) if classes else nan,
        _compute_std_error(folds["accuracy"].to_numpy(), k) if classes else nan,
        k,
        assignment.repeats,
        f"{join_lines(model.design.formula.text)}; {model.perceptron.describe()}",
    )


def _stack(results: Sequence[_FoldResult]) -> NDArray[np.float64]:
    """Weight, loss, loss of an intercept, case weight and correct (5, folds)."""
    return np.array([fold[1:6] for fold in results], dtype=float).T


def _tabulate(results: Sequence[_FoldResult], k: int) -> pd.DataFrame:
    """Tabulate the folds, one row each, as `CrossValidation` describes them."""
    number = np.arange(len(results))
    weight, loss, intercept, case_weight, correct = _stack(results)
    decays = [fold.decay for fold in results]
    return pd.DataFrame(
        {
            "repeat": number // k + 1,
            "fold": number % k + 1,
            "rows": [fold.rows for fold in results],
            "deviance": 2.0 * loss / weight,
            "intercept": 2.0 * intercept / weight,
            "accuracy": correct / case_weight,
            "decay": [list(each) if isinstance(each, tuple) else each for each in decays],
        }
    )


def _compute_std_error(values: Vector, k: int) -> float:
    """Standard error of the mean over folds; see `CrossValidation`."""
    with ignore_overflow():
        return float(values.std(ddof=1)) / sqrt(k)
