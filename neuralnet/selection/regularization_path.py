"""Regularization paths: fits at increasing decays, evaluated on the rows that a fold holds out.

A fold learns means and knots from its training rows, and has the levels of the whole table. A path
runs from the smallest decay to the largest, and each fit starts at the end of the one before. In
the other direction, a large decay would make all hidden units alike, and smaller ones would not
separate them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..model import Model, evaluate_intercept, part
from ..perceptron import Batch, Perceptron, Unscaled
from ..training import State, advance, finish, prepare_run, stop_if_abandoned

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GridSearch:
    """Options of a grid search over decays.

    Attributes
    ----------
    decays : tuple of float
        The grid, in ascending order.
    options : mapping
        Options of `prepare_run` for each fit.
    max_updates : int
        Largest number of updates of a fit.
    n_folds : int
        Largest number of folds.
    max_cells : float
        Largest number of rows times weights: of a larger table a random sample of rows is used.
    groups : (n,) array or None
        Codes of the groups of rows that stay together in folds.
    rule : {"min", "1se"}
        ``"1se"`` is the one-standard-error rule, see `pick_decay`.
    fits_all_rows : bool
        True: each decay is fitted to all rows of the sample too, for training to start from.
    """

    decays: tuple[float, ...]
    options: Mapping[str, Any]
    max_updates: int
    n_folds: int
    max_cells: float = inf
    groups: NDArray[Any] | None = None
    rule: str = "min"
    fits_all_rows: bool = True

    @property
    def work(self) -> float:
        """Number of fits."""
        return float(len(self.decays) * (self.fits_all_rows + self.n_folds))


class FoldLosses(NamedTuple):
    """Losses of the decays on the rows that a fold holds out.

    Attributes
    ----------
    losses : (decays,) array
    seconds : (decays,) array
        Duration of the fits.
    weight : float
        Total weight of the rows held out.
    intercept : float
        Loss of a model with an intercept alone, fitted to the other rows.
    glm : array
        Losses without a hidden layer, for some of the decays; empty for a model without one.
    """

    losses: Vector
    seconds: Vector
    weight: float
    intercept: float
    glm: Vector


def evaluate_fold(
    model: Model, held_out: Mask, search: GridSearch, seed: Sequence[int]
) -> FoldLosses:
    """Fit a path to the rows of a fold, and evaluate each fit on the rows held out."""
    fold, rows = part(model, held_out)
    batch = fold.apply_class_weights(rows)
    generator = np.random.default_rng(seed)
    losses, seconds, glm = [], [], []
    for decay, theta, duration in fit_path(fold, fold.draw(generator), search, generator):
        losses.append(evaluate_loss(fold.configure(decay=decay), theta, batch))
        seconds.append(duration)
    if fold.perceptron.activations:
        glm = _evaluate_glm(_remove_hidden(fold), batch, search, generator)
    return FoldLosses(
        np.array(losses),
        np.array(seconds),
        batch.weight,
        evaluate_intercept(fold.perceptron, batch, fold.intercept),
        np.array(glm),
    )


def _remove_hidden(model: Model) -> Model:
    """Return the GLM of the same columns and settings, with an unpenalized intercept."""
    D, K = model.perceptron.sizes[0], model.perceptron.sizes[-1]
    bare = replace(
        model,
        perceptron=Perceptron((D, K), (), model.perceptron.family),
        scaling=Unscaled(),
        used=replace(model.used, scale=False, penalize_bias=False),
    )
    return bare.with_rows(model.rows, model.model_frame).configure(scale=model.used.scale)


def _evaluate_glm(
    model: Model, batch: Batch, search: GridSearch, generator: np.random.Generator
) -> list[float]:
    """Losses without a hidden layer, on rows held out.

    There are no hidden units that a large decay could make alike: every second decay, from the
    largest down, is enough.
    """
    fewer = replace(search, decays=search.decays[::-2])
    origin = model.scaling.to_raw(np.zeros(model.perceptron.n_parameters))
    path = fit_path(model, origin, fewer, generator)
    return [evaluate_loss(model, theta, batch) for _, theta, _ in path]


def fit_path(
    model: Model, theta: Vector, search: GridSearch, generator: np.random.Generator
) -> Iterator[tuple[float, Vector, float]]:
    """Fit a regularization path with warm starts, the first fit from `theta`.

    Yields
    ------
    decay : float
    theta : (P,) array
        Weights of the fit.
    seconds : float
        Its duration.
    """
    for decay in search.decays:
        start = perf_counter()
        theta = _fit(model.configure(decay=decay), theta, search, generator)
        yield decay, theta, perf_counter() - start


def _fit(model: Model, theta: Vector, search: GridSearch, generator: np.random.Generator) -> Vector:
    start = theta.copy()
    start.flags.writeable = False
    state = State(start, None, None, generator.bit_generator.state, 0)
    training_run = prepare_run(model, state, **search.options)

    def pause(iteration: int) -> int:
        stop_if_abandoned()
        return search.max_updates

    *_, last = advance(
        training_run.objective, training_run.options, training_run.state, search.max_updates, pause
    )
    return finish(training_run.objective, training_run.options, last).state.theta


def evaluate_loss(model: Model, theta: Vector, batch: Batch) -> float:
    """Evaluate the loss of weighted rows, inf where it is not a finite number.

    So a fit that failed ranks behind all others.
    """
    loss = model.evaluate(theta, batch).loss
    return loss if isfinite(loss) else inf
