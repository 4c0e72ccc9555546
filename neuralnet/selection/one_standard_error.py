"""Choice from a grid of decays: the lowest held-out deviance, or the one-standard-error rule."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan, sqrt
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .regularization_path import FoldLosses, GridSearch
from .tuning import Trial

Vector = NDArray[np.float64]
DecayRule = Literal["min", "1se"]


class GridSummary(NamedTuple):
    """Cross-validated deviances of a grid, after some or all folds.

    Attributes
    ----------
    trials : tuple of Trial
    chosen : int
        Index of the chosen trial.
    intercept : float
        Deviance per row held out of an intercept alone.
    glm : float
        Smallest deviance per row held out without a hidden layer; nan for a model without one.
    """

    trials: tuple[Trial, ...]
    chosen: int
    intercept: float
    glm: float

    @property
    def trial(self) -> Trial:
        """The chosen trial."""
        return self.trials[self.chosen]


def summarize_folds(search: GridSearch, folds: Sequence[FoldLosses]) -> GridSummary:
    """Average deviances over folds, with standard errors, and choose a decay by them."""
    weights = np.array([fold.weight for fold in folds])
    each = 2.0 * np.array([fold.losses for fold in folds]) / weights[:, None]
    deviances, errors = np.average(each, axis=0, weights=weights), np.full(each.shape[1], nan)
    if len(folds) > 1:
        with np.errstate(invalid="ignore", over="ignore"):
            errors = each.std(axis=0, ddof=1) / sqrt(len(folds))
    chosen = pick_decay(deviances, errors, search.rule)
    seconds = np.sum([fold.seconds for fold in folds], axis=0)
    columns = search.decays, deviances.tolist(), errors.tolist(), seconds.tolist()
    rows = enumerate(zip(*columns, strict=True))
    trials = tuple(Trial(*row, chosen=which == chosen) for which, row in rows)
    total, glm = weights.sum(), np.sum([fold.glm for fold in folds], axis=0)
    return GridSummary(
        trials,
        chosen,
        2.0 * sum(fold.intercept for fold in folds) / total,
        2.0 * glm.min() / total if glm.size else nan,
    )


def pick_decay(deviances: Vector, errors: Vector, rule: str) -> int:
    """Index of the decay with the lowest deviance, or chosen by the one-standard-error rule.

    That rule takes the largest decay whose deviance is at most one standard error above the lowest
    (Breiman et al. 1984, section 3.4.3). Of equal deviances the largest decay is chosen.

    Parameters
    ----------
    deviances, errors : (decays,) arrays
        Deviances per row held out and their standard errors, in ascending order of the decays.
    rule : {"min", "1se"}

    References
    ----------
    L. Breiman, J. H. Friedman, R. A. Olshen, C. J. Stone (1984). Classification and Regression
    Trees. Wadsworth.

    Examples
    --------
    >>> deviances, errors = np.array([0.9, 0.8, 0.85, 1.2]), np.full(4, 0.1)
    >>> pick_decay(deviances, errors, "min"), pick_decay(deviances, errors, "1se")
    (1, 2)
    """
    least = len(deviances) - 1 - int(deviances[::-1].argmin())
    if rule == "min" or not isfinite(errors[least]):
        return least
    return int(np.flatnonzero(deviances <= deviances[least] + errors[least])[-1])
