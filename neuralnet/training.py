"""The training loop, as a generator of finished states.

Whoever runs it decides what to keep, print or save; the loop itself stores nothing. Knows no
data frame and no network.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .objective import Objective
from .protocols import Optimizer, Stop, slide
from .schedules import Schedule
from .stopping import Rules, Watch

__all__ = ["Plan", "State", "Step", "advance", "finish", "restore_generator"]

Vector = NDArray[np.float64]

# Those whose state is plain numbers.
_BIT_GENERATORS = {
    name: getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
}

USED_UP = "The iterations asked for are used up."


@dataclass(frozen=True, eq=False)
class State:
    """All that training needs to go on from where it stands: the one committed record.

    Attributes
    ----------
    theta : (P,) array
        Raw weights; read-only.
    optimizer : Optimizer or None
        Whose state it is; None before training and after weights were assigned.
    optimizer_state : object
        Plain numbers and arrays.
    generator_state : mapping
        Of the network's random generator.
    iteration : int
        Updates so far.
    schedule : Schedule or None
        Of the learning rate, where it changes.
    schedule_state : object
        Plain numbers.
    watch : Watch
        What the stopping rules remember.
    split : tuple of (share, mask) or None
        The rows that were last held out at random, to be held out again.
    """

    theta: Vector
    optimizer: Optimizer | None
    optimizer_state: Any
    generator_state: Mapping[str, Any]
    iteration: int
    schedule: Schedule | None = None
    schedule_state: Any = None
    watch: Watch = field(default_factory=Watch)
    split: tuple[float, NDArray[np.bool_]] | None = None

    def restart(self, theta: Vector) -> State:
        """The same before training from other weights, read-only; the iterations stay counted."""
        theta.flags.writeable = False
        return State(theta, None, None, self.generator_state, self.iteration, split=self.split)


@dataclass(frozen=True, eq=False)
class Plan:
    """How to train, whatever the number of iterations.

    Attributes
    ----------
    optimizer : Optimizer
    schedule : Schedule or None
        Gives the optimizer's learn_rate, iteration by iteration.
    rules : Rules
        What ends training besides the optimizer's own rule.
    batch_size : int or None
        Rows of a mini-batch; None: all rows at once.
    validation : Objective or None
        Of the rows held out.
    holdout : str
        A digest of those rows.
    weights : tuple of float
        Of the rows to train on and of those rows.
    """

    optimizer: Optimizer
    schedule: Schedule | None = None
    rules: Rules = field(default_factory=Rules)
    batch_size: int | None = None
    validation: Objective | None = None
    holdout: str = ""
    weights: tuple[float, float] = (math.nan, math.nan)


@dataclass(frozen=True, eq=False)
class Step:
    """One turn of the loop.

    Attributes
    ----------
    state : State
        After the update; where the loss failed, the last state with a finite loss.
    loss : float
        Before the update, without penalty; nan where none was made. With mini-batches the sum of
        what each batch met.
    stop : Stop or None
        Why this is the last turn, if it is.
    failed : bool
        Whether the loss was no finite number.
    before : State or None
        Before the update.
    validation_loss : float
        On the rows held out, before the update.
    learn_rate : float
        That a schedule gave.
    """

    state: State
    loss: float
    stop: Stop | None
    failed: bool = False
    before: State | None = None
    validation_loss: float = math.nan
    learn_rate: float = math.nan

    @property
    def updated(self) -> bool:
        """Whether an update was made."""
        return not math.isnan(self.loss)


def advance(objective: Objective, plan: Plan, state: State, iterations: int) -> Iterator[Step]:
    """Run up to so many updates; each turn yields a whole state.

    Whoever takes the turns hands the last one to `finish`.
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
    before, rate = state, math.nan
    for _ in range(iterations):
        step = _update(objective, plan, state)
        if not math.isfinite(step.loss):
            if begun := plan.batch_size is not None and _is_finite(objective, state):
                # It was some mini-batch of this very pass that led astray.
                before, rate = state, step.learn_rate
            begun = begun or before is not state
            stop = _diverged(step.loss, state, before, _find_rate(plan, rate), begun)
            yield Step(before, math.nan, stop, failed=True)
            return
        yield step
        if step.stop:
            return
        before, state, rate = state, step.state, step.learn_rate


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


def restore_generator(generator_state: Mapping[str, Any]) -> Generator:
    """A generator that goes on where another one stood."""
    generator = Generator(_BIT_GENERATORS[generator_state["bit_generator"]]())
    generator.bit_generator.state = generator_state
    return generator


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


def _update(objective: Objective, plan: Plan, state: State) -> Step:
    """One pass over the rows; a loss that is no finite number comes back as it is."""
    coordinates, rules, schedule = objective.coordinates, plan.rules, plan.schedule
    optimizer, rate = plan.optimizer, math.nan
    if schedule is not None:
        rate = schedule.rate(state.schedule_state)
        optimizer = replace(optimizer, learn_rate=rate)  # type: ignore[type-var]
    phi = coordinates.from_raw(state.theta)
    made = _sweep(objective, plan, optimizer, phi, state)
    if not math.isfinite(made.loss):
        return Step(state, made.loss, None, learn_rate=rate)
    held = math.nan if plan.validation is None else plan.validation.evaluate(phi).loss
    theta = coordinates.to_raw(made.phi)
    theta.flags.writeable = False
    schedule_state, watch = state.schedule_state, state.watch
    if schedule is not None:
        watched = made.value if plan.validation is None else held
        schedule_state = schedule.step(schedule_state, watched)
    if rules.remember:
        watch = rules.observe(watch, made.value, held, state.theta, state.iteration)
    after = State(
        theta,
        plan.optimizer,
        made.memory,
        made.generator_state,
        state.iteration + 1,
        schedule,
        schedule_state,
        watch,
        state.split,
    )
    stop = (
        rules.judge(made.loss, made.value, made.gradient)
        or plan.optimizer.verdict(made.memory, made.value)
        or rules.recall(watch)
    )
    return Step(after, made.loss, stop, before=state, validation_loss=held, learn_rate=rate)


class _Sweep(NamedTuple):
    """What one pass over the rows came to."""

    phi: Vector
    memory: Any
    value: float
    loss: float
    generator_state: Mapping[str, Any]
    gradient: Vector | None = None


def _sweep(
    objective: Objective, plan: Plan, optimizer: Optimizer, phi: Vector, state: State
) -> _Sweep:
    """One step on all rows, or one on each mini-batch of them in a new order."""
    memory, generator_state = state.optimizer_state, state.generator_state
    if plan.batch_size is None:
        listens = plan.rules.gradient_tolerance is not None
        asked: Any = _Listener(objective, phi) if listens else objective
        moved, memory, value = optimizer.step(asked, phi, memory)
        loss = objective.loss(value, phi) if math.isfinite(value) else value
        gradient = asked.gradient if listens else None
        if gradient is not None:
            gradient = slide(objective, phi, gradient)
        return _Sweep(moved, memory, value, loss, generator_state, gradient)
    generator = restore_generator(generator_state)
    order = generator.permutation(objective.n_rows)
    total = losses = 0.0
    for part in objective.deal(order, plan.batch_size):
        moved, memory, value = optimizer.step(part, phi, memory)
        # Once it is no finite number, it stays so in the sums.
        losses += part.loss(value, phi) if math.isfinite(value) else value
        total, phi = total + value, moved
        if not math.isfinite(total):
            break
    return _Sweep(phi, memory, total, losses, generator.bit_generator.state)


class _Listener:
    """An objective that keeps the gradient which it gave at one point, if it was asked there."""

    def __init__(self, objective: Objective, point: Vector) -> None:
        self._objective, self._point = objective, point
        self.gradient: Vector | None = None

    def __call__(self, phi: Vector) -> tuple[float, Vector]:
        value, gradient = self._objective(phi)
        if np.array_equal(phi, self._point):
            self.gradient = gradient
        return value, gradient

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objective, name)


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
