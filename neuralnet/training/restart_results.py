"""Restarts: the result of training from each start, and the score that compares them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan, nan
from typing import NamedTuple

import pandas as pd

from ..errors import pluralize, visible
from ..optimizers import Stop
from .options import TrainingRun
from .state import StepResult


class RestartResult(NamedTuple):
    """Result of training from one start: a row of the table of restarts."""

    start: int
    loss: float
    penalized_loss: float
    validation_loss: float
    iterations: int
    converged: bool
    message: str

    @property
    def score(self) -> float:
        """The loss by which starts are compared; the lowest is the best."""
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
    )


def describe_restarts(results: Sequence[RestartResult], iteration: int) -> str:
    """Say of which starts an iteration is the last; empty after one start, or further training."""
    best = min(results, key=lambda each: each.score, default=None)
    if best is None or best.iterations != iteration:
        return ""
    total = sum(each.iterations for each in results)
    return f" of the best of {pluralize(len(results), 'start')} ({total:,} in all)"


def tabulate_restarts(results: Sequence[RestartResult]) -> pd.DataFrame:
    """Tabulate starts in rows; the validation loss only where rows were held out."""
    # Text that may come from a file is printed with the table.
    shown = [each._replace(message=visible(each.message, most=2_000)) for each in results]
    table = pd.DataFrame(shown, columns=list(RestartResult._fields)).set_index("start")
    held = table["validation_loss"].notna().any()
    return table if held else table.drop(columns="validation_loss")
