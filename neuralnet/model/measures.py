"""Measures of a model on rows: what its scores are worth, beside those of an intercept alone.

Rows count by their case weights, and never by class weights, which belong to the loss alone.
"""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_memory, ignore_overflow, pluralize
from ..families import Binomial
from ..metrics import (
    confusion_matrix,
    find_best_threshold,
    summarize_classification,
    summarize_probabilities,
    summarize_regression,
)
from ..perceptron import Batch
from .baseline import fit_intercept
from .classification_metrics import ClassificationMetrics, find_main_row, select_measures
from .labels import from_scores
from .model import Model

Matrix = NDArray[np.float64]
Codes = NDArray[np.intp]

# A loss below this share of the loss at scores of 0 is rounding error.
_ROUNDING = 1e-24


def count_classes(
    model: Model, theta: Matrix, batch: Batch, threshold: float | None = None
) -> pd.DataFrame:
    """Count the true (rows) and predicted classes (columns) of a batch: the confusion matrix."""
    counts = _count(model, _predict(model, theta, batch, threshold), batch)
    names = pd.Index(list(model.labels.classes))
    return counts.set_axis(names.rename("truth")).set_axis(names.rename("predicted"), axis=1)


def compute_accuracy(
    model: Model, theta: Matrix, batch: Batch, threshold: float | None = None
) -> float:
    """Compute the share of rows, by case weight, classified right; nan if no row has a weight."""
    right = _predict(model, theta, batch, threshold) == model.perceptron.family.codes(batch.Y)
    return _average(right, batch)


def measure_classes(
    model: Model, theta: Matrix, batch: Batch, threshold: float | None = None
) -> ClassificationMetrics:
    """Compute the measures of a classification, and those of an intercept alone."""
    by_class, overall, probabilities = _measure_scores(
        model, _compute_scores(model, theta, batch), batch, threshold
    )
    null = _fit_null_scores(model, batch)
    baseline = _measure_scores(model, null, batch, threshold)[1]
    best = nan, nan
    if probabilities.shape[1] == 2:
        truth = model.perceptron.family.codes(batch.Y) == 1
        best = find_best_threshold(truth, probabilities[:, 1], batch.w)
    return ClassificationMetrics(by_class, overall, baseline, len(batch.X), threshold, *best)


def measure_numbers(model: Model, theta: Matrix, batch: Batch) -> pd.DataFrame:
    """Compute the measures of numeric predictions, a column for each response.

    Rows of a family that counts trials count by their trials too, except in the deviance.
    """
    family, outputs, w = model.perceptron.family, model.labels.outputs, batch.w
    scores = _compute_scores(model, theta, batch)
    y, mu = family.observed_means(batch.Y, len(outputs)), family.mean(scores)
    find_trials = getattr(family, "trials", None)
    trials = None if find_trials is None else find_trials(batch.Y)
    counted = w if trials is None else trials if w is None else trials * w
    losses = _compute_losses(model, scores, batch)
    explained = _explain(model, losses, batch)
    columns = {}
    for k in range(len(outputs)):
        found = summarize_regression(y[:, k], mu[:, k], counted)
        with ignore_overflow():
            found["deviance"] = float(np.divide(2.0 * losses[k], batch.weight or nan))
        found["deviance_explained"] = explained[k]
        columns[k] = found
    table = pd.DataFrame(columns).set_axis(list(outputs), axis=1)
    if counted is None or trials is None:
        return table
    return pd.concat([table, _measure_trials(scores, mu, y, counted).to_frame(outputs[0])])


def measure_fold(
    model: Model, theta: Matrix, batch: Batch, threshold: float | None = None
) -> dict[str, float]:
    """Compute the measures of a fold by name: those of all classes, or of numbers.

    With several responses a name ends in that of the response.
    """
    if model.labels.classes:
        scores = _compute_scores(model, theta, batch)
        return dict(_measure_scores(model, scores, batch, threshold)[1])
    table = measure_numbers(model, theta, batch).drop(index="deviance")
    several = table.shape[1] > 1
    return {
        f"{name}_{response}" if several else str(name): float(number)
        for name, row in zip(table.index, table.to_numpy(), strict=True)
        for response, number in zip(table, row, strict=True)
    }


def _predict(model: Model, theta: Matrix, batch: Batch, threshold: float | None) -> Codes:
    """Predict class codes (n,)."""
    classify = from_scores("class", model.perceptron.family, threshold)
    codes = model.map_scores(classify, theta, batch.X, batch.offset)
    _refuse_nan(codes < 0)
    return codes


def _compute_scores(model: Model, theta: Matrix, batch: Batch) -> Matrix:
    link = from_scores("link", model.perceptron.family)
    scores = model.map_scores(link, theta, batch.X, batch.offset)
    _refuse_nan(np.isnan(scores).any(axis=1))
    return scores


def _refuse_nan(bad: NDArray[np.bool_]) -> None:
    if bad.any():
        raise ValueError(
            f"no number is predicted for {np.count_nonzero(bad)} of "
            f"{pluralize(len(bad), 'row')}: the weights of the network are so large that its "
            "scores overflow. Train it anew, with a smaller learn_rate or scale=True"
        )


def _fit_null_scores(model: Model, batch: Batch) -> Matrix:
    """Return the scores (n, K) of the best intercept alone for these rows, beside their offset."""
    K = model.perceptron.sizes[-1]
    eta = fit_intercept(model.perceptron, batch) if batch.weight > 0.0 else np.zeros(K)
    scores = np.tile(eta, (len(batch.X), 1))
    return scores if batch.offset is None else scores + batch.offset


def _count(model: Model, predicted: Codes, batch: Batch) -> pd.DataFrame:
    """Count class codes in a confusion matrix (K, K)."""
    K, truth = len(model.labels.classes), model.perceptron.family.codes(batch.Y)
    check_memory(f"counts of {K:,} by {K:,} classes", K * K, "Use accuracy() instead")
    assert truth is not None
    return confusion_matrix(truth, predicted, range(K), batch.w)


def _measure_scores(
    model: Model, scores: Matrix, batch: Batch, threshold: float | None
) -> tuple[pd.DataFrame, pd.Series, Matrix]:
    """Return the measures of each class, of all classes together, and the probabilities (n, K)."""
    family, classes = model.perceptron.family, model.labels.classes
    with ignore_overflow():
        predicted = from_scores("class", family, threshold)(scores)
        probabilities = family.probabilities(family.mean(scores))
        loss = family.loss_and_delta(scores, batch.Y, batch.w)[0]
    truth = family.codes(batch.Y)
    assert truth is not None
    counted = summarize_classification(_count(model, predicted, batch))
    ranked = summarize_probabilities(truth, probabilities, range(len(classes)), batch.w)
    by_class = pd.concat(
        [counted[["precision", "recall", "f1"]].drop(index="accuracy"), ranked], axis=1
    ).set_axis([*classes, "macro average", "weighted average"])
    shared = {
        "accuracy": counted.loc["accuracy", "recall"],
        "balanced_accuracy": by_class["recall"].iloc[len(classes)],
        "log_loss": loss / (batch.weight or nan),
    }
    return by_class, select_measures(by_class, shared, find_main_row(by_class)), probabilities


def _average(values: NDArray[np.bool_], batch: Batch) -> float:
    if batch.w is None:
        return float(values.mean())
    return float(np.dot(batch.w, values) / (batch.weight or nan))


def _compute_losses(model: Model, scores: Matrix, batch: Batch) -> Matrix:
    """Return the loss of each response (K,); nan if a user-defined family does not split it."""
    family, K = model.perceptron.family, scores.shape[1]
    with ignore_overflow():
        if K == 1:
            return np.array([family.loss_and_delta(scores, batch.Y, batch.w)[0]])
        split = getattr(family, "unit_loss_and_mean", None)
        if split is None:
            return np.full(K, nan)
        losses: Matrix = split(scores, family.observed_means(batch.Y, K))[0]
        return losses.sum(axis=0) if batch.w is None else batch.w @ losses


def _explain(model: Model, losses: Matrix, batch: Batch) -> Matrix:
    """Return the share of the deviance of an intercept alone that is explained, (K,).

    nan where an intercept alone fits the rows without error, but for rounding.
    """
    null = _fit_null_scores(model, batch)
    baseline = _compute_losses(model, null, batch)
    rounding = _ROUNDING * _compute_losses(model, 0.0 * null, batch)
    with ignore_overflow():
        return 1.0 - losses / np.where(baseline > rounding, baseline, nan)


def _measure_trials(scores: Matrix, mu: Matrix, y: Matrix, trials: Matrix) -> pd.Series:
    """Compute the measures of single trials: each row stands for its successes and failures.

    ``scores``, ``mu`` and ``y``, the shares of successes, are (n, 1); ``trials`` (n,) are weighted.
    """
    won, shares = np.repeat([True, False], len(y)), np.vstack([y, 1.0 - y])[:, 0]
    w, probability = np.tile(trials, 2) * shares, np.vstack([mu, mu])[:, 0]
    ranked = summarize_probabilities(won, probability, [False, True], w).iloc[1]
    loss = Binomial().loss_and_delta(np.vstack([scores, scores]), won[:, None], w)[0]
    return pd.Series(
        {**ranked[["roc_auc", "average_precision"]], "log_loss": loss / (w.sum() or nan)}
        | {"brier": ranked["brier"]}
    )
