"""Fits along a path of decays, judged on rows held out.

Each fold learns means and knots from its own rows and has the levels of the whole table. A path
goes from the least decay to the greatest, each fit from where the last one ended: the other way,
large decays leave all hidden units alike, and small ones do not part them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import unwarned
from ..model import Model, part
from ..perceptron import Batch
from ..training import State, advance, finish, make_course, stop_if_abandoned

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Search:
    """How decays are tried, and one of them chosen.

    Attributes
    ----------
    decays : tuple of float
        Ascending.
    options : mapping
        Of `plans.make_course`, for each fit.
    updates : int
        Of each fit, at most.
    folds : int
    cells : float
        Rows times weights to try them on, at most: of more rows, some at random.
    groups : (n,) array or None
        Codes of the groups of rows that folds keep together.
    rule : {"min", "1se"}
        ``"1se"``: the greatest decay whose deviance is within a standard error of the least one.
    complete : bool
        Whether each decay is tried on all of these rows too, for weights to start from.
    """

    decays: tuple[float, ...]
    options: Mapping[str, Any]
    updates: int
    folds: int
    cells: float = inf
    groups: NDArray[Any] | None = None
    rule: str = "min"
    complete: bool = True

    @property
    def work(self) -> float:
        """How many fits there are."""
        return float(len(self.decays) * (self.complete + self.folds))


class Tried(NamedTuple):
    """What the decays came to on rows held out.

    Attributes
    ----------
    losses : (decays,) array
    seconds : (decays,) array
    weight : float
        Of the rows held out.
    intercept : float
        The loss of an intercept alone, as the other rows have it.
    glm : array
        The losses without a hidden layer, with some of the decays; of size 0 where there is none
        anyway.
    """

    losses: Vector
    seconds: Vector
    weight: float
    intercept: float
    glm: Vector


def try_fold(model: Model, held: Mask, search: Search, seed: Sequence[int]) -> Tried:
    """Fit all rows but those held out with each decay, and judge the fits by these."""
    fold, cases = part(model, held)
    batch = fold.apply_class_weights(cases)
    generator = np.random.default_rng(seed)
    losses, seconds, glm = [], [], []
    for decay, theta, took in fit_path(fold, fold.draw(generator), search, generator):
        losses.append(judge(fold.configure(decay=decay), theta, batch))
        seconds.append(took)
    if fold.perceptron.activations:
        bare = fold.without_hidden()
        # No decay parts units here: from the greatest on, and at every other one, is enough.
        fewer = replace(search, decays=search.decays[::-2])
        origin = bare.coordinates.to_raw(np.zeros(bare.perceptron.n_parameters))
        path = fit_path(bare, origin, fewer, generator)
        glm = [judge(bare, theta, batch) for _, theta, _ in path]
    return Tried(
        np.array(losses),
        np.array(seconds),
        batch.weight,
        fold.judge_intercept(batch),
        np.array(glm),
    )


def fit_path(
    model: Model, theta: Vector, search: Search, generator: np.random.Generator
) -> Iterator[tuple[float, Vector, float]]:
    """Each decay with the weights that minimize the loss beside it, and the seconds it took."""
    for decay in search.decays:
        start = perf_counter()
        theta = _fit(model.configure(decay=decay), theta, search, generator)
        yield decay, theta, perf_counter() - start


def _fit(model: Model, theta: Vector, search: Search, generator: np.random.Generator) -> Vector:
    start = theta.copy()
    start.flags.writeable = False
    state = State(start, None, None, generator.bit_generator.state, 0)
    course = make_course(model, state, **search.options)

    def pause(iteration: int) -> int:
        stop_if_abandoned()
        return search.updates

    *_, last = advance(course.objective, course.plan, course.state, search.updates, pause)
    return finish(course.objective, course.plan, last).state.theta


@unwarned
def judge(model: Model, theta: Vector, batch: Batch) -> float:
    """Loss of rows held out, with their weights."""
    loss = model.evaluate(theta, batch).loss
    # What is no finite number is worse than all that are.
    return loss if isfinite(loss) else inf
