"""The table of optimizers by name, and the argument ``optimizer``."""

from __future__ import annotations

from typing import Any, Literal

from ..errors import find_record
from .adam import Adam
from .gradient_descent import GradientDescent
from .lbfgs import LBFGS
from .momentum import Momentum, Nesterov
from .newton import Newton
from .protocol import Optimizer
from .rprop import Rprop

OptimizerName = Literal[
    "gradient_descent", "momentum", "nesterov", "adam", "rprop", "lbfgs", "newton"
]

OPTIMIZERS: dict[str, Optimizer] = {
    "gradient_descent": GradientDescent(),
    "momentum": Momentum(),
    "nesterov": Nesterov(),
    "adam": Adam(),
    "rprop": Rprop(),
    "lbfgs": LBFGS(),
    "newton": Newton(),
}
"""The optimizers by the names that the argument ``optimizer`` takes."""

# The attributes that a user-defined optimizer must have.
_REQUIRED = ("needs_curvature", *(name for name in vars(Optimizer) if not name.startswith("_")))


def find_optimizer(optimizer: Any) -> Optimizer:
    """Return an optimizer from its name or an optimizer record."""
    chosen: Optimizer = find_record("optimizer", optimizer, OPTIMIZERS, _REQUIRED, Optimizer)
    return chosen
