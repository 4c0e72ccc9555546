"""The choice of the decay by cross-validation, better known with each fold."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from math import isfinite, log10, nan, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..model import Model, pick_rows
from ..training import Crew, StageReporter
from .folds import deal_folds
from .rule import FEWEST, LEAST_ROWS, SMALL_TABLE_DECAY
from .search import Search, Tried, fit_path, try_fold
from .tuning import Trial, Tuning
from .words import tell_decay

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Chosen:
    """What is chosen so far.

    Attributes
    ----------
    model : Model
        With the decay that is the best so far.
    theta : (P,) array or None
        Weights fitted with it to all rows that decays are tried on.
    tuning : Tuning
    """

    model: Model
    theta: Vector | None
    tuning: Tuning


def choose_decay(
    model: Model,
    search: Search,
    kept: Mask | None,
    generator: np.random.Generator,
    stages: StageReporter,
    crew: Crew,
) -> Generator[Chosen, None, None]:
    """Try decays, and choose one; what was chosen last is complete.

    Parameters
    ----------
    model : Model
    search : Search
    kept : (n,) mask or None
        The training rows that are not held out.
    generator : numpy.random.Generator
    stages : StageReporter
    crew : Crew
        Who works on the folds; what they share is the model.
    """
    seed = int(generator.integers(2**63))
    counted = _count_rows(model, kept)
    rows, n = _draw_rows(model, counted, search.cells, seed), int(counted.sum())
    groups = None if search.groups is None else search.groups[rows]
    k = _count_folds(search, int(rows.sum()), groups)
    unit = _find_unit(model, counted)
    if k < 2:
        few, decay = f"{n} rows are" if n > 1 else "1 row is", SMALL_TABLE_DECAY * unit
        told = f"Took decay {decay:g}, as {few} too few to cross-validate"
        stages.end(told)
        yield Chosen(model.configure(decay=decay), None, Tuning(words=told))
        return
    decays = tuple(float(f"{decay * unit:.3g}") for decay in search.decays)
    search = replace(search, decays=decays)
    stages.begin(f"Trying {len(search.decays)} decays", search.work)
    sample = model if rows.all() else pick_rows(model, rows)
    # Before anything that takes long: groups may be too few.
    folds = _deal(sample, k, groups, seed)
    thetas: list[Vector] = []
    if search.complete:
        thetas = _fit_all(sample, search, seed, stages)
        # Until something is known of the decays, the one in the middle.
        middle = len(thetas) // 2
        now = model.configure(decay=search.decays[middle])
        yield Chosen(now, thetas[middle], Tuning(complete=False))
    tried: list[Tried] = []
    work = partial(_try, rows=rows, search=search)
    tasks = [(held, [seed, fold]) for fold, held in enumerate(folds, start=1)]
    # Closed before anything else happens after an interrupt: then no thread goes on.
    with closing(crew.map(work, tasks, sample.grain)) as found:
        for each in found:
            tried.append(each)
            summary = _summarize(search, tried)
            trial = summary.trials[summary.chosen]
            best = f"decay {trial.decay:g}, deviance {trial.deviance:.3g}"
            stages.advance(len(search.decays), best)
            done, told = len(tried) == len(folds), ""
            if done:
                of = int(rows.sum()), n
                told = tell_decay(search, len(folds), trial, summary.glm, *of)
                stages.end(told)
            yield Chosen(
                model.configure(decay=trial.decay),
                thetas[summary.chosen] if thetas else None,
                Tuning(summary.trials, told, done, summary.intercept),
            )


def _try(model: Model, task: tuple[Mask, list[int]], rows: Mask, search: Search) -> Tried:
    """Try a fold of these rows of the model."""
    held, seed = task
    sample = model if rows.all() else pick_rows(model, rows)
    # In a process of its own too, as many threads of BLAS as the whole training has.
    return model.compute(partial(try_fold, sample, held, search, seed), hessian=True)


def _count_rows(model: Model, kept: Mask | None) -> Mask:
    """The rows that count: neither held out nor of weight 0, which are no rows at all."""
    rows, w = np.ones(len(model.batch.X), dtype=bool), model.apply_class_weights(model.batch).w
    if kept is not None:
        rows &= kept
    return rows if w is None else rows & (w > 0)


def _find_unit(model: Model, counted: Mask) -> float:
    """What decays are multiples of: the power of ten nearest to the rows' mean weight.

    The loss is a sum by weight. Weights in another unit change no fit then, and a weight of 2 is
    still a row twice.
    """
    w = model.apply_class_weights(model.batch).w
    return 1.0 if w is None else 10.0 ** round(log10(w[counted].mean()))


def _draw_rows(model: Model, counted: Mask, cells: float, seed: int) -> Mask:
    """The rows that decays are tried on: all that count, or some of them at random."""
    rows = counted.copy()
    most = max(LEAST_ROWS, int(min(cells / model.perceptron.n_parameters, len(rows))))
    if rows.sum() > most:
        positions = np.flatnonzero(rows)
        some = np.random.default_rng([seed, 0]).choice(len(positions), most, replace=False)
        rows[:] = False
        rows[positions[some]] = True
    return rows


def _count_folds(search: Search, rows: int, groups: Any) -> int:
    """How many folds have enough rows, and a group each; fewer than 2 are none."""
    k = min(search.folds, rows // FEWEST)
    if groups is None:
        return k
    found = len(np.unique(groups))
    if found < 2:
        raise ValueError(
            f"the {rows} rows to train on belong to one group, and choosing a decay holds some "
            "groups out: give groups= of two at least, or make the network with a decay="
        )
    return min(k, found)


def _deal(model: Model, k: int, groups: Any, seed: int) -> list[Mask]:
    codes = model.perceptron.family.codes(model.batch.Y)
    generator = np.random.default_rng([seed, 0])
    return deal_folds(len(model.batch.X), k, generator, codes=codes, groups=groups)


def _fit_all(model: Model, search: Search, seed: int, stages: StageReporter) -> list[Vector]:
    """Weights fitted to all rows with each decay."""
    generator, thetas = np.random.default_rng([seed, 0]), []
    for decay, theta, _ in fit_path(model, model.draw(generator), search, generator):
        thetas.append(theta)
        stages.advance(1, f"decay {decay:g}")
    return thetas


class _Summary(NamedTuple):
    """What is known of the decays after some folds.

    Attributes
    ----------
    trials : tuple of Trial
    chosen : int
        Which of them.
    intercept : float
        Deviance per row held out of an intercept alone.
    glm : float
        The least without a hidden layer; nan where there is none anyway.
    """

    trials: tuple[Trial, ...]
    chosen: int
    intercept: float
    glm: float


def _summarize(search: Search, tried: Sequence[Tried]) -> _Summary:
    """Means over folds, and the decay to choose by them."""
    weights = np.array([fold.weight for fold in tried])
    each = 2.0 * np.array([fold.losses for fold in tried]) / weights[:, None]
    deviances, errors = np.average(each, axis=0, weights=weights), np.full(each.shape[1], nan)
    if len(tried) > 1:
        with np.errstate(invalid="ignore", over="ignore"):
            errors = each.std(axis=0, ddof=1) / sqrt(len(tried))
    chosen = _pick(deviances, errors, search.rule)
    seconds = np.sum([fold.seconds for fold in tried], axis=0)
    columns = search.decays, deviances.tolist(), errors.tolist(), seconds.tolist()
    rows = enumerate(zip(*columns, strict=True))
    trials = tuple(Trial(*row, chosen=which == chosen) for which, row in rows)
    total, glm = weights.sum(), np.sum([fold.glm for fold in tried], axis=0)
    return _Summary(
        trials,
        chosen,
        2.0 * sum(fold.intercept for fold in tried) / total,
        2.0 * glm.min() / total if glm.size else nan,
    )


def _pick(deviances: Vector, errors: Vector, rule: str) -> int:
    """Which decay is chosen; of equal ones the greatest."""
    least = len(deviances) - 1 - int(deviances[::-1].argmin())
    if rule == "min" or not isfinite(errors[least]):
        return least
    return int(np.flatnonzero(deviances <= deviances[least] + errors[least])[-1])
