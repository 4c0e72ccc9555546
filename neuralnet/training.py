"""The training loop, as a generator of finished states.

Whoever runs it decides what to keep, print or save; the loop itself stores nothing. Knows no
data frame and no network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .objective import Objective
from .protocols import Optimizer, Stop, slide, unwarned
from .schedules import Schedule
from .stopping import Rules, Watch

__all__ = ["Plan", "State", "Step", "advance", "finish", "restore_generator"]

Vector = NDArray[np.float64]

# Those whose state is plain numbers.
_BIT_GENERATORS = {
    name: getattr(np.random, name) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
}

USED_UP = "The iterations asked for are used up."
# Seconds that may be lost where training is broken off: a turn ends with the update behind them.
_BLINK = 0.05


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

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the tolerance looks at what lies between two updates."""
        rules = self.rules
        return (
            self.schedule is None
            and self.batch_size is None
            and self.validation is None
            and rules.gradient_tolerance is None
            and not rules.remember
        )


@dataclass(frozen=True, eq=False)
class Step:
    """One turn of the loop: an update, or several in a row between which nobody looks.

    Attributes
    ----------
    state : State
        After the last update; where the loss failed, the last state with a finite loss.
    loss : float
        Before the last update, without penalty; nan where none was made. With mini-batches the sum
        of what each batch met.
    stop : Stop or None
        Why this is the last turn, if it is.
    failed : bool
        Whether the loss was no finite number.
    before : State or None
        Before the last update.
    validation_loss : float
        On the rows held out, before the last update.
    learn_rate : float
        That a schedule gave for it.
    rows : (updates, 3) array
        These three numbers for every update of the turn.
    fault : BaseException or None
        What broke the turn off behind its last update, and is raised next.
    """

    state: State
    loss: float
    stop: Stop | None
    failed: bool = False
    before: State | None = None
    validation_loss: float = math.nan
    learn_rate: float = math.nan
    rows: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    fault: BaseException | None = None

    @property
    def updated(self) -> bool:
        """Whether an update was made."""
        return not math.isnan(self.loss)


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
        made = _take_turn(objective, plan, state, wanted)
        if isinstance(made, _Failure):
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


class _Place(NamedTuple):
    """Where training stands between two updates: what changes in a state."""

    theta: Vector
    memory: Any
    generator_state: Mapping[str, Any]
    schedule_state: Any
    watch: Watch


class _Failure(NamedTuple):
    """A loss that is no finite number, and the rate of the update that met it."""

    loss: float
    rate: float


class _Update(NamedTuple):
    """What one update came to."""

    place: _Place
    loss: float
    held: float
    rate: float
    stop: Stop | None


class _Turn(NamedTuple):
    """Updates that are behind: their figures, the last two places, and what ended them."""

    rows: list[tuple[float, float, float]]
    before: _Place
    place: _Place
    stop: Stop | None = None
    fault: BaseException | None = None


@unwarned
def _take_turn(objective: Objective, plan: Plan, state: State, updates: int) -> Step | _Failure:
    """So many updates, or as many as take a blink or end well; a failure where there is none."""
    start = _Place(
        state.theta,
        state.optimizer_state,
        state.generator_state,
        state.schedule_state,
        state.watch,
    )
    turn = plan.is_plain and _go_straight(objective, plan, start, updates)
    turn = turn or _go_step_by_step(objective, plan, start, state.iteration, updates)
    if isinstance(turn, _Failure):
        return turn
    count = len(turn.rows)
    loss, held, rate = turn.rows[-1]
    return Step(
        _settle(plan, state, turn.place, count),
        loss,
        turn.stop,
        before=state if count == 1 else _settle(plan, state, turn.before, count - 1),
        validation_loss=held,
        learn_rate=rate,
        rows=np.array(turn.rows),
        fault=turn.fault,
    )


def _go_step_by_step(
    objective: Objective, plan: Plan, start: _Place, iteration: int, updates: int
) -> _Turn | _Failure:
    rows: list[tuple[float, float, float]] = []
    fault, deadline = None, perf_counter() + _BLINK
    # Set in one go, so that an interrupt finds a whole update here, or none of it.
    reached: tuple[int, _Place, _Place, Stop | None] = 0, start, start, None
    count, before, place, stop = reached
    try:
        while count < updates and stop is None:
            made = _update(objective, plan, place, iteration + count)
            if isinstance(made, _Failure):
                if not count:
                    return made
                break
            rows.append(made[1:4])
            count, before, place, stop = reached = count + 1, place, made.place, made.stop
            if perf_counter() > deadline:
                break
    except BaseException as caught:
        fault = caught
        count, before, place, stop = reached
        if not count:
            raise
    return _Turn(rows[:count], before, place, stop, fault)


def _go_straight(
    objective: Objective, plan: Plan, start: _Place, updates: int
) -> _Turn | _Failure | None:
    """In one go, without a look between two updates; None where the objective has no way to."""
    tolerance = plan.rules.tolerance
    made = objective.descend(plan.optimizer, start.theta, start.memory, updates, tolerance)
    if made is None:
        return None
    if not len(made.losses):
        return _Failure(made.loss, math.nan)
    rows = [(loss, math.nan, math.nan) for loss in made.losses.tolist()]
    theta, memory = made.before
    before = start._replace(theta=theta, memory=memory)
    place = start._replace(theta=made.theta, memory=made.memory)
    return _Turn(rows, before, place, plan.rules.judge(made.losses[-1], math.nan, None))


def _settle(plan: Plan, state: State, place: _Place, updates: int) -> State:
    """The state so many updates later."""
    place.theta.flags.writeable = False
    return replace(
        state,
        theta=place.theta,
        optimizer=plan.optimizer,
        optimizer_state=place.memory,
        generator_state=place.generator_state,
        iteration=state.iteration + updates,
        schedule_state=place.schedule_state,
        watch=place.watch,
    )


def _update(objective: Objective, plan: Plan, place: _Place, iteration: int) -> _Update | _Failure:
    """One pass over the rows."""
    coordinates, rules, schedule = objective.coordinates, plan.rules, plan.schedule
    optimizer, rate, held = plan.optimizer, math.nan, math.nan
    if schedule is not None:
        rate = schedule.rate(place.schedule_state)
        optimizer = replace(optimizer, learn_rate=rate)  # type: ignore[type-var]
    phi = coordinates.from_raw(place.theta)
    sweep = _sweep_rows if plan.batch_size is None else _sweep_batches
    moved, memory, value, loss, generator_state, gradient = sweep(
        objective, plan, optimizer, phi, place
    )
    if not math.isfinite(loss):
        return _Failure(loss, rate)
    if plan.validation is not None:
        held = plan.validation.evaluate(phi).loss
    schedule_state, watch = place.schedule_state, place.watch
    if schedule is not None:
        watched = value if plan.validation is None else held
        schedule_state = schedule.step(schedule_state, watched)
    stop = rules.judge(loss, value, gradient) or plan.optimizer.verdict(memory, value)
    if rules.remember:
        watch = rules.observe(watch, value, held, place.theta, iteration)
        stop = stop or rules.recall(watch)
    after = _Place(coordinates.to_raw(moved), memory, generator_state, schedule_state, watch)
    return _Update(after, loss, held, rate, stop)


# New phi, memory, value, loss, state of the generator, and the gradient where it is asked for.
_Swept = tuple[Vector, Any, float, float, Mapping[str, Any], Vector | None]


def _sweep_rows(
    objective: Objective, plan: Plan, optimizer: Optimizer, phi: Vector, place: _Place
) -> _Swept:
    """One step on all rows."""
    listens = plan.rules.gradient_tolerance is not None
    asked: Any = _Listener(objective, phi) if listens else objective
    moved, memory, value = optimizer.step(asked, phi, place.memory)
    loss = objective.loss(value, phi) if math.isfinite(value) else value
    gradient = asked.gradient if listens else None
    if gradient is not None:
        gradient = slide(objective, phi, gradient)
    return moved, memory, value, loss, place.generator_state, gradient


def _sweep_batches(
    objective: Objective, plan: Plan, optimizer: Optimizer, phi: Vector, place: _Place
) -> _Swept:
    """One step on each mini-batch of the rows in a new order."""
    assert plan.batch_size is not None
    generator, memory = restore_generator(place.generator_state), place.memory
    order = generator.permutation(objective.n_rows)
    total = losses = 0.0
    for part in objective.deal(order, plan.batch_size):
        moved, memory, value = optimizer.step(part, phi, memory)
        # Once it is no finite number, it stays so in the sums.
        losses += part.loss(value, phi) if math.isfinite(value) else value
        total, phi = total + value, moved
        if not math.isfinite(total):
            break
    return phi, memory, total, losses, generator.bit_generator.state, None


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
