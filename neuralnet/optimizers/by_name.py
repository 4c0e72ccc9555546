"""The optimizers that can be asked for by name."""

from __future__ import annotations

from typing import Any

from ..errors import find_record
from .adam import Adam
from .gradient_descent import GradientDescent, Momentum, Nesterov
from .lbfgs import LBFGS
from .newton import Newton
from .protocol import Optimizer
from .rprop import Rprop

OPTIMIZERS: dict[str, Optimizer] = {
    "gradient_descent": GradientDescent(),
    "momentum": Momentum(),
    "nesterov": Nesterov(),
    "adam": Adam(),
    "rprop": Rprop(),
    "lbfgs": LBFGS(),
    "newton": Newton(),
}


_OPTIMIZER = ("needs_curvature", "init", "step", "check_convergence")


def find_optimizer(optimizer: Any) -> Optimizer:
    """An optimizer by its name."""
    chosen: Optimizer = find_record("optimizer", optimizer, OPTIMIZERS, _OPTIMIZER)
    return chosen
