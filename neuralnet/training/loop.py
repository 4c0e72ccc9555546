"""The training loop, as a generator of completed states.

The caller decides what to store, print or save; the loop itself stores nothing. Knows no data
frame and no network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..optimizers import GradientDescent, Optimizer, Stop, read_capabilities
from ..perceptron import Objective, Unscaled, check_convergence
from .state import Lowest, State, StepResult, TrainingOptions
from .stopping import StoppingState
from .updates import run_updates

# Losses that differ by a smaller share may be equal but for rounding.
_ROUNDING = 1e-9
LIMIT_REACHED = "Reached the maximum number of iterations."


def advance(
    objective: Objective,
    options: TrainingOptions,
    state: State,
    iterations: int,
    pause: Callable[[int], int] = lambda iteration: 1,
) -> Iterator[StepResult]:
    """Run up to ``iterations`` updates; each step yields a complete state.

    ``pause(iteration)`` returns the number of updates until the caller next needs control. Fewer
    may be run; grouping does not affect results. The caller hands the last step to `finish`.
    """
    former, state = state, _prepare_state(objective, options, state)
    if iterations and (stop := _check_ended(options, former, state)):
        # Continuing would make train(a).train(b) differ from train(a + b).
        yield StepResult(state, stop=stop)
        return
    last = state.stopping.theta_to_resume
    if last is not None:
        state = replace(state, theta=last, stopping=replace(state.stopping, theta_to_resume=None))
    lowest, rate, end = None, math.nan, state.iteration + iterations
    while state.iteration < end:
        updates = min(end - state.iteration, max(1, pause(state.iteration)))
        result = run_updates(objective, options, state, updates, lowest)
        if result.diverged:
            if options.batch_size is not None and (here := _measure(objective, options, state)):
                # A mini-batch of this pass diverged.
                lowest = here if lowest is None or here.loss < lowest.loss else lowest
                rate = result.learn_rate
            yield _restore_lowest(objective, options, state, lowest, result.loss, rate)
            return
        yield result
        if result.error is not None:
            raise result.error
        if result.stop:
            return
        state, lowest, rate = result.state, result.lowest, result.learn_rate


def finish(
    objective: Objective, options: TrainingOptions, last: StepResult, reason: Stop | None = None
) -> StepResult:
    """Finalize: attach the stop reason; restore the best (or last finite) weights.

    ``reason`` is why the caller stops before the maximum number of iterations. Weights without
    a finite loss are replaced by those of the lowest loss, and all others by those of the lowest
    loss on the rows held out.
    """
    if not (last.updated or last.diverged):
        resumable = last.state.stopping.theta_to_resume is not None
        if last.stop is None or options.validation is None or not resumable:
            return last
        # It had ended before, with the best weights restored.
        return replace(last, stop=_mention_best(last.stop, last.state.stopping))
    phi = objective.scaling.from_raw(last.state.theta)
    if last.updated and not math.isfinite(loss := objective.evaluate(phi).loss):
        last = _restore_lowest(objective, options, last.state, last.lowest, loss, last.learn_rate)
    stop = last.stop or reason or Stop(False, LIMIT_REACHED)
    state, stop = keep_best(objective, options, last.state, stop)
    return replace(last, state=state, stop=stop, by_request=last.stop is None)


def keep_best(
    objective: Objective, options: TrainingOptions, state: State, stop: Stop
) -> tuple[State, Stop]:
    """Return to the weights of the lowest loss on the rows held out, if there are any.

    Further training continues from the last weights.
    """
    stopping = state.stopping
    if options.validation is None or stopping.best_theta is None:
        return state, stop
    phi = objective.scaling.from_raw(state.theta)
    if options.validation.evaluate(phi).loss < stopping.best:
        return state, stop
    # A copy of the state, by clone(), may be writeable.
    stopping.best_theta.flags.writeable = False
    resumable = replace(stopping, theta_to_resume=state.theta)
    best = replace(state, theta=stopping.best_theta, stopping=resumable)
    return best, _mention_best(stop, stopping)


def keep_lowest(
    objective: Objective, options: TrainingOptions, last: StepResult, stop: Stop
) -> tuple[State, Stop]:
    """Return to the weights of the lowest penalized loss of this call, if the last are worse.

    Further training by the same optimizer continues from the last weights. Gradient descent keeps
    these: its next step is one from the weights that the network shows.
    """
    state = last.state
    if last.lowest is None or isinstance(options.optimizer, GradientDescent):
        return state, stop
    here = _measure(objective, options, state)
    # With mini-batches the lowest loss is a sum over weights that change.
    if here is not None and options.batch_size is None and not _is_lower(last.lowest, here):
        return state, stop
    best = _repeat_updates(objective, options, last.lowest)
    there = _measure(objective, options, best)
    if there is None or (here is not None and not _is_lower(there, here)):
        return state, stop
    resumable = replace(state.stopping, theta_to_resume=state.theta)
    text = f"The weights of iteration {best.iteration} are kept, where the loss was lowest."
    kept = replace(state, theta=best.theta, stopping=resumable)
    return kept, Stop(False, f"{stop.message} {text}")


def _is_lower(one: Lowest, other: Lowest) -> bool:
    """True if a loss is lower than another one by more than rounding."""
    return one.loss < other.loss - _ROUNDING * abs(other.loss)


def _prepare_state(objective: Objective, options: TrainingOptions, state: State) -> State:
    """Reset what does not fit the options: states of optimizer, schedule and stopping rules."""
    stopping = state.stopping
    # An optimizer state may depend on the loss of the rows to train on, which are others then, and
    # has entries for the free weights alone.
    same = _is_compatible(options.optimizer, state.optimizer)
    same = same and stopping.holdout == options.holdout
    same = same and _equal(state.mask, options.mask)
    if not same:
        phi = objective.scaling.from_raw(state.theta)
        state = replace(state, optimizer_state=options.optimizer.init(phi), schedule=None)
    if options.schedule != state.schedule:
        first = None if options.schedule is None else options.schedule.init()
        state = replace(state, schedule=options.schedule, schedule_state=first)
    if not (same and options.rules.needs_history):
        # The history still shows losses of rows held out before, per unit of their weight.
        weights = stopping.weights if options.validation is None else options.weights
        fresh = StoppingState(holdout=options.holdout, weights=weights)
        # An interrupted training continues from its last weights.
        last = stopping.theta_to_resume if same else None
        state = replace(state, stopping=replace(fresh, theta_to_resume=last))
    return replace(state, optimizer=options.optimizer, mask=options.mask)


def _equal(mask: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> bool:
    if mask is None or other is None:
        return mask is other
    return np.array_equal(mask, other)


def _is_compatible(optimizer: Optimizer, former: Optimizer | None) -> bool:
    """True if an optimizer continues another's state: only rate and tolerance may differ."""
    if type(optimizer) is not type(former):
        return False
    if is_dataclass(optimizer) and not isinstance(optimizer, type):
        free = {"learn_rate", "gradient_tolerance"} & {field.name for field in fields(optimizer)}
        optimizer = replace(optimizer, **{name: getattr(former, name) for name in free})
    return optimizer == former


def _check_ended(options: TrainingOptions, former: State, state: State) -> Stop | None:
    """Return the stop reason if training was over before the first update; else None."""
    memory, stop = state.optimizer_state, None
    # A new optimizer state has made no step that could be checked.
    if former.optimizer is not None and memory is former.optimizer_state:
        stop = check_convergence(options.optimizer, memory, math.nan)
    return stop or options.rules.check_history(state.stopping)


def _measure(objective: Objective, options: TrainingOptions, state: State) -> Lowest | None:
    """The monitored loss of a state; None where the loss is not finite."""
    phi = objective.scaling.from_raw(state.theta)
    value, _ = objective(phi)
    if not math.isfinite(value):
        return None
    held_out = options.validation
    return Lowest(value if held_out is None else held_out.evaluate(phi).loss, state, 0)


def _restore_lowest(
    objective: Objective,
    options: TrainingOptions,
    state: State,
    lowest: Lowest | None,
    loss: float,
    rate: float,
) -> StepResult:
    """Return to the state of the lowest loss, after a loss that is not finite."""
    best = state if lowest is None else _repeat_updates(objective, options, lowest)
    stop = _explain_divergence(
        objective, loss, state, None if lowest is None else best, _find_rate(options, rate)
    )
    return StepResult(best, stop=stop, diverged=True)


def _repeat_updates(objective: Objective, options: TrainingOptions, lowest: Lowest) -> State:
    """The state of the lowest loss.

    States within a step are not stored: its updates up to that loss are run once more.
    """
    best, end = lowest.state, lowest.state.iteration + lowest.updates
    while best.iteration < end:
        result = run_updates(objective, options, best, end - best.iteration)
        assert not result.diverged
        if result.error is not None:
            raise result.error
        best = result.state
    return best


def _find_rate(options: TrainingOptions, scheduled: float) -> float | None:
    """The learning rate of an update; None where the optimizer has none."""
    if options.schedule is not None:
        return scheduled
    return read_capabilities(options.optimizer).learn_rate


def _mention_best(stop: Stop, stopping: StoppingState) -> Stop:
    """Add to a stop reason that the best weights on held-out rows were restored."""
    best, weight = stopping.best, stopping.weights[1]
    name = "validation loss"
    # Sums over different numbers of rows are not comparable.
    if not math.isnan(weight):
        name, best = f"{name} per row", best / weight
    # These are no optimum on the rows to train on, whether the last ones are or not.
    return Stop(
        False,
        f"{stop.message} The weights of iteration {stopping.best_iteration} are kept, where the "
        f"{name} was lowest, {best:.5g}.",
    )


def _explain_divergence(
    objective: Objective, loss: float, state: State, restored: State | None, rate: float | None
) -> Stop:
    """The stop reason after a loss that is not finite, with remedies."""
    name = "not a number" if math.isnan(loss) else "infinite"
    remedies = ["scale=True", "columns whose values are of similar size"]
    if not isinstance(objective.scaling, Unscaled):
        remedies = []
    if restored is None:
        text = f"The loss is {name} where training starts; nothing is changed."
        remedies.insert(0, "smaller weights")
    else:
        text = (
            f"The loss became {name} at iteration {state.iteration + 1}; training is back at the "
            f"weights of iteration {restored.iteration}, where the loss was lowest."
        )
        if rate is not None:
            remedies.insert(0, f"a learn_rate well below {rate:g}")
    *most, last = remedies or ["another optimizer"]
    comma = "," if len(most) > 1 else ""
    choice = f"{', '.join(most)}{comma} or {last}" if most else last
    return Stop(False, f"{text} Try {choice}.")
