"""Multistart optimization: train from several starts, and commit the best end."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any, NamedTuple

from ..model import Model
from ..optimizers import Stop
from ..perceptron import map_in_order
from .fit import Fit, run
from .history import History
from .interruptions import explain_interrupted_search, explain_interruption
from .options import TrainingRun, prepare_run
from .restart_results import RestartResult, measure_restart
from .state import State, StepResult
from .trace_and_callback import Reporter
from .workers import WorkerPool


class Starts(NamedTuple):
    """The starts of a search, and how to train from each.

    Attributes
    ----------
    states : sequence of State
        Where training starts.
    generator_state : mapping
        Of the random generator after all starts were drawn.
    training_run : TrainingRun
        With the state to be replaced.
    options : mapping
        Of `prepare_run`, for other processes.
    iterations : int
        Of each start, at most.
    """

    states: Sequence[State]
    generator_state: Mapping[str, Any]
    training_run: TrainingRun
    options: Mapping[str, Any]
    iterations: int


class _Best(NamedTuple):
    """The best of the starts that have ended; replaced as a whole, so that its parts match."""

    generator_state: Mapping[str, Any]
    ends: tuple[RestartResult, ...] = ()
    fit: Fit | None = None
    last: StepResult | None = None

    def add(self, fit: Fit, last: StepResult, end: RestartResult) -> _Best:
        """Compare with one more start."""
        generator_state = fit.state.generator_state
        lowest = min((each.score for each in self.ends), default=None)
        if lowest is None or end.score < lowest:
            return _Best(generator_state, (*self.ends, end), fit, last)
        return self._replace(generator_state=generator_state, ends=(*self.ends, end))


def train_from_starts(
    fit: Fit, starts: Starts, reporter: Reporter, workers: WorkerPool
) -> StepResult | None:
    """Train copies of a fit from several starts, and commit the best of them to it.

    The best has the lowest loss on the rows held out, or the lowest penalized loss without such
    rows. Returns its last step, or None where no iterations were asked for.
    """
    if not starts.iterations:
        return None
    first = _copy(fit, starts.states[0], starts.generator_state)
    best, total = _Best(starts.generator_state), len(starts.states)
    within = reporter

    def train(state: State) -> tuple[Fit, StepResult]:
        copy = first if state is starts.states[0] else _copy(fit, state, best.generator_state)
        last = run(copy, replace(starts.training_run, state=copy.state), starts.iterations, within)
        assert last is not None
        return copy, last

    try:
        # With mini-batches each start draws from the generator that the start before it left.
        independent = starts.training_run.options.batch_size is None
        if workers.in_other_processes and independent and reporter.can_defer:
            runs = _train_in_processes(fit, starts, reporter, workers)
        else:
            grain = fit.model.grain if independent and reporter.is_silent else 0
            if (threads := workers.count_threads(grain)) > 1:
                within = reporter.defer()
            runs = map_in_order(train, starts.states, threads)
        with closing(runs):
            for copy, last in runs:
                if within is not reporter:
                    made = last.state.iteration - starts.training_run.state.iteration
                    reporter.count(made, last.loss)
                end = measure_restart(len(best.ends) + 1, last, starts.training_run)
                best = best.add(copy, last, end)
                reporter.report_restart(end, total, starts.training_run.options.weights)
        assert best.fit is not None
        _adopt(fit, best.fit, best, best.fit.stop)
    except BaseException as fault:
        _adopt_interrupted(fit, first, best, total, fault, reporter.calling)
        raise
    return best.last


def _copy(fit: Fit, state: State, generator_state: Mapping[str, Any]) -> Fit:
    return fit.share(replace(state, generator_state=generator_state))


def _adopt(fit: Fit, copy: Fit, best: _Best, stop: Stop | None) -> None:
    """Commit what a copy has learned; the state of the generator is that of the search."""
    state = replace(copy.state, generator_state=best.generator_state)
    fit.commit(state=state, history=copy.history, stop=stop, ends=best.ends)


def _adopt_interrupted(
    fit: Fit, first: Fit, best: _Best, total: int, fault: BaseException, calling: bool
) -> None:
    """Commit the best of the starts that had ended; without one, the updates of the first."""
    if best.fit is not None:
        stop = explain_interrupted_search(fault, len(best.ends), total, calling)
        _adopt(fit, best.fit, best, stop)
    elif first.state.iteration > fit.state.iteration:
        stop = first.stop or explain_interruption(fault, first.state, calling)
        _adopt(fit, first, best, stop)


class _Order(NamedTuple):
    """The arguments with which another process trains from a start."""

    options: Mapping[str, Any]
    iterations: int
    settings: Mapping[str, Any]
    trace: int


def _train_in_processes(
    fit: Fit, starts: Starts, reporter: Reporter, workers: WorkerPool
) -> Generator[tuple[Fit, StepResult], None, None]:
    settings = vars(fit.model.used)
    order = _Order(starts.options, starts.iterations, settings, reporter.every)
    states = [replace(each, generator_state=starts.generator_state) for each in starts.states]
    tasks = [(state, fit.history) for state in states]
    with closing(workers.map(partial(_train_here, order), tasks, inf)) as results:
        for start, (state, history, stop, last) in zip(states, results, strict=True):
            state.theta.flags.writeable = last.state.theta.flags.writeable = False
            copy = fit.share(state)
            copy.commit(history=history, stop=stop)
            reporter.count(state.iteration - start.iteration, last.loss)
            yield copy, last


def _train_here(
    order: _Order, model: Model, task: tuple[State, History]
) -> tuple[State, History, Stop | None, StepResult]:
    """Train from a start in this process, which another one began."""
    model, (state, history) = model.configure(**order.settings), task
    fit = Fit(model, state, history)
    # The time left is that of all starts, of which this process knows one.
    reporter = Reporter(order.trace, None, False, 0)
    training_run = prepare_run(model, state, **order.options)
    last = model.compute(partial(run, fit, training_run, order.iterations, reporter), hessian=True)
    assert last is not None
    return fit.state, fit.history, fit.stop, last
