"""What ``train`` tells while it runs: lines of trace, a bar, a callback, and how each start ended.

Looks at finished steps; decides nothing about training but that a callback may end it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from copy import copy
from math import isnan, nan
from types import TracebackType
from typing import Any

import numpy as np

from ..errors import check_flag, check_whole
from ..optimizers import Stop
from .options import Course
from .progress import ProgressBar
from .restarts import End, _name_fault
from .state import State, Step


class Checkpoint:
    """Saves a network while it is trained.

    Parameters
    ----------
    save : callable
        ``save(path, stop, tell=...)`` of the network; ``stop`` is what its file says of the end.
    path : path
    every : int
        Save after each iteration whose number is a multiple of this.
    restarts : int
        Starts to train from: no more than one.
    """

    def __init__(self, save: Callable[..., None], path: Any, every: Any, restarts: int) -> None:
        if restarts > 1:
            raise ValueError(
                "checkpoint= saves one training, and restarts= runs several: train one start at a "
                "time, or without checkpoint="
            )
        self.every = check_whole("every", every, least=1)
        self._save, self._path, self._last = save, path, 0

    def begin(self, state: State, iterations: int) -> None:
        """Save before the first step: a place that cannot be written to is met at once."""
        self._last = state.iteration + iterations
        self._save(self._path, _tell_where(state))

    def finish(self, stop: Stop | None) -> None:
        """Save what training came to."""
        self._save(self._path, stop, tell=False)

    def update(self, step: Step) -> None:
        """Save a state that is committed, if it is its turn.

        Not the last one: what training makes of it in the end could not be made up for, were it
        killed in between.
        """
        state = step.state
        if state.iteration % self.every == 0 and state.iteration < self._last and not step.stop:
            self._save(self._path, _tell_where(state), tell=False)


def _tell_where(state: State) -> Stop:
    """What a file says of training that has not ended."""
    return Stop(False, f"Interrupted after iteration {state.iteration}.")


# Updates between two looks of somebody who does not look.
_SELDOM = 1_000


class Reporter:
    """A context in which steps are reported.

    Parameters
    ----------
    trace : int
        Print every so many iterations; 0: nothing.
    callback : callable or None
        ``callback(net, iteration)``; True asks to stop.
    progress : bool
        A bar in place of the printed lines.
    total : int
        Iterations that the bar expects.
    checkpoint : Checkpoint or None
        Is told of each state.
    advance : callable or None
        ``advance(updates, loss)`` is told of each turn: for a bar of stages.

    Attributes
    ----------
    calling : bool
        Whether the callback has been called and has not come back.
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
        self.every = check_whole("trace", trace)
        if callback is not None and not callable(callback):
            raise TypeError(
                "callback must be a function of the network and the iteration, "
                f"callback(net, iteration), not {callback!r}"
            )
        self.callback: Callable[[Any, int], Any] | None = callback
        self.bar = ProgressBar(total) if check_flag("progress", progress) else None
        self.calling = False
        self._open = ExitStack()

    def __enter__(self) -> Reporter:
        if self.bar is not None:
            self._open.enter_context(self.bar)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._open.close()

    def pause(self, iteration: int) -> int:
        """In how many updates there is something to tell."""
        if self.callback is not None:
            return 1
        turns = [self.every, 0 if self.checkpoint is None else self.checkpoint.every]
        return min((every - iteration % every for every in turns if every), default=_SELDOM)

    @property
    def may_wait(self) -> bool:
        """Whether a start may be told of when it has ended."""
        return self.callback is None and self.checkpoint is None

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to tell of a start before it has ended."""
        return self.may_wait and not self.every and self.bar is None

    def defer(self) -> Reporter:
        """One for a start in another thread, of which `count` tells when it has ended."""
        twin = copy(self)
        twin._advance = None
        return twin

    def count(self, updates: int, loss: float) -> None:
        """Tell a bar of updates that were made elsewhere."""
        if self.bar is not None:
            self.bar.advance(loss, updates)
        if self._advance is not None:
            self._advance(updates, loss)

    def measure(self, step: Step, course: Course) -> float:
        """Accuracy on the rows trained on, before the update, where it is traced; else nan."""
        if not self._traces(step) or step.before is None:
            return nan
        sums = course.objective.engine.evaluate(step.before.theta, course.rows)
        return float(sums.correct / sums.weight)

    def report(self, net: Any, step: Step, accuracy: float, course: Course) -> Stop | None:
        """Tell of a step that is committed; a reason to stop if the callback gives one."""
        if not step.updated:
            return None
        number = step.state.iteration
        if self.bar is not None:
            self.bar.advance(step.loss, len(step.rows))
        elif self._traces(step):
            plan, n = course.plan, course.objective.n_rows
            running = plan.batch_size is not None and plan.batch_size < n
            figures = step.loss, accuracy, step.validation_loss
            print_trace(number, *figures, plan.weights, running)
        if self._advance is not None:
            self._advance(len(step.rows), step.loss)
        if self.checkpoint is not None:
            self.checkpoint.update(step)
        answer = None
        if self.callback is not None:
            self.calling = True
            answer = self.callback(net, number)
            self.calling = False
        if answer is None or not isinstance(answer, bool | np.bool_) or not answer:
            return None
        return Stop(False, f"The callback asked to stop after iteration {number}.")

    def report_end(self, end: End, starts: int, weights: tuple[float, float]) -> None:
        """Tell how one of several starts ended; ``weights`` are those of a `Plan`."""
        if not self.every:
            return
        text = f"Start {end.start} of {starts}\tPenalized loss {end.penalized_loss:.5g}"
        if not isnan(end.validation_loss):
            trained, held = end.penalized_loss / weights[0], end.validation_loss / weights[1]
            text = f"Start {end.start} of {starts}\tPenalized loss per row {trained:.5g}"
            text += f"\tValidation loss per row {held:.5g}"
        if self.bar is not None:
            self.bar.message(text)
        else:
            print(text, flush=True)

    def _traces(self, step: Step) -> bool:
        return self.every > 0 and step.updated and step.state.iteration % self.every == 0


def explain_fault(fault: BaseException, state: State, called: bool) -> Stop:
    """Why training was broken off, and what is kept; ``called``: in the callback."""
    told, watch = f"{_name_fault(fault, called)} after iteration {state.iteration}.", state.watch
    if watch.best_theta is not None:
        told += f" The validation loss was lowest at iteration {watch.best_iteration}."
    return Stop(False, told)


def explain_choice(fault: BaseException) -> Stop:
    """The same where decays were tried, and no start was trained from yet."""
    told = f"{_name_fault(fault, False)} while a decay was chosen; the best fit so far is kept."
    return Stop(False, told)


def explain_return(state: State, message: str, moved: bool) -> str:
    """Where a network stands whose training was interrupted and whose user wants it back."""
    if not moved:
        return f"Interrupted before another iteration had ended; nothing is changed. {message}"
    return f"{message} The network is whole: train() goes on from iteration {state.iteration}."


def print_trace(
    iteration: int,
    loss: float,
    accuracy: float,
    validation_loss: float = math.nan,
    weights: tuple[float, float] = (1.0, 1.0),
    running: bool = False,
) -> None:
    """One line of trace, at once; what is nan is left out.

    With rows held out both losses are shown per row, by the ``weights`` of the rows trained on and
    of those held out. ``running``: the loss was added up while the weights moved.
    """
    counted = "" if math.isnan(accuracy) else f"\tAccuracy {accuracy:.3f}"
    held, what = "", "Running loss" if running else "Loss"
    if not math.isnan(validation_loss):
        what, loss = f"{what} per row", loss / weights[0]
        held = f"\tValidation loss per row {validation_loss / weights[1]:.5g}"
    print(f"Iteration {iteration}\t{what} {loss:.5g}{counted}{held}", flush=True)
