"""Run one or several parameter updates before returning control to the training loop.

Grouping does not affect results, and an interrupt loses no completed update.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import check_number
from ..optimizers import Optimizer, Stop, l1_subgradient
from ..perceptron import BLINK, Objective, check_convergence, get_step
from .state import Lowest, State, StepResult, TrainingOptions, restore_generator

Vector = NDArray[np.float64]
# Loss, validation loss and learning rate of an update.
Metrics = tuple[float, float, float]
# New weights, optimizer state, value and loss before the update, generator state, and the gradient
# before the update where a rule needs it.
Pass = tuple[Vector, Any, float, float, Mapping[str, Any], Vector | None]


def run_updates(
    objective: Objective,
    options: TrainingOptions,
    state: State,
    updates: int,
    lowest: Lowest | None = None,
) -> StepResult:
    """Run up to ``updates`` updates.

    Fewer after BLINK seconds, where a rule stops training, and before a loss that is not finite;
    if that is the first one, the result is ``diverged``, with that loss. ``lowest`` is that of
    earlier calls.
    """
    result = _run_fused(objective, options, state, updates, lowest) if options.can_fuse else None
    return result or _run_one_by_one(objective, options, state, updates, lowest)


def _run_one_by_one(
    objective: Objective,
    options: TrainingOptions,
    start: State,
    updates: int,
    lowest: Lowest | None,
) -> StepResult:
    metrics: list[Metrics] = []
    best, error, deadline = (math.inf, 0), None, perf_counter() + BLINK
    # Assigned at once, so that an interrupt finds a completed update here, or none of it.
    completed: tuple[int, State, State, Stop | None] = 0, start, start, None
    count, previous, state, stop = completed
    try:
        while count < updates and stop is None:
            following, figures, monitored, stop = _update(objective, options, state)
            if not math.isfinite(figures[0]):
                if not count:
                    return StepResult(state, figures[0], learn_rate=figures[2], diverged=True)
                break
            metrics.append(figures)
            if monitored < best[0]:
                best = monitored, count
            count, previous, state, stop = completed = count + 1, state, following, stop
            if perf_counter() > deadline:
                break
    except BaseException as caught:
        error = caught
        count, previous, state, stop = completed
        if not count:
            raise
    if lowest is None or best[0] < lowest.loss:
        lowest = Lowest(best[0], start, best[1])
    return _make_result(np.array(metrics[:count]), previous, state, stop, lowest, error)


def _run_fused(
    objective: Objective,
    options: TrainingOptions,
    start: State,
    updates: int,
    lowest: Lowest | None,
) -> StepResult | None:
    """Let the engine run all updates at once; None where it cannot."""
    rules, memory = options.rules, start.optimizer_state
    fused = objective.run_steps(options.optimizer, start.theta, memory, updates, rules.tolerance)
    if fused is None:
        return None
    count = len(fused.losses)
    if not count:
        return StepResult(start, fused.loss, diverged=True)
    previous = start
    if count > 1:
        previous = _move(start, *fused.before, count - 1)
    state = _move(start, fused.theta, fused.memory, count)
    best = int(fused.values.argmin())
    if lowest is None or fused.values[best] < lowest.loss:
        lowest = Lowest(float(fused.values[best]), start, best)
    metrics = np.full((count, 3), math.nan)
    metrics[:, 0] = fused.losses
    return _make_result(metrics, previous, state, rules.check_step(fused.losses[-1], None), lowest)


def _move(state: State, theta: Vector, memory: Any, updates: int) -> State:
    """The state after some updates."""
    iteration = state.iteration + updates
    return state.evolve(theta=theta, optimizer_state=memory, iteration=iteration)


def _make_result(
    metrics: NDArray[np.float64],
    previous: State,
    state: State,
    stop: Stop | None,
    lowest: Lowest,
    error: BaseException | None = None,
) -> StepResult:
    for each in (previous, state):
        each.theta.flags.writeable = False
    loss, held, rate = metrics[-1].tolist()
    return StepResult(
        state,
        loss,
        stop,
        previous=previous,
        validation_loss=held,
        learn_rate=rate,
        metrics=metrics,
        error=error,
        lowest=lowest,
    )


def _update(
    objective: Objective, options: TrainingOptions, state: State
) -> tuple[State, Metrics, float, Stop | None]:
    """Update once: one pass over the rows.

    Returns the next state, metrics, the loss that is monitored, and the reason for stopping;
    the same state where the loss is not finite.
    """
    scaling, rules, schedule = objective.scaling, options.rules, options.schedule
    optimizer, rate, held = options.optimizer, math.nan, math.nan
    if schedule is not None:
        rate = schedule.rate(state.schedule_state)
        name, number = type(schedule).__name__, state.iteration + 1
        check_number(f"the learn_rate that {name} gives iteration {number}", rate, above=True)
        optimizer = replace(optimizer, learn_rate=rate)  # type: ignore[type-var]
    phi = scaling.from_raw(state.theta)
    run_pass = _pass_all_rows if options.batch_size is None else _pass_batches
    moved, memory, value, loss, generator_state, gradient = run_pass(
        objective, options, optimizer, phi, state
    )
    if not math.isfinite(loss):
        return state, (loss, held, rate), loss, None
    if options.validation is not None:
        held = options.validation.evaluate(phi).loss
    monitored = value if options.validation is None else held
    schedule_state, stopping = state.schedule_state, state.stopping
    if schedule is not None:
        schedule_state = schedule.step(schedule_state, monitored)
    stop = rules.check_step(loss, gradient) or check_convergence(options.optimizer, memory, value)
    if rules.needs_history:
        stopping = rules.update(stopping, value, held, state.theta, state.iteration)
        stop = stop or rules.check_history(stopping)
    following = state.evolve(
        theta=scaling.to_raw(moved),
        optimizer_state=memory,
        generator_state=generator_state,
        iteration=state.iteration + 1,
        schedule_state=schedule_state,
        stopping=stopping,
    )
    return following, (loss, held, rate), monitored, stop


def _pass_all_rows(
    objective: Objective, options: TrainingOptions, optimizer: Optimizer, phi: Vector, state: State
) -> Pass:
    """One step on all rows."""
    at_phi: list[Vector] = []
    observed = objective
    if options.rules.gradient_tolerance is not None:

        def observe(point: Vector, slope: Vector) -> None:
            # Optimizers may evaluate the objective at other points too.
            if np.array_equal(point, phi):
                at_phi[:] = [slope]

        observed = objective.with_observer(observe)
    moved, memory, value = get_step(optimizer)(observed, phi, state.optimizer_state)
    loss = objective.loss(value, phi) if math.isfinite(value) else value
    gradient = None
    if at_phi:
        gradient = l1_subgradient(objective, phi, at_phi[0])
        gradient = options.gradient_scaling.gradient_to_scaled(gradient)
    return moved, memory, value, loss, state.generator_state, gradient


def _pass_batches(
    objective: Objective, options: TrainingOptions, optimizer: Optimizer, phi: Vector, state: State
) -> Pass:
    """One step on each mini-batch of the shuffled rows."""
    assert options.batch_size is not None
    step = get_step(optimizer)
    generator, memory = restore_generator(state.generator_state), state.optimizer_state
    order = generator.permutation(objective.n_rows)
    total = losses = 0.0
    for part in objective.split_minibatches(order, options.batch_size):
        moved, memory, value = step(part, phi, memory)
        # Once a value is not finite, the sums stay so.
        losses += part.loss(value, phi) if math.isfinite(value) else value
        total, phi = total + value, moved
        if not math.isfinite(total):
            break
    return phi, memory, total, losses, generator.bit_generator.state, None
