"""k-fold cross-validation: a model is trained in each fold and evaluated on the rows held out.

A function that the caller passes trains a fold; no model is changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import prefix_errors
from ..errors import (
    NeuralNetworkWarning,
    OverconfidenceWarning,
    cut,
    pluralize,
    warn,
)
from ..model import (
    Model,
    evaluate_intercept,
    explain_main_row,
    join_lines,
    measure_fold,
    part,
)
from ..training import StageReporter
from .cross_validation_result import CrossValidation, average_folds
from .folds import FoldAssignment
from .overconfidence import describe_overconfidence
from .regularization_path import evaluate_loss

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Trains a model with the generator of a fold; returns it with the settings chosen, and its weights.
Train = Callable[[Model, np.random.Generator], tuple[Model, Vector]]

# Options of `NeuralNetwork.train` that apply to a single training only.
_SINGLE_ONLY = ("callback", "checkpoint", "every", "progress", "trace")


class _FoldResult(NamedTuple):
    """Evaluation of one fold.

    Attributes
    ----------
    rows : int
        Number of rows held out.
    weight, loss, intercept : float
        Of these: total weight, loss, and loss of an intercept alone.
    case_weight : float
        Of these: total case weight.
    measures : dict
        Of these: measures by name.
    trained, baseline : float
        Deviance per training row, and that of an intercept alone.
    decay : float or tuple of float
    """

    rows: int
    weight: float
    loss: float
    intercept: float
    case_weight: float
    measures: Mapping[str, float]
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


def cross_validate(
    model: Model, assignment: FoldAssignment, train: Train, threshold: float | None = None
) -> CrossValidation:
    """Run a k-fold cross-validation: train in each fold, and evaluate on the rows held out.

    Parameters
    ----------
    model : Model
        Settings that former training chose are reset to those that the user gave.
    assignment : FoldAssignment
    train : callable
        ``train(model, generator) -> (model, theta)``.
    threshold : float, optional
        The probability above which the second of two classes is predicted.

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
                result = _evaluate_fold(reset, assignment, which, train, threshold)
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
    model: Model, assignment: FoldAssignment, which: int, train: Train, threshold: float | None
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
    return _FoldResult(
        len(batch.X),
        batch.weight,
        evaluate_loss(fold, theta, batch),
        evaluate_intercept(fold.perceptron, batch, fold.intercept),
        held_out.weight,
        measure_fold(fold, theta, held_out, threshold),
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
    weight, loss, intercept = _stack(results)
    folds, repeats = _tabulate(results, assignment.k), assignment.repeats
    measures = ["deviance", *results[0].measures]
    weights = np.array([fold.case_weight for fold in results])
    metrics = average_folds(folds[measures], weights, repeats)
    # Its weights are those of classes too.
    deviance = 2.0 * float(loss.sum() / weight.sum())
    metrics.loc["deviance", "mean"] = deviance
    means, errors = metrics["mean"].to_dict(), metrics["std_error"].to_dict()
    return CrossValidation(
        folds,
        metrics,
        deviance,
        errors["deviance"],
        2.0 * float(intercept.sum() / weight.sum()),
        means.get("accuracy", nan),
        errors.get("accuracy", nan),
        weights,
        assignment.k,
        repeats,
        f"{join_lines(model.design.formula.text)}; {model.perceptron.describe()}",
        explain_main_row(classes) if (classes := model.labels.classes) else "",
    )


def _stack(results: Sequence[_FoldResult]) -> NDArray[np.float64]:
    """Weight, loss and loss of an intercept (3, folds)."""
    return np.array([fold[1:4] for fold in results], dtype=float).T


def _tabulate(results: Sequence[_FoldResult], k: int) -> pd.DataFrame:
    """Tabulate the folds, one row each, as `CrossValidation` describes them."""
    number = np.arange(len(results))
    weight, loss, intercept = _stack(results)
    decays = [fold.decay for fold in results]
    return pd.DataFrame(
        {
            "repeat": number // k + 1,
            "fold": number % k + 1,
            "rows": [fold.rows for fold in results],
            "deviance": 2.0 * loss / weight,
            "intercept": 2.0 * intercept / weight,
            **pd.DataFrame([dict(fold.measures) for fold in results]),
            "decay": [list(each) if isinstance(each, tuple) else each for each in decays],
        }
    )
