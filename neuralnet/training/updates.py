"""Updates: one, or several in a row between which nobody looks.

Where a turn ends changes no number, and what breaks it off loses no update that was finished.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number, unwarned
from ..optimizers import Stop, slide
from ..perceptron import BLINK, Objective, StepFunction, ask_verdict, get_step
from .state import Lowest, Plan, State, Step, restore_generator
from .stopping import Watch

Vector = NDArray[np.float64]


class _Place(NamedTuple):
    """Where training stands between two updates: what changes in a state."""

    theta: Vector
    memory: Any
    generator_state: Mapping[str, Any]
    schedule_state: Any
    watch: Watch


class Failure(NamedTuple):
    """A loss that is no finite number, and the rate of the update that met it."""

    loss: float
    rate: float


class _Update(NamedTuple):
    """What one update came to."""

    place: _Place
    loss: float
    held: float
    rate: float
    watched: float
    stop: Stop | None


class _Turn(NamedTuple):
    """Updates that are behind: their figures, the last two places, and what ended them.

    ``lowest`` is the lowest loss that was watched, and how many of the updates were behind it.
    """

    rows: list[tuple[float, float, float]]
    lowest: tuple[float, int]
    before: _Place
    place: _Place
    stop: Stop | None = None
    fault: BaseException | None = None


@unwarned
def take_turn(
    objective: Objective, plan: Plan, state: State, updates: int, lowest: Lowest | None = None
) -> Step | Failure:
    """So many updates, or as many as take a blink or end well; a failure where there is none.

    ``lowest`` is what turns before this one came to.
    """
    start = _Place(
        state.theta,
        state.optimizer_state,
        state.generator_state,
        state.schedule_state,
        state.watch,
    )
    turn = plan.is_plain and _go_straight(objective, plan, start, updates)
    turn = turn or _go_step_by_step(objective, plan, start, state.iteration, updates)
    if isinstance(turn, Failure):
        return turn
    count = len(turn.rows)
    loss, held, rate = turn.rows[-1]
    found, behind = turn.lowest
    if lowest is None or found < lowest.loss:
        lowest = Lowest(found, state, behind)
    return Step(
        _settle(plan, state, turn.place, count),
        loss,
        turn.stop,
        before=state if count == 1 else _settle(plan, state, turn.before, count - 1),
        validation_loss=held,
        learn_rate=rate,
        rows=np.array(turn.rows),
        fault=turn.fault,
        lowest=lowest,
    )


def _go_step_by_step(
    objective: Objective, plan: Plan, start: _Place, iteration: int, updates: int
) -> _Turn | Failure:
    rows: list[tuple[float, float, float]] = []
    lowest, fault, deadline = (math.inf, 0), None, perf_counter() + BLINK
    # Set in one go, so that an interrupt finds a whole update here, or none of it.
    reached: tuple[int, _Place, _Place, Stop | None] = 0, start, start, None
    count, before, place, stop = reached
    try:
        while count < updates and stop is None:
            made = _update(objective, plan, place, iteration + count)
            if isinstance(made, Failure):
                if not count:
                    return made
                break
            rows.append(made[1:4])
            if made.watched < lowest[0]:
                lowest = made.watched, count
            count, before, place, stop = reached = count + 1, place, made.place, made.stop
            if perf_counter() > deadline:
                break
    except BaseException as caught:
        fault = caught
        count, before, place, stop = reached
        if not count:
            raise
    return _Turn(rows[:count], lowest, before, place, stop, fault)


def _go_straight(
    objective: Objective, plan: Plan, start: _Place, updates: int
) -> _Turn | Failure | None:
    """In one go, without a look between two updates; None where the objective has no way to."""
    tolerance = plan.rules.tolerance
    made = objective.run_steps(plan.optimizer, start.theta, start.memory, updates, tolerance)
    if made is None:
        return None
    if not len(made.losses):
        return Failure(made.loss, math.nan)
    rows = [(loss, math.nan, math.nan) for loss in made.losses.tolist()]
    theta, memory = made.before
    before = start._replace(theta=theta, memory=memory)
    place = start._replace(theta=made.theta, memory=made.memory)
    behind = int(made.values.argmin())
    lowest = float(made.values[behind]), behind
    return _Turn(rows, lowest, before, place, plan.rules.judge(made.losses[-1], None))


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


def _update(objective: Objective, plan: Plan, place: _Place, iteration: int) -> _Update | Failure:
    """One pass over the rows."""
    scaling, rules, schedule = objective.scaling, plan.rules, plan.schedule
    optimizer, rate, held = plan.optimizer, math.nan, math.nan
    if schedule is not None:
        rate = schedule.rate(place.schedule_state)
        what = f"the learn_rate that {type(schedule).__name__} gives iteration {iteration + 1}"
        check_number(what, rate, above=True)
        optimizer = replace(optimizer, learn_rate=rate)  # type: ignore[type-var]
    phi = scaling.from_raw(place.theta)
    sweep = _sweep_rows if plan.batch_size is None else _sweep_batches
    moved, memory, value, loss, generator_state, gradient = sweep(
        objective, plan, get_step(optimizer), phi, place
    )
    if not math.isfinite(loss):
        return Failure(loss, rate)
    if plan.validation is not None:
        held = plan.validation.evaluate(phi).loss
    watched = value if plan.validation is None else held
    schedule_state, watch = place.schedule_state, place.watch
    if schedule is not None:
        schedule_state = schedule.step(schedule_state, watched)
    stop = rules.judge(loss, gradient) or ask_verdict(plan.optimizer, memory, value)
    if rules.remember:
        watch = rules.observe(watch, value, held, place.theta, iteration)
        stop = stop or rules.recall(watch)
    after = _Place(scaling.to_raw(moved), memory, generator_state, schedule_state, watch)
    return _Update(after, loss, held, rate, watched, stop)


# New phi, memory, value, loss, state of the generator, and the gradient where it is asked for.
_Swept = tuple[Vector, Any, float, float, Mapping[str, Any], Vector | None]


def _sweep_rows(
    objective: Objective, plan: Plan, step: StepFunction, phi: Vector, place: _Place
) -> _Swept:
    """One step on all rows."""
    listens = plan.rules.gradient_tolerance is not None
    asked: Any = _Listener(objective, phi) if listens else objective
    moved, memory, value = step(asked, phi, place.memory)
    loss = objective.loss(value, phi) if math.isfinite(value) else value
    gradient = asked.gradient if listens else None
    if gradient is not None:
        gradient = plan.gauge.gradient_to_scaled(slide(objective, phi, gradient))
    return moved, memory, value, loss, place.generator_state, gradient


def _sweep_batches(
    objective: Objective, plan: Plan, step: StepFunction, phi: Vector, place: _Place
) -> _Swept:
    """One step on each mini-batch of the rows in a new order."""
    assert plan.batch_size is not None
    generator, memory = restore_generator(place.generator_state), place.memory
    order = generator.permutation(objective.n_rows)
    total = losses = 0.0
    for part in objective.split_minibatches(order, plan.batch_size):
        moved, memory, value = step(part, phi, memory)
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
