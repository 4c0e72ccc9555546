"""Choice of the decay by k-fold cross-validation over a grid, refined with each fold."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import pluralize
from ..model import Model, pick_rows
from ..training import StageReporter, WorkerPool
from .decay_choice import DecayChoice
from .defaults import MIN_FOLD_ROWS, MIN_SAMPLE_ROWS, SMALL_TABLE_DECAY
from .descriptions import describe_choice
from .folds import draw_folds
from .one_standard_error import GridSummary, summarize_folds
from .regularization_path import FoldLosses, GridSearch, evaluate_fold, fit_path
from .tuning import Tuning

Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


def choose_decay(
    model: Model,
    search: GridSearch,
    kept: Mask | None,
    generator: np.random.Generator,
    stages: StageReporter,
    workers: WorkerPool,
) -> Generator[DecayChoice, None, None]:
    """Choose a decay by k-fold cross-validation over a grid.

    Parameters
    ----------
    model : Model
    search : GridSearch
    kept : (n,) mask or None
        The training rows that are not held out for validation.
    generator : numpy.random.Generator
    stages : StageReporter
    workers : WorkerPool
        Threads or processes that fit the folds; they share the model.

    Yields
    ------
    DecayChoice
        A provisional choice after the fits to all rows and after each fold; the last one is final.
    """
    seed = int(generator.integers(2**63))
    weighted = _find_weighted_rows(model, kept)
    rows, n = _draw_sample(model, weighted, search.max_cells, seed), int(weighted.sum())
    groups = None if search.groups is None else search.groups[rows]
    n_folds = _count_folds(search, int(rows.sum()), groups)
    unit = _find_unit(model, weighted)
    if n_folds < 2:
        yield _take_small_decay(model, SMALL_TABLE_DECAY * unit, n, stages)
        return
    search = replace(search, decays=tuple(float(f"{each * unit:.3g}") for each in search.decays))
    stages.begin(f"Trying {len(search.decays)} decays", search.work)
    sample = model if rows.all() else pick_rows(model, rows)
    # Before the first fit, as it raises an error where there are too few groups.
    folds = _draw_folds(sample, n_folds, groups, seed)
    thetas = _fit_all_rows(sample, search, seed, stages) if search.fits_all_rows else []
    if thetas:
        middle = len(thetas) // 2
        provisional = model.configure(decay=search.decays[middle])
        yield DecayChoice(provisional, thetas[middle], Tuning(complete=False))
    work = partial(_evaluate_task, rows=rows, search=search)
    tasks = [(held_out, [seed, fold]) for fold, held_out in enumerate(folds, start=1)]
    done: list[FoldLosses] = []
    # Closed at once after an interrupt, so that no thread continues.
    with closing(workers.map(work, tasks, sample.grain)) as evaluated:
        for losses in evaluated:
            done.append(losses)
            summary, text = summarize_folds(search, done), ""
            stages.advance(len(search.decays), summary.trial.describe())
            if len(done) == len(folds):
                text = describe_choice(search, len(folds), summary, int(rows.sum()), n)
                stages.end(text)
            yield _choose_best(model, summary, thetas, text)


def _choose_best(
    model: Model, summary: GridSummary, thetas: Sequence[Vector], text: str
) -> DecayChoice:
    """Choose the best decay so far; ``text`` describes it once all folds are evaluated."""
    return DecayChoice(
        model.configure(decay=summary.trial.decay),
        thetas[summary.chosen] if thetas else None,
        Tuning(summary.trials, text, bool(text), summary.intercept),
    )


def _take_small_decay(model: Model, decay: float, n: int, stages: StageReporter) -> DecayChoice:
    """Use a small decay without a search, where there are too few rows for two folds."""
    rows = f"{pluralize(n, 'row')} {'is' if n == 1 else 'are'}"
    text = f"Took decay {decay:g}, as {rows} too few to cross-validate"
    stages.end(text)
    return DecayChoice(model.configure(decay=decay), None, Tuning(summary=text))


def _evaluate_task(
    model: Model, task: tuple[Mask, list[int]], rows: Mask, search: GridSearch
) -> FoldLosses:
    """Evaluate one fold of the sample, in any thread or process."""
    held_out, seed = task
    sample = model if rows.all() else pick_rows(model, rows)
    # Another process also limits the threads of BLAS to those that the whole training uses.
    return model.compute(partial(evaluate_fold, sample, held_out, search, seed), hessian=True)


def _find_weighted_rows(model: Model, kept: Mask | None) -> Mask:
    """Mask of the rows to train on whose weight is above 0; others have no effect on a fit."""
    rows, w = np.ones(len(model.batch.X), dtype=bool), model.apply_class_weights(model.batch).w
    if kept is not None:
        rows &= kept
    return rows if w is None else rows & (w > 0)


def _find_unit(model: Model, weighted: Mask) -> float:
    """Find the unit of the decays: the power of ten nearest to the mean weight of the rows.

    The loss is a weighted sum. With decays in this unit, weights in another unit give the same
    fits, and a weight of 2 is still equivalent to a row that is there twice.
    """
    w = model.apply_class_weights(model.batch).w
    return 1.0 if w is None else 10.0 ** round(log10(w[weighted].mean()))


def _draw_sample(model: Model, weighted: Mask, max_cells: float, seed: int) -> Mask:
    """Draw the rows on which decays are tried: all weighted rows, or a random sample."""
    rows = weighted.copy()
    most = count_sample_rows(model, max_cells)
    if rows.sum() > most:
        positions = np.flatnonzero(rows)
        some = np.random.default_rng([seed, 0]).choice(len(positions), most, replace=False)
        rows[:] = False
        rows[positions[some]] = True
    return rows


def count_sample_rows(model: Model, max_cells: float) -> int:
    """Number of rows on which decays are tried, at most."""
    n = len(model.batch.X)
    return max(MIN_SAMPLE_ROWS, int(min(max_cells / model.perceptron.n_parameters, n)))


def _count_folds(search: GridSearch, rows: int, groups: Any) -> int:
    """Number of folds with enough rows and at least one group each; below 2 there are too few."""
    k = min(search.n_folds, rows // MIN_FOLD_ROWS)
    if groups is None:
        return k
    found = len(np.unique(groups))
    if found < 2:
        raise ValueError(
            f"the {rows} rows to train on belong to one group, and choosing a decay holds some "
            "groups out: give groups= with at least two groups, or make the network with a decay="
        )
    return min(k, found)


def _draw_folds(model: Model, k: int, groups: Any, seed: int) -> list[Mask]:
    codes = model.perceptron.family.codes(model.batch.Y)
    generator = np.random.default_rng([seed, 0])
    return draw_folds(len(model.batch.X), k, generator, codes=codes, groups=groups)


def _fit_all_rows(
    model: Model, search: GridSearch, seed: int, stages: StageReporter
) -> list[Vector]:
    """Fit a regularization path to all rows of the sample; returns the weights of each decay."""
    generator, thetas = np.random.default_rng([seed, 0]), []
    for decay, theta, _ in fit_path(model, model.draw(generator), search, generator):
        thetas.append(theta)
        stages.advance(1, f"decay {decay:g}")
    return thetas
