"""Cross-validated gain: by how much a network predicts better than the GLM of its columns."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...model import Model, part
from ...perceptron import Batch
from .refits import Refit, Specification, specify

Vector = NDArray[np.float64]


class Gain(NamedTuple):
    """The difference of two models' deviances of rows held out.

    Attributes
    ----------
    deviance : float
        That of the GLM less that of the network, over all rows: above 0 where the network predicts
        better.
    std_error : float
        From the differences of single rows.
    glm_deviance : float
        That of the GLM.
    n_folds : int
    """

    deviance: float
    std_error: float
    glm_deviance: float
    n_folds: int


def measure_gain(model: Model, n_folds: int, starts: int, seed: int) -> Gain:
    """Measure the gain in deviance by cross-validation.

    In each fold both models are fitted to the other rows, the network at its decay from several
    random starts. This says how much better a network predicts. It is no test: rows that share a
    fit are not independent, and under the GLM the network's fits cost deviance.
    """
    generator = np.random.default_rng(seed)
    batch = model.batch
    fold = _draw_folds(model, n_folds, generator)
    n_folds = int(fold.max()) + 1
    differences, total = np.zeros(len(fold)), 0.0
    w = np.ones(len(fold)) if batch.w is None else batch.w
    for number in range(n_folds):
        rest, held = part(model, fold == number)
        net = specify(rest)
        glm = net.as_glm()
        losses = [_list_losses(each, each.fit(starts, generator), held) for each in (glm, net)]
        differences[fold == number] = 2.0 * (losses[0] - losses[1])
        total += 2.0 * float(w[fold == number] @ losses[0])
    gain, n = float(w @ differences), float(w.sum())
    squares = float(w @ (differences - gain / n) ** 2)
    return Gain(gain, sqrt(squares * n / (n - 1.0)), total, n_folds)


def _draw_folds(model: Model, n_folds: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Draw the fold of each row, with classes in equal shares."""
    n, codes = len(model.batch.X), model.perceptron.family.codes(model.batch.Y)
    order = generator.permutation(n)
    if codes is not None:
        order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(n, dtype=np.intp)
    fold[order] = np.arange(n) % min(n_folds, n)
    return fold


def _list_losses(specification: Specification, fit: Refit, held: Batch) -> Vector:
    """Loss of each row held out, at weight 1."""
    perceptron, X = specification.perceptron, held.X
    if X.shape[1] < perceptron.sizes[0]:
        X = np.insert(X, 0, 1.0, axis=1)
    eta = perceptron.scores(fit.theta, X, held.offset)
    loss = perceptron.family.loss_and_delta
    rows = [slice(place, place + 1) for place in range(len(X))]
    return np.array([loss(eta[row], held.Y[row], None)[0] for row in rows])
