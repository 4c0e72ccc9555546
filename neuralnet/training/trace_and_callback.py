"""Reporting while ``train`` runs: printed trace, progress bar, callback and checkpoints.

Reads completed steps; decides nothing about training except that a callback may end it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from contextlib import ExitStack
from copy import copy
from math import isnan, nan
from time import perf_counter
from types import TracebackType
from typing import Any

import numpy as np

from ..errors import check_flag, check_whole, quote
from ..optimizers import Stop
from .checkpoint import Checkpoint
from .forecast import TimeForecast, describe_time_left
from .options import TrainingRun
from .progress import ProgressBar
from .restart_results import RestartResult
from .state import StepResult

# Updates between two reports when nothing is reported.
_REPORT_INTERVAL = 1_000


class Reporter:
    """A context in which steps are reported.

    Parameters
    ----------
    trace : int
        Print a line every n iterations, and to standard error the time left once, if it is long;
        0: nothing.
    callback : callable or None
        ``callback(fit, iteration)``; True requests a stop.
    progress : bool
        Whether to show a progress bar instead of printed lines.
    total : int
        Total iterations, of the bar and of the time left; 0: unknown.
    checkpoint : Checkpoint or None
        Receives each committed step.
    advance : callable or None
        ``advance(updates, loss)`` receives each step too, for a bar of several stages.

    Attributes
    ----------
    calling : bool
        Whether the callback is running.
    """

    def __init__(
        self,
        trace: Any,
        callback: Any,
        progress: Any,
        total: int,
        checkpoint: Checkpoint | None = None,
        advance: Callable[[int, float], None] | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        self._advance = advance
        self.every: int = check_whole("trace", trace)
        if callback is not None and not callable(callback):
            raise TypeError(
                "callback must be a function of the network and the iteration, "
                f"callback(net, iteration), not {quote(callback)}"
            )
        self.callback: Callable[[Any, int], Any] | None = callback
        self.bar: ProgressBar | None = (
            ProgressBar(total) if check_flag("progress", progress) else None
        )
        self.calling: bool = False
        self._forecast = TimeForecast(total)
        self._open = ExitStack()

    def __enter__(self) -> Reporter:
        if self.bar is not None:
            self._open.enter_context(self.bar)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._open.close()

    def pause(self, iteration: int) -> int:
        """Number of updates until the next report."""
        if self.callback is not None:
            return 1
        intervals = [self.every, 0 if self.checkpoint is None else self.checkpoint.every]
        return min((n - iteration % n for n in intervals if n), default=_REPORT_INTERVAL)

    @property
    def can_defer(self) -> bool:
        """True if a start may be reported only after it has ended."""
        return self.callback is None and self.checkpoint is None

    @property
    def is_silent(self) -> bool:
        """True if there is nothing to report of a start before it has ended."""
        return self.can_defer and not self.every and self.bar is None

    def defer(self) -> Reporter:
        """Copy for a start in another thread; `count` reports the start when it has ended."""
        twin = copy(self)
        twin._advance = None
        return twin

    def count(self, updates: int, loss: float) -> None:
        """Report updates that were made in another thread or process."""
        if self.bar is not None:
            self.bar.advance(loss, updates)
        if self._advance is not None:
            self._advance(updates, loss)

    def measure(self, step: StepResult, run: TrainingRun) -> float:
        """Accuracy on the rows trained on, before the update, where it is printed; else nan."""
        if not self._traces(step) or step.previous is None:
            return nan
        sums = run.objective.engine.evaluate(step.previous.theta, run.rows)
        return float(sums.correct / sums.weight)

    def report(self, fit: Any, step: StepResult, accuracy: float, run: TrainingRun) -> Stop | None:
        """Report a committed step; a stop reason if the callback requests one."""
        if not step.updated:
            return None
        number = step.state.iteration
        if self.bar is not None:
            self.bar.advance(step.loss, len(step.metrics))
        elif self._traces(step):
            options, n = run.options, run.objective.n_rows
            running = options.batch_size is not None and options.batch_size < n
            losses = step.loss, accuracy, step.validation_loss
            print_trace(number, *losses, options.weights, running)
        if self.bar is None and self.every:
            found = self._forecast.count(len(step.metrics), perf_counter())
            if found is not None:
                # Not to standard output, which depends on no clock.
                text = describe_time_left(*found, run.options.optimizer)
                print(text, file=sys.stderr, flush=True)
        if self._advance is not None:
            self._advance(len(step.metrics), step.loss)
        if self.checkpoint is not None:
            self.checkpoint.update(step)
        if self.callback is None:
            return None
        self.calling = True
        answer = self.callback(fit, number)
        self.calling = False
        # Arrays and other objects do not request a stop, whatever their truth value.
        if not (isinstance(answer, bool | np.bool_) and answer):
            return None
        return Stop(False, f"The callback asked to stop after iteration {number}.")

    def report_restart(
        self, result: RestartResult, starts: int, weights: tuple[float, float]
    ) -> None:
        """Report one of several starts; ``weights`` are those of `TrainingOptions`."""
        if not self.every:
            return
        text = f"Start {result.start} of {starts}\tPenalized loss {result.penalized_loss:.5g}"
        if not isnan(result.validation_loss):
            trained = result.penalized_loss / weights[0]
            held = result.validation_loss / weights[1]
            text = f"Start {result.start} of {starts}\tPenalized loss per row {trained:.5g}"
            text += f"\tValidation loss per row {held:.5g}"
        if self.bar is not None:
            self.bar.message(text)
        else:
            print(text, flush=True)

    def _traces(self, step: StepResult) -> bool:
        return self.every > 0 and step.updated and step.state.iteration % self.every == 0


def print_trace(
    iteration: int,
    loss: float,
    accuracy: float,
    validation_loss: float = math.nan,
    weights: tuple[float, float] = (1.0, 1.0),
    running: bool = False,
) -> None:
    """Print one line of trace, flushed; values that are nan are left out.

    With rows held out both losses are shown per row, by the ``weights`` of the rows trained on and
    of those held out. ``running``: the loss was summed while the weights changed.
    """
    classified = "" if math.isnan(accuracy) else f"\tAccuracy {accuracy:.3f}"
    held, name = "", "Running loss" if running else "Loss"
    if not math.isnan(validation_loss):
        name, loss = f"{name} per row", loss / weights[0]
        held = f"\tValidation loss per row {validation_loss / weights[1]:.5g}"
    print(f"Iteration {iteration}\t{name} {loss:.5g}{classified}{held}", flush=True)
