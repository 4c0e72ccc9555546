"""The fit of a network, and one run of the training loop that commits to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..model import Model
from ..optimizers import Stop
from .history import History
from .interruptions import explain_interruption
from .loop import advance, finish, keep_best, keep_lowest
from .options import TrainingRun
from .restart_results import RestartResult
from .state import State, StepResult
from .trace_and_callback import Reporter
from .workers import AbandonedError, stop_if_abandoned


@dataclass(eq=False)
class Fit:
    """A network's model, weights and record of training: all that training changes.

    The only mutable record; its parts are frozen, but for the history, which is append-only.

    Attributes
    ----------
    model : Model
    state : State
    history : History
        Of which the first ``state.iteration`` rows count.
    stop : Stop or None
        Why training ended; None before it has.
    ends : tuple of RestartResult
        How each of several starts ended, with the weights.
    tuning : Tuning or None
        What automatic training chose; passed on here, see `selection`.
    """

    model: Model
    state: State
    history: History
    stop: Stop | None = None
    ends: tuple[RestartResult, ...] = ()
    tuning: Any = None

    def commit(self, **parts: Any) -> None:
        """Replace parts that belong together, atomically: an interrupt finds all or none."""
        vars(self).update(parts)

    def with_stop(self, stop: Stop | None) -> Fit:
        """Return the same fit with another reason why training ended, for a file."""
        return replace(self, stop=stop)

    def share(self, state: State) -> Fit:
        """Return a fit of the same model with a state and a history of its own."""
        return Fit(self.model, state, self.history.copy(), self.stop, self.ends, self.tuning)


def begin(model: Model, generator: np.random.Generator) -> Fit:
    """Draw weights, and return the fit of a network that was not trained yet."""
    theta = model.draw(generator)
    theta.flags.writeable = False
    return Fit(model, State(theta, None, None, generator.bit_generator.state, 0), History())


def run(
    fit: Fit, training_run: TrainingRun, iterations: int, reporter: Reporter
) -> StepResult | None:
    """Run the training loop, committing each state before it is reported.

    Returns the last step, or None where no update was asked for.
    """
    last, asked, start = None, None, fit.state
    try:
        steps = advance(
            training_run.objective,
            training_run.options,
            training_run.state,
            iterations,
            reporter.pause,
        )
        for last in steps:
            stop_if_abandoned()
            accuracy = reporter.measure(last, training_run)
            if last.updated:
                fit.history.extend(last.state.iteration - len(last.metrics), last.metrics, accuracy)
            # The reason why former training ended does not hold for this state.
            fit.commit(state=last.state, stop=None)
            asked = reporter.report(fit, last, accuracy, training_run)
            # An exception inside a step is raised by the next one.
            if asked and last.error is None:
                break
        if last is not None:
            last = finish(training_run.objective, training_run.options, last, asked)
            fit.commit(state=last.state, stop=last.stop)
    except AbandonedError:
        raise
    except BaseException as fault:
        if fit.state is not start:
            stop = explain_interruption(fault, fit.state, reporter.calling)
            fit.commit(stop=stop)
            # Interrupted here once more, the network is at the last weights.
            _return_to_best(fit, training_run, last, stop)
        raise
    return last


def _return_to_best(
    fit: Fit, training_run: TrainingRun, last: StepResult | None, stop: Stop
) -> None:
    """Commit the best weights of an interrupted run: by held-out rows, or the lowest loss."""
    objective, options = training_run.objective, training_run.options
    if options.validation is not None:
        state, stop = keep_best(objective, options, fit.state, stop)
        fit.commit(state=state, stop=stop)
    elif last is not None and last.state is fit.state:
        state, stop = keep_lowest(objective, options, last, stop)
        fit.commit(state=state, stop=stop)
