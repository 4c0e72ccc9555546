"""The training loop, as a generator of finished states.

Whoever runs it decides what to keep, print or save; the loop itself stores nothing. Knows no
data frame and no network.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .objective import Objective
from .protocols import Optimizer, Stop

__all__ = ["State", "Step", "advance", "assess"]


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
    """

    theta: NDArray[np.float64]
    optimizer: Optimizer | None
    optimizer_state: Any
    generator_state: Mapping[str, Any]
    iteration: int


@dataclass(frozen=True, eq=False)
class Step:
    """One turn of the loop.

    Attributes
    ----------
    state : State
        After the update; where the loss failed, the last state with a finite loss.
    loss : float
        Before the update, without penalty; nan where none was made.
    stop : Stop or None
        Why this is the last turn, if it is.
    failed : bool
        Whether the loss was no finite number.
    """

    state: State
    loss: float
    stop: Stop | None
    failed: bool = False

    @property
    def updated(self) -> bool:
        """Whether an update was made."""
        return not math.isnan(self.loss)


def advance(
    objective: Objective,
    optimizer: Optimizer,
    state: State,
    iterations: int,
    tolerance: float | None = None,
) -> Iterator[Step]:
    """Run up to so many updates; each turn yields a whole state.

    ``tolerance`` ends it after the first update whose loss before was below.
    """
    coordinates = objective.coordinates
    if not _continues(optimizer, state):
        phi = coordinates.from_raw(state.theta)
        state = replace(state, optimizer=optimizer, optimizer_state=optimizer.init(phi))
    if iterations and (stop := optimizer.verdict(state.optimizer_state, math.nan)):
        # It had ended before: to go on would part ``train(a).train(b)`` from ``train(a + b)``.
        yield Step(state, math.nan, stop)
        return
    previous = state
    for _ in range(iterations):
        phi = coordinates.from_raw(state.theta)
        moved, memory, value = optimizer.step(objective, phi, state.optimizer_state)
        if not math.isfinite(value):
            yield Step(previous, math.nan, _diverged(value, state, previous, optimizer), True)
            return
        loss = objective.loss(value, phi)
        theta = coordinates.to_raw(moved)
        theta.flags.writeable = False
        previous, state = (
            state,
            State(theta, optimizer, memory, state.generator_state, state.iteration + 1),
        )
        stop = _within(loss, tolerance) or optimizer.verdict(memory, value)
        yield Step(state, loss, stop)
        if stop:
            break
    loss = objective.evaluate(coordinates.from_raw(state.theta)).loss
    if iterations and not math.isfinite(loss):
        yield Step(previous, math.nan, _diverged(loss, state, previous, optimizer), True)


def assess(loss: float, start: float, baseline: float, optimizer: Optimizer) -> str:
    """What to say of a loss that is hardly better than that of an intercept alone; else ''."""
    if loss < 0.99 * baseline or baseline <= 1e-12 * min(1.0, start):
        return ""
    rated = hasattr(optimizer, "learn_rate")
    told = (
        f"training ended at loss {loss:.5g}, not 1 % below the {baseline:.5g} that an intercept "
        "alone reaches"
    )
    if loss > start or loss > 2.0 * baseline:
        how = f"it rose, from {start:.5g}" if loss > start else "it is far above"
        other = "a smaller learn_rate" if rated else "another optimizer"
        return f"{told}: {how}. Start again with {other} or scale=True."
    return (
        f"{told}: the network has hardly learned anything yet. Try "
        f"{'another learn_rate, ' if rated else ''}more iterations, another seed, init='glorot' "
        "or scale=True."
    )


def _continues(optimizer: Optimizer, state: State) -> bool:
    """Whether the state's memory is this optimizer's; a new rate alone does not end it."""
    if state.optimizer is None or type(optimizer) is not type(state.optimizer):
        return False
    if is_dataclass(optimizer) and hasattr(optimizer, "learn_rate"):
        optimizer = replace(optimizer, learn_rate=state.optimizer.learn_rate)
    return optimizer == state.optimizer


def _within(loss: float, tolerance: float | None) -> Stop | None:
    if tolerance is None or tolerance <= 0.0 or loss >= tolerance:
        return None
    return Stop(True, f"The loss, {loss:.3g}, is below the tolerance, {tolerance:g}.")


def _diverged(value: float, state: State, kept: State, optimizer: Optimizer) -> Stop:
    what = "not a number" if math.isnan(value) else "infinite"
    rate = getattr(optimizer, "learn_rate", None)
    smaller = f"a learn_rate well below {rate:g}, " if rate is not None else ""
    if kept is state:
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
