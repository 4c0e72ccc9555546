"""Trainings of many updates in a row as loops of machine code, for first-order optimizers.

Their formulas are the package's own, compiled; what they remember between updates is a row of
``memory`` for each array of their state.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import optimizers
from .elementary import compile_cached, compile_formula, compiled
from .kernel import sum_up

Floats = NDArray[np.float64]

_fall = compile_formula(optimizers.descend)
_speed_up = compile_formula(optimizers.accelerate)
_average = compile_formula(optimizers.average)

# In the order of their numbers below.
LOOPS: dict[type, int] = {
    optimizers.GradientDescent: 0,
    optimizers.Momentum: 1,
    optimizers.Nesterov: 2,
    optimizers.Adam: 3,
}
MOST_OPTIONS = max(len(fields(record)) for record in LOOPS)


class Training(NamedTuple):
    """What is asked of a stretch of updates, and room for what comes of it.

    Attributes
    ----------
    memory : (arrays of the optimizer's state, P) array
    steps : int
        Behind it.
    kind, options
        The optimizer's number, and its fields.
    curvature : (P,) array
        Of the penalty; empty for none.
    tolerance : float
    losses, values : (updates,) arrays
        Room for the losses, without and with the penalty.
    past : (1 + arrays, P) array
        Theta and memory before the last update.
    """

    memory: Floats
    steps: int
    kind: int
    options: Floats
    curvature: Floats
    tolerance: float
    losses: Floats
    values: Floats
    past: Floats


@compiled
def _update(kind, options, theta, gradient, memory, steps):  # type: ignore[no-untyped-def]
    """One update in place; ``options`` are the optimizer's fields in their order."""
    rate, kept = options[0], options[1]
    if kind == 0:
        for p in range(theta.size):
            theta[p] = _fall(theta[p], gradient[p], rate)
    elif kind <= 2:
        for p in range(theta.size):
            memory[0, p] = velocity = _speed_up(memory[0, p], gradient[p], rate, kept)
            ahead = velocity if kind == 1 else _speed_up(velocity, gradient[p], rate, kept)
            theta[p] += ahead
    else:
        kept2, epsilon, decay = options[2], options[3], options[4]
        rest, rest2 = 1.0 - kept**steps, 1.0 - kept2**steps
        for p in range(theta.size):
            memory[0, p] = _average(memory[0, p], gradient[p], kept)
            memory[1, p] = _average(memory[1, p], gradient[p] * gradient[p], kept2)
            size = math.sqrt(memory[1, p] / rest2) + epsilon
            theta[p] -= rate * (memory[0, p] / rest / size + decay * theta[p])


def make_run_steps(digest: str) -> Any:
    """The loop, by whose name the cache on disk tells it from those made of other sources.

    Without room for losses it gives the loss and the gradient alone.
    """

    def run_steps(theta, gradient, rows, network, training):  # type: ignore[no-untyped-def]
        memory, steps, kind, options, curvature, tolerance, losses, values, past = training
        if not losses.size:
            return 0, sum_up(theta, rows, network, gradient)
        loss = 0.0
        for count in range(losses.size):
            loss = sum_up(theta, rows, network, gradient)
            value = loss
            for p in range(curvature.size):
                slope = curvature[p] * theta[p]
                gradient[p] += slope
                value += 0.5 * slope * theta[p]
            if not math.isfinite(value):
                return count, loss
            losses[count] = loss
            values[count] = value
            past[0] = theta
            past[1:] = memory
            _update(kind, options, theta, gradient, memory, steps + count + 1)
            if loss < tolerance:
                return count + 1, loss
        return losses.size, loss

    return compile_cached(f"run_steps_{digest}", run_steps)
