"""The training loop, as a generator of finished states.

Whoever runs it decides what to keep, print or save; the loop itself stores nothing. Knows no
data frame and no network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace

from ..errors import unwarned
from ..optimizers import Optimizer, Stop
from ..perceptron import Objective, Unscaled, ask_verdict
from .state import Lowest, Plan, State, Step
from .stopping import Watch
from .updates import Failure, take_turn

USED_UP = "The iterations are used up."


def advance(
    objective: Objective,
    plan: Plan,
    state: State,
    iterations: int,
    pause: Callable[[int], int] = lambda iteration: 1,
) -> Iterator[Step]:
    """Run up to so many updates; each turn yields a whole state.

    ``pause(iteration)`` says in how many updates from there somebody wants to look. A turn may be
    shorter, as none takes longer than a blink; where turns end changes no number. Whoever takes the
    turns hands the last one to `finish`.
    """
    former = state
    state = _take_up(objective, plan, state)
    memory, watch = state.optimizer_state, state.watch
    # An optimizer that has made no step yet has nothing to judge.
    begun = former.optimizer is not None and memory is former.optimizer_state
    ended = (ask_verdict(plan.optimizer, memory, math.nan) if begun else None) or plan.rules.recall(
        watch
    )
    if iterations and ended:
        # It had ended before: to go on would part ``train(a).train(b)`` from ``train(a + b)``.
        yield Step(state, math.nan, ended)
        return
    if watch.ahead is not None:
        state = replace(state, theta=watch.ahead, watch=replace(watch, ahead=None))
    lowest, rate, end = None, math.nan, state.iteration + iterations
    while state.iteration < end:
        wanted = min(end - state.iteration, max(1, pause(state.iteration)))
        made = take_turn(objective, plan, state, wanted, lowest)
        if isinstance(made, Failure):
            if plan.batch_size is not None and (here := _look(objective, plan, state)):
                # It was some mini-batch of this very pass that led astray.
                lowest = here if lowest is None or here.loss < lowest.loss else lowest
                rate = made.rate
            yield _fall_back(objective, plan, state, lowest, made.loss, rate)
            return
        yield made
        if made.fault is not None:
            raise made.fault
        if made.stop:
            return
        state, lowest, rate = made.state, made.lowest, made.learn_rate


@unwarned
def finish(objective: Objective, plan: Plan, last: Step, asked: Stop | None = None) -> Step:
    """The last turn with a reason, and with what may have to replace its weights.

    ``asked`` is why no more is wanted, if it is not that the iterations are used up.
    Weights whose loss is no finite number give way to those of the lowest loss, and all others to
    those with the lowest loss on the rows held out.
    """
    if not (last.updated or last.failed):
        if last.stop is None or last.state.watch.ahead is None:
            return last
        # It had ended before, and the best weights were kept.
        return replace(last, stop=_tell_kept(last.stop, last.state.watch))
    phi = objective.scaling.from_raw(last.state.theta)
    if last.updated and not math.isfinite(loss := objective.evaluate(phi).loss):
        last = _fall_back(objective, plan, last.state, last.lowest, loss, last.learn_rate)
        phi = objective.scaling.from_raw(last.state.theta)
    state, watch = last.state, last.state.watch
    stop = last.stop or asked or Stop(False, USED_UP)
    last = replace(last, stop=stop, asked=last.stop is None)
    if (
        plan.validation is None
        or watch.best_theta is None
        or plan.validation.evaluate(phi).loss < watch.best
    ):
        return last
    # A copy of the state, by clone(), may be written to.
    watch.best_theta.flags.writeable = False
    return replace(
        last,
        state=replace(state, theta=watch.best_theta, watch=replace(watch, ahead=state.theta)),
        stop=_tell_kept(stop, watch),
    )


def _take_up(objective: Objective, plan: Plan, state: State) -> State:
    """The state with a memory of this plan's own: that of before, where it fits."""
    watch = state.watch
    # Other rows held out are other rows to train on, of which an optimizer may remember the loss.
    fits = _fits(plan.optimizer, state.optimizer) and watch.holdout == plan.holdout
    if not fits:
        phi = objective.scaling.from_raw(state.theta)
        state = replace(state, optimizer_state=plan.optimizer.init(phi), schedule=None)
    if plan.schedule != state.schedule:
        first = None if plan.schedule is None else plan.schedule.init()
        state = replace(state, schedule=plan.schedule, schedule_state=first)
    if not (fits and plan.rules.remember):
        # Those of rows held out before: the history goes on showing what these came to.
        weights = watch.weights if plan.validation is None else plan.weights
        state = replace(state, watch=Watch(holdout=plan.holdout, weights=weights))
    return replace(state, optimizer=plan.optimizer)


def _fits(optimizer: Optimizer, former: Optimizer | None) -> bool:
    """Whether the memory of one goes on in the other: another rate or rule does not end it."""
    if type(optimizer) is not type(former):
        return False
    if is_dataclass(optimizer) and not isinstance(optimizer, type):
        free = {"learn_rate", "gradient_tolerance"} & {field.name for field in fields(optimizer)}
        optimizer = replace(optimizer, **{name: getattr(former, name) for name in free})
    return optimizer == former


def _look(objective: Objective, plan: Plan, state: State) -> Lowest | None:
    """A state and its loss, as turns watch it; None where the loss is no finite number."""
    phi = objective.scaling.from_raw(state.theta)
    value, _ = objective(phi)
    if not math.isfinite(value):
        return None
    watched = value if plan.validation is None else plan.validation.evaluate(phi).loss
    return Lowest(watched, state, 0)


def _fall_back(
    objective: Objective,
    plan: Plan,
    state: State,
    lowest: Lowest | None,
    loss: float,
    rate: float,
) -> Step:
    """Where training stood at its lowest loss, after it has come to a state without a finite one.

    No turn keeps the states between its ends: the updates up to that loss are made once more.
    """
    kept, updates = (state, 0) if lowest is None else (lowest.state, lowest.updates)
    end = kept.iteration + updates
    while kept.iteration < end:
        made = take_turn(objective, plan, kept, end - kept.iteration)
        assert isinstance(made, Step)
        if made.fault is not None:
            raise made.fault
        kept = made.state
    stop = _diverged(
        objective, loss, state, None if lowest is None else kept, _find_rate(plan, rate)
    )
    return Step(kept, math.nan, stop, failed=True)


def _find_rate(plan: Plan, scheduled: float) -> float | None:
    """The rate of an update, given that of the schedule; None where the optimizer has none."""
    if plan.schedule is not None:
        return scheduled
    rate: float | None = getattr(plan.optimizer, "learn_rate", None)
    return rate


def _tell_kept(stop: Stop, watch: Watch) -> Stop:
    best, weight = watch.best, watch.weights[1]
    # Beside other losses in a message, sums over fewer rows would mislead.
    what = "validation loss"
    if not math.isnan(weight):
        what, best = f"{what} per row", best / weight
    # These are no optimum on the rows to train on, whatever the last ones are.
    return Stop(
        False,
        f"{stop.message} The weights of iteration {watch.best_iteration} are kept, where the "
        f"{what} was lowest, {best:.5g}.",
    )


def _diverged(
    objective: Objective, loss: float, state: State, kept: State | None, rate: float | None
) -> Stop:
    what = "not a number" if math.isnan(loss) else "infinite"
    remedies = ["scale=True", "columns whose values are of similar size"]
    if not isinstance(objective.scaling, Unscaled):
        remedies = []
    if kept is None:
        told = f"The loss is {what} where training starts; nothing is changed."
        remedies.insert(0, "smaller weights")
    else:
        told = (
            f"The loss became {what} at iteration {state.iteration + 1}; training is back at the "
            f"weights of iteration {kept.iteration}, where the loss was lowest."
        )
        if rate is not None:
            remedies.insert(0, f"a learn_rate well below {rate:g}")
    *most, last = remedies or ["another optimizer"]
    comma = "," if len(most) > 1 else ""
    either = f"{', '.join(most)}{comma} or {last}" if most else last
    return Stop(False, f"{told} Try {either}.")
