"""One call of ``train``: choose what was left open, train, and conclude."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import ConvergenceWarning, DataWarning, OverconfidenceWarning, warn
from ..model import Model, describe_loss
from ..optimizers import Stop
from ..training import (
    LARGE,
    Fit,
    ProcessPool,
    Reporter,
    StageReporter,
    Starts,
    State,
    StepResult,
    TrainingOptions,
    TrainingRun,
    WorkerPool,
    compare_responses,
    compare_spreads,
    conclude,
    describe_bytes,
    describe_collinear_columns,
    describe_memory,
    dump,
    estimate_memory,
    explain_interrupted_choice,
    prepare_run,
    restore_generator,
    run,
    train_from_starts,
)
from .automatic import restart_schedule
from .decay import choose_decay, count_sample_rows
from .decay_choice import DecayChoice
from .evidence_search import EvidenceSearch, choose_by_evidence
from .overconfidence import diagnose_memorization, diagnose_overconfidence, lacks_signal
from .training_setup import TrainingSetup
from .tuning import Tuning

_TRYING = Stop(False, "Decays are being tried: this is the best of them so far.")
# A training of fewer iterations that was not ended by a rule may well have learned nothing yet.
_BEFORE_JUDGEMENT = 100


@dataclass(frozen=True, eq=False)
class Session:
    """One call of ``train`` on a fit.

    Attributes
    ----------
    fit : Fit
        Committed to while training runs, restored where a choice is broken off.
    setup : TrainingSetup
    reporter : Reporter
    stages : StageReporter
    jobs : int
        Processes asked for; 0: none was asked for.
    carry : callable
        ``carry(fit)`` returns an object with an attribute ``_model`` that can be pickled.
    check_options : callable
        ``check_options(options)`` raises where a checkpoint could not hold such a training.
    lines : bool
        Whether to print the memory that is needed, if it is large.
    progress : bool
        Whether a bar was asked for: then the memory is shown whatever its size.
    """

    fit: Fit
    setup: TrainingSetup
    reporter: Reporter
    stages: StageReporter
    jobs: int
    carry: Callable[[Fit], Any]
    check_options: Callable[[TrainingOptions], None]
    lines: bool = False
    progress: bool = False

    def run(self) -> None:
        """Choose, train, conclude."""
        with self.stages:
            before = replace(self.fit)
            try:
                self._run()
            except BaseException as fault:
                if self.fit.state is before.state:
                    self.fit.commit(model=before.model, tuning=before.tuning, stop=before.stop)
                elif self.fit.stop is _TRYING:
                    # The weights that the choice of the decay ended with; not trained since.
                    self.fit.commit(stop=explain_interrupted_choice(fault))
                raise

    def _run(self) -> None:
        fit, setup, checkpoint = self.fit, self.setup, self.reporter.checkpoint
        training_run = prepare_run(setup.model, restart_schedule(fit.state, setup), **setup.options)
        _warn_of_columns(fit.state, setup.model, training_run)
        self._report_memory(training_run)
        if checkpoint is not None:
            self.check_options(training_run.options)
            checkpoint.begin(fit.state, setup.iterations)
        if setup.automatic and setup.search is None:
            tuning = replace(fit.tuning or Tuning(), summary=setup.describe(setup.decay_note))
            fit.commit(model=setup.model, tuning=tuning)
        with self._make_pool() as workers:
            choice = None
            if setup.search is not None:
                training_run, choice = self._choose(training_run, workers)
                if checkpoint is not None:
                    checkpoint.begin(fit.state, setup.iterations)
            self._begin_stage()
            with self.reporter:
                self._train(training_run, choice, workers)
        if setup.automatic:
            end = describe_loss(fit.model, fit.state.theta)
            self.stages.end(f"Trained to {end[0].lower()}{end[1:]}")
        if checkpoint is not None:
            checkpoint.finish(fit.stop)

    def _report_memory(self, training_run: TrainingRun) -> None:
        """Print how much memory is needed beyond the network, if it is large or was asked for."""
        search, model, bar = self.setup.search, self.setup.model, self.reporter.bar
        if not self.lines and bar is None:
            return
        rows = 0 if search is None else count_sample_rows(model, search.max_cells)
        needed = estimate_memory(model, training_run, fold_rows=rows, processes=self.jobs)
        if bar is not None:
            bar.describe(f"{describe_bytes(sum(needed.values()))} of memory")
        if self.lines and (sum(needed.values()) > LARGE or (self.progress and bar is None)):
            print(describe_memory(needed), flush=True)

    def _make_pool(self) -> WorkerPool:
        """Return the worker pool for folds and starts: other processes if they were requested."""
        model, jobs = self.setup.model, self.jobs
        if jobs < 2:
            return WorkerPool(model, alone=jobs == 1)
        sendable = self.fit.share(self.fit.state)
        sendable.commit(model=model)
        # Pickle the other arguments of the tasks now, so that an error precedes the work.
        dump((self.setup.options, self.setup.search))
        return ProcessPool(model, jobs, self.carry(sendable), "_model")

    def _begin_stage(self) -> None:
        setup, starts = self.setup, self.setup.starts
        name = f"Training from {starts} starts" if starts > 1 else "Training"
        self.stages.begin(name, setup.fit_cost * starts)
        if not setup.automatic:
            self.stages.close()

    def _choose(
        self, training_run: TrainingRun, workers: WorkerPool
    ) -> tuple[TrainingRun, DecayChoice]:
        """Choose the decay; return the training with it, and the choice."""
        fit, setup = self.fit, self.setup
        generator = restore_generator(training_run.state.generator_state)
        choices = self._list_choices(training_run, generator, workers)
        with closing(choices):
            for choice in choices:
                state = replace(training_run.state, generator_state=generator.bit_generator.state)
                if choice.theta is not None:
                    # After an interrupt the network has the best fit so far.
                    start = fit.state.restart(choice.theta)
                    fit.commit(model=choice.model, tuning=choice.tuning, state=start, stop=_TRYING)
        tuning = replace(choice.tuning, summary=setup.describe(choice.tuning.summary))
        fit.commit(model=choice.model, tuning=tuning, stop=_TRYING)
        return prepare_run(choice.model, state, **setup.options), choice

    def _list_choices(
        self, training_run: TrainingRun, generator: np.random.Generator, workers: WorkerPool
    ) -> Generator[DecayChoice, None, None]:
        """Yield the best decay so far, by cross-validation or by evidence."""
        model, search = self.setup.model, self.setup.search
        assert search is not None
        if isinstance(search, EvidenceSearch):
            theta = training_run.state.theta
            return choose_by_evidence(model, search, theta, generator, self.stages, workers)
        kept = training_run.kept_rows
        return choose_decay(model, search, kept, generator, self.stages, workers)

    def _train(
        self, training_run: TrainingRun, choice: DecayChoice | None, workers: WorkerPool
    ) -> None:
        """Train from one start or from several, and report what is wrong with the end."""
        before = self.fit.state.iteration
        starts = self._draw_starts(training_run, None if choice is None else choice.theta)
        if len(starts.states) == 1:
            state = replace(starts.states[0], generator_state=starts.generator_state)
            last = run(
                self.fit, replace(training_run, state=state), starts.iterations, self.reporter
            )
            made = 0 if last is None else last.state.iteration - before
            if choice is not None and choice.ends:
                self.fit.commit(ends=choice.train_on(self.fit.state.theta).ends)
        else:
            last = train_from_starts(self.fit, starts, self.reporter, workers)
            made = sum(end.iterations for end in self.fit.ends)
        if last is not None:
            self._conclude(last, training_run, before, made)
        if choice is not None and choice.warning:
            assert self.fit.stop is not None
            self.fit.commit(stop=Stop(False, self.fit.stop.message))
            warn(choice.warning, ConvergenceWarning)

    def _draw_starts(self, training_run: TrainingRun, chosen: Any) -> Starts:
        """Draw starts beside those that exist: the present weights, and those of a choice."""
        setup, generator = self.setup, restore_generator(training_run.state.generator_state)
        states = [] if setup.fresh else [training_run.state]
        states += [] if chosen is None else [training_run.state.restart(chosen)]
        missing = range(setup.starts - len(states))
        # All weights are drawn before any is frozen in a state.
        drawn = [self.fit.model.draw(generator) for _ in missing]
        if (mask := training_run.options.mask) is not None:
            drawn = [np.where(mask, each, training_run.state.theta) for each in drawn]
        states += map(training_run.state.restart, drawn)
        after = generator.bit_generator.state
        return Starts(states, after, training_run, setup.options, setup.iterations)

    def _conclude(
        self, last: StepResult, training_run: TrainingRun, before: int, made: int
    ) -> None:
        """Commit the message, and warn where the fit is poor or overconfident."""
        fit, setup = self.fit, self.setup
        tuning = fit.tuning if setup.automatic or setup.search is not None else None
        # Held-out rows are stronger evidence than a comparison with an intercept on training rows.
        # An optimum of the evidence is one even where an intercept alone is as good.
        tried = isinstance(setup.search, EvidenceSearch)
        tried |= setup.automatic and tuning is not None and bool(tuning.trials)
        expected = fit.state.iteration >= max(_BEFORE_JUDGEMENT, before + 1)
        judged = (expected or not last.by_request) and not tried
        found = conclude(fit, last, training_run, judged, made, tuning.summary if tuning else "")
        assert fit.stop is not None
        if found.serious:
            # Collinear columns were warned of before training.
            whole = fit.stop.message.removesuffix(f" {found.note}")
            warn(whole if last.diverged else found.message, ConvergenceWarning)
        if last.diverged:
            return
        warning = ""
        # Manual training may end before convergence; held-out losses are in the history.
        if tuning is not None:
            no_signal, validation = (
                tried and lacks_signal(fit.model, tuning),
                training_run.options.validation,
            )
            warning = diagnose_overconfidence(
                fit.model, fit.state.theta, tuning, validation, no_signal
            )
        elif judged and not found.serious:
            warning = diagnose_memorization(
                fit.model, fit.state.theta, training_run.rows, training_run.options.mask
            )
        if warning:
            fit.commit(stop=Stop(fit.stop.converged, f"{fit.stop.message} {warning}"))
            warn(warning, OverconfidenceWarning)


def _warn_of_columns(state: State, model: Model, training_run: TrainingRun) -> None:
    """Warn before the first training of columns that are exactly collinear, and of unequal spreads.

    Spreads of columns of X, and of responses.
    """
    if state.iteration:
        return
    if collinear := describe_collinear_columns(model, training_run.options.mask):
        warn(collinear, DataWarning)
    # Without hidden units an optimizer that standardizes columns itself is not misled.
    safe = training_run.objective.standardized and not model.perceptron.activations
    if not safe and (unequal := compare_spreads(model)):
        warn(f"{unequal}: training may be slow or go astray. Pass scale=True.", DataWarning)
    if apart := compare_responses(model):
        warn(apart, DataWarning)
