"""Fused steps of first-order optimizers: many updates in one compiled loop.

The formulas are those of the optimizers, compiled. An optimizer's state is one row of ``state`` for
each of its arrays.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ... import optimizers
from .elementary import compile_cached, compile_formula, compiled
from .kernel import copy_row, sum_loss

Floats = NDArray[np.float64]

_descend = compile_formula(optimizers.descend)
_accelerate = compile_formula(optimizers.accelerate)
_average = compile_formula(optimizers.average)

# The codes of `_update`.
OPTIMIZER_CODES: dict[type, int] = {
    optimizers.GradientDescent: 0,
    optimizers.Momentum: 1,
    optimizers.Nesterov: 2,
    optimizers.Adam: 3,
}
MAX_OPTIONS = max(len(fields(record)) for record in OPTIMIZER_CODES)


class Steps(NamedTuple):
    """Options of fused steps, and arrays for their results.

    Attributes
    ----------
    state : (arrays, P) array
        Arrays of the optimizer's state, updated in place.
    steps : int
        Number of steps before these.
    optimizer, options : int and array
        Code of the optimizer, and the values of its fields.
    curvature : (P,) array
        Second derivatives of the penalty; empty for none.
    tolerance : float
        The loss below which the loop ends.
    losses, values : (updates,) arrays
        Filled with the losses before each update, without and with the penalty.
    previous : (1 + arrays, P) array
        Filled with theta and the state before the last update.
    """

    state: Floats
    steps: int
    optimizer: int
    options: Floats
    curvature: Floats
    tolerance: float
    losses: Floats
    values: Floats
    previous: Floats


@compiled
def _update(optimizer, options, theta, gradient, state, steps):  # type: ignore[no-untyped-def]
    """Update theta and the state in place; ``options`` are the optimizer's fields in order."""
    rate, momentum = options[0], options[1]
    if optimizer == 0:
        for p in range(theta.size):
            theta[p] = _descend(theta[p], gradient[p], rate)
    elif optimizer <= 2:
        for p in range(theta.size):
            state[0, p] = velocity = _accelerate(state[0, p], gradient[p], rate, momentum)
            step = (
                velocity if optimizer == 1 else _accelerate(velocity, gradient[p], rate, momentum)
            )
            theta[p] += step
    else:
        beta1, beta2, epsilon, decay = options[1], options[2], options[3], options[4]
        correction1, correction2 = 1.0 - beta1**steps, 1.0 - beta2**steps
        for p in range(theta.size):
            state[0, p] = _average(state[0, p], gradient[p], beta1)
            state[1, p] = _average(state[1, p], gradient[p] * gradient[p], beta2)
            scale = math.sqrt(state[1, p] / correction2) + epsilon
            theta[p] -= rate * (state[0, p] / correction1 / scale + decay * theta[p])


def make_run_steps(digest: str) -> Any:
    """Make the compiled loop; the digest of its sources is in the name that the disk cache uses.

    With ``losses`` of size 0 it computes the loss and the gradient without an update.
    """

    def run_steps(theta, gradient, rows, network, plan):  # type: ignore[no-untyped-def]
        state, steps, optimizer, options, curvature, tolerance, losses, values, previous = plan
        if not losses.size:
            return 0, sum_loss(theta, rows, network, gradient)
        loss = 0.0
        for count in range(losses.size):
            loss = sum_loss(theta, rows, network, gradient)
            value = loss
            for p in range(curvature.size):
                slope = curvature[p] * theta[p]
                gradient[p] += slope
                value += 0.5 * slope * theta[p]
            if not math.isfinite(value):
                return count, loss
            losses[count] = loss
            values[count] = value
            copy_row(theta, theta.size, previous[0])
            for i in range(state.shape[0]):
                copy_row(state[i], theta.size, previous[1 + i])
            _update(optimizer, options, theta, gradient, state, steps + count + 1)
            if loss < tolerance:
                return count + 1, loss
        return losses.size, loss

    return compile_cached(f"run_steps_{digest}", run_steps)
