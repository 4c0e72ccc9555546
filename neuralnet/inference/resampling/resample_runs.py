"""Runs of the bootstrap: all refits, in this process or in others, and warnings of their faults."""

from __future__ import annotations

from contextlib import closing
from math import inf, sqrt
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from ...errors import ConvergenceWarning, pluralize, warn
from ...perceptron import read_family
from ...training import ProcessPool, StageReporter, WorkerPool
from .resamples import Resample, Resamples

Vector = NDArray[np.float64]

# Distance of the fit from its optimum, in standard errors, of which there is a warning.
_FAR = 0.5


def fit_resamples(
    resamples: Resamples, n: int, n_jobs: int, seed: int, patience: float
) -> list[Resample]:
    """Fit n resamples, each by a seed of its own; see `Inference.bootstrap`."""
    seeds = np.random.SeedSequence(seed).spawn(n)
    if n_jobs < 2:
        pool = WorkerPool(resamples, alone=n_jobs == 1)
    else:
        pool = ProcessPool(resamples, n_jobs, SimpleNamespace(resamples=resamples), "resamples")
    objective, found = resamples.objective, []
    grain = objective.n_rows * objective.perceptron.n_parameters
    with pool, StageReporter(n, lines=False, patience=patience) as stages:
        stages.begin(f"Fitting {pluralize(n, 'resample')}", n)
        with closing(pool.map(Resamples.fit, seeds, grain)) as results:
            for each in results:
                found.append(each)
                stages.advance(1)
    return found


def warn_of_rest(resamples: Resamples, theta: Vector) -> None:
    """Warn of a fit that is not at its optimum, as the refits to resamples are."""
    objective = resamples.weigh(resamples.draws.w)
    start = objective.scaling.from_raw(theta)
    phi = objective.scaling.from_raw(resamples.minimize(objective, start)[0])
    decrease = objective(start)[0] - objective(phi)[0]
    dispersion = 1.0
    if read_family(objective.perceptron.family).has_dispersion:
        dispersion = 2.0 * objective.evaluate(phi).loss / objective.scaling.loss_scale
        dispersion /= objective.batch.weight
    if not decrease <= 0.5 * _FAR**2 * dispersion:
        distance = sqrt(2.0 * decrease / dispersion) if dispersion > 0.0 else inf
        warn(
            f"the fit is about {distance:.2g} standard errors from an optimum, and resamples are "
            "fitted to theirs, so that they differ from it by more than its error: train on with "
            f"train(optimizer='{type(resamples.optimizer).__name__.lower()}')",
            ConvergenceWarning,
        )


def warn_of_resamples(found: list[Resample]) -> None:
    """Warn once of all resamples that lack a class or a level, or whose refit did not succeed.

    Raises
    ------
    ValueError
        If fewer than two refits succeeded.
    """
    n = len(found)
    failed = sum(not np.isfinite(each.theta).all() for each in found)
    open_ended = sum(not each.converged for each in found) - failed
    lacking = sum(each.lacks for each in found)
    if n - failed < 2:
        raise ValueError(
            f"{failed} of {n} resamples have no fit with finite weights, and a standard error "
            "needs two that have: give the network more decay, or fewer units"
        )
    parts = {
        "lack a level of a column or a class, and have a fit without it": lacking,
        "did not converge, and count as they ended": open_ended,
        "have no fit with finite weights, and are left out": failed,
    }
    if said := [f"{count} {what}" for what, count in parts.items() if count]:
        warn(f"of {n} resamples {'; '.join(said)}", ConvergenceWarning)
