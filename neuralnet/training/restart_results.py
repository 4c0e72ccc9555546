"""Restarts: the result of training from each start, and the score that compares them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan, nan
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import pluralize, visible
from ..optimizers import Stop
from .options import TrainingRun
from .state import StepResult

# Weights of larger networks are not kept for each start.
MOST_KEPT = 3_000
# Columns of the table, and those of them that are left out where all are missing.
_COLUMNS = (
    *("loss", "penalized_loss", "validation_loss", "decay", "edf", "evidence", "iterations"),
    *("converged", "message"),
)
_OPTIONAL = ("validation_loss", "decay", "edf")


class RestartResult(NamedTuple):
    """Result of training from one start: a row of the table of restarts.

    Attributes
    ----------
    theta : (P,) array or None
        The weights; None for a large network.
    decay, edf, evidence : float
        Where evidence chose the decay: that of this start, with its effective degrees of freedom
        and its log evidence. Elsewhere nan.
    """

    start: int
    loss: float
    penalized_loss: float
    validation_loss: float
    iterations: int
    converged: bool
    message: str
    theta: NDArray[np.float64] | None = None
    decay: float = nan
    edf: float = nan
    evidence: float = nan

    @property
    def score(self) -> float:
        """The number by which starts are compared; the lowest is the best.

        Minus the log evidence where evidence chose the decay, else the loss.
        """
        if not isnan(self.decay):
            return inf if isnan(self.evidence) else -self.evidence
        loss = self.penalized_loss if isnan(self.validation_loss) else self.validation_loss
        return inf if isnan(loss) else loss


def measure_restart(start: int, last: StepResult, run: TrainingRun) -> RestartResult:
    """Measure the losses of the weights that training from a start ended with."""
    objective, validation = run.objective, run.options.validation
    phi = objective.scaling.from_raw(last.state.theta)
    loss = objective.evaluate(phi).loss
    stop = last.stop or Stop(False, "")
    return RestartResult(
        start,
        loss,
        loss + objective.penalty_in_raw_units(last.state.theta),
        nan if validation is None else validation.evaluate(phi).loss,
        last.state.iteration - run.state.iteration,
        stop.converged,
        stop.message,
        last.state.theta if last.state.theta.size <= MOST_KEPT else None,
    )


def describe_restarts(results: Sequence[RestartResult], iteration: int) -> str:
    """Say of which starts an iteration is the last; empty after one start, or further training."""
    best = min(results, key=lambda each: each.score, default=None)
    if best is None or best.iterations != iteration:
        return ""
    total = sum(each.iterations for each in results)
    return f" of the best of {pluralize(len(results), 'start')} ({total:,} in all)"


def tabulate_restarts(results: Sequence[RestartResult]) -> pd.DataFrame:
    """Tabulate starts in rows.

    The validation loss only where rows were held out; decay and effective degrees of freedom only
    where evidence chose a decay for each start.
    """
    # Text that may come from a file is printed with the table.
    shown = [each._replace(message=visible(each.message, most=2_000)) for each in results]
    columns = ["start", *_COLUMNS]
    rows = [[getattr(each, name) for name in columns] for each in shown]
    table = pd.DataFrame(rows, columns=columns).set_index("start")
    return table.drop(columns=[each for each in _OPTIONAL if table[each].isna().all()])
