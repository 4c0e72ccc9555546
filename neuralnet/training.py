"""The training loop, as a generator of finished states.

Whoever runs it decides what to keep, print or save; the loop itself stores nothing. Knows no
data frame and no network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace

from .objective import Objective
from .protocols import Optimizer, Stop, unwarned
from .states import Plan, State, Step
from .stopping import Watch
from .turns import Failure, take_turn

__all__ = ["advance", "finish"]

USED_UP = "The iterations asked for are used up."


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
    ended = (plan.optimizer.verdict(memory, math.nan) if begun else None) or plan.rules.recall(
        watch
    )
    if iterations and ended:
        # It had ended before: to go on would part ``train(a).train(b)`` from ``train(a + b)``.
        yield Step(state, math.nan, ended)
        return
    if watch.ahead is not None:
        state = replace(state, theta=watch.ahead, watch=replace(watch, ahead=None))
    before, rate, end = state, math.nan, state.iteration + iterations
    while state.iteration < end:
        wanted = min(end - state.iteration, max(1, pause(state.iteration)))
        made = take_turn(objective, plan, state, wanted)
        if isinstance(made, Failure):
            if begun := plan.batch_size is not None and _is_finite(objective, state):
                # It was some mini-batch of this very pass that led astray.
                before, rate = state, made.rate
            begun = begun or before is not state
            stop = _diverged(made.loss, state, before, _find_rate(plan, rate), begun)
            yield Step(before, math.nan, stop, failed=True)
            return
        yield made
        if made.fault is not None:
            raise made.fault
        if made.stop:
            return
        assert made.before is not None
        before, state, rate = made.before, made.state, made.learn_rate


@unwarned
def finish(objective: Objective, plan: Plan, last: Step) -> Step:
    """The last turn with a reason, and with what may have to replace its weights.

    Weights whose loss is no finite number give way to those before them, and all others to those
    with the lowest loss on the rows held out.
    """
    state, watch = last.state, last.state.watch
    if not last.updated:
        if last.stop is None or watch.ahead is None:
            return last
        # It had ended before, and the best weights were kept.
        return replace(last, stop=_tell_kept(last.stop, watch))
    phi = objective.coordinates.from_raw(state.theta)
    loss = objective.evaluate(phi).loss
    if not math.isfinite(loss):
        assert last.before is not None
        stop = _diverged(loss, state, last.before, _find_rate(plan, last.learn_rate), begun=True)
        return Step(last.before, math.nan, stop, failed=True)
    stop = last.stop or Stop(False, USED_UP)
    if (
        plan.validation is None
        or watch.best_theta is None
        or plan.validation.evaluate(phi).loss < watch.best
    ):
        return replace(last, stop=stop)
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
        phi = objective.coordinates.from_raw(state.theta)
        state = replace(state, optimizer_state=plan.optimizer.init(phi), schedule=None)
    if plan.schedule != state.schedule:
        first = None if plan.schedule is None else plan.schedule.init()
        state = replace(state, schedule=plan.schedule, schedule_state=first)
    if not (fits and plan.rules.remember):
        state = replace(state, watch=Watch(holdout=plan.holdout, weights=plan.weights))
    return replace(state, optimizer=plan.optimizer)


def _fits(optimizer: Optimizer, former: Optimizer | None) -> bool:
    """Whether the memory of one goes on in the other: another rate or rule does not end it."""
    if type(optimizer) is not type(former):
        return False
    if is_dataclass(optimizer) and not isinstance(optimizer, type):
        free = {"learn_rate", "gradient_tolerance"} & {field.name for field in fields(optimizer)}
        optimizer = replace(optimizer, **{name: getattr(former, name) for name in free})
    return optimizer == former


def _is_finite(objective: Objective, state: State) -> bool:
    """Whether the loss at these weights is."""
    phi = objective.coordinates.from_raw(state.theta)
    return math.isfinite(objective.evaluate(phi).loss)


def _find_rate(plan: Plan, scheduled: float) -> float | None:
    """The rate of an update, given that of the schedule; None where the optimizer has none."""
    if plan.schedule is not None:
        return scheduled
    rate: float | None = getattr(plan.optimizer, "learn_rate", None)
    return rate


def _tell_kept(stop: Stop, watch: Watch) -> Stop:
    return Stop(
        stop.converged,
        f"{stop.message} The weights of iteration {watch.best_iteration} are kept, where the "
        f"validation loss was lowest, {watch.best:.5g}.",
    )


def _diverged(value: float, state: State, kept: State, rate: float | None, begun: bool) -> Stop:
    what = "not a number" if math.isnan(value) else "infinite"
    smaller = f"a learn_rate well below {rate:g}, " if rate is not None else ""
    if not begun:
        told = (
            f"The loss is {what} where training starts; nothing is changed. Try smaller weights, "
        )
    else:
        told = (
            f"The loss became {what} at iteration {state.iteration + 1}; the weights of iteration "
            f"{kept.iteration} are kept, the last with a finite loss. They may have gone far "
            f"astray: make the network anew, and try {smaller}"
        )
    return Stop(False, f"{told}scale=True, or columns whose values are of similar size.")
