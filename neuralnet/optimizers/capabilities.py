"""Capabilities: the properties of an optimizer that training reads, with their defaults.

Every optimizer has the attribute ``needs_curvature``. All others are optional, so that a
user-defined optimizer declares only those in which it differs from the defaults here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from math import inf
from typing import Any

from .protocol import Optimizer


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The optional attributes of an optimizer.

    Attributes
    ----------
    takes_batches : bool
        Whether consecutive steps may use different rows (mini-batches).
    takes_l1 : bool
        Whether it also minimizes the L1 penalty, ``l1_weight`` of the objective.
    wants_standardized : bool
        Whether it minimizes in coordinates of standardized columns, whatever ``scale`` is.
    follows_gradient : bool
        Whether the length of a step is proportional to the gradient, so that a stable learning
        rate depends on the curvature of the loss.
    class_tolerance : float or None
        The tolerance that ``"default"`` means for a response of classes.
    learn_rate : float or None
        The learning rate; None where the optimizer has none.
    momentum : float
        The fraction of the last step that is added to the next, below 1.
    memory : int
        The number of pairs of vectors that its state holds.
    dense_limit : float
        The largest number of parameters for which it forms the Hessian, if it needs one.
    """

    takes_batches: bool = False
    takes_l1: bool = False
    wants_standardized: bool = False
    follows_gradient: bool = False
    class_tolerance: float | None = None
    learn_rate: float | None = None
    momentum: float = 0.0
    memory: int = 0
    dense_limit: float = inf


def read_capabilities(optimizer: Optimizer) -> Capabilities:
    """Read the optional attributes of an optimizer, with the default of each one it lacks."""
    names = [each.name for each in fields(Capabilities) if hasattr(optimizer, each.name)]
    declared: dict[str, Any] = {name: getattr(optimizer, name) for name in names}
    return Capabilities(**declared)


def has_option(optimizer: Optimizer, name: str) -> bool:
    """Return whether an optimizer is a dataclass with a field of this name, to be replaced."""
    return is_dataclass(optimizer) and any(each.name == name for each in fields(optimizer))
