"""Where strings become objects: ``"poisson"``, ``"tanh"``, ``"adam"`` exist nowhere below.

A record of one's own passes through, if it has the methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass, replace
from typing import Any

from .activations import ACTIVATIONS, Activation
from .arguments import check_choice, check_number
from .families import FAMILIES, Family
from .optimizers import OPTIMIZERS
from .protocols import Optimizer

__all__ = ["pick_activations", "pick_family", "pick_optimizer"]

# What the rest of the package asks of a record.
_FAMILY = tuple(name for name in vars(Family) if not name.startswith("_"))
_OPTIMIZER = ("needs_curvature", "init", "step", "verdict")


def pick_family(family: Any) -> Family | None:
    """A family by its name; None stays None."""
    if family is None:
        return None
    chosen: Family = _pick("family", family, FAMILIES, _FAMILY)
    return chosen


def pick_activations(activation: Any, layers: int) -> tuple[Activation, ...]:
    """One activation for each hidden layer, from one for all or from a list."""
    if not isinstance(activation, list | tuple):
        # Checked also where there is no hidden layer to use it.
        return (_pick("activation", activation, ACTIVATIONS, ("value", "slope")),) * layers
    given = list(activation)
    if len(given) != layers:
        raise ValueError(
            f"activation names {len(given)} layers, but hidden has {layers}: give one for all, or "
            "one for each hidden layer"
        )
    return tuple(_pick("activation", one, ACTIVATIONS, ("value", "slope")) for one in given)


def pick_optimizer(optimizer: Any, learn_rate: Any) -> Optimizer:
    """An optimizer by its name, with another learn_rate if one is given."""
    record = _pick("optimizer", optimizer, OPTIMIZERS, _OPTIMIZER)
    if learn_rate is not None:
        rated = is_dataclass(record) and hasattr(record, "learn_rate")
        if not rated:
            raise ValueError(
                f"{type(record).__name__} takes no learn_rate: it chooses the length of its steps "
                "itself. Leave learn_rate out."
            )
        record = replace(record, learn_rate=check_number("learn_rate", learn_rate, above=True))
    chosen: Optimizer = record
    return chosen


def _pick(name: str, given: Any, table: Mapping[str, Any], methods: tuple[str, ...]) -> Any:
    if isinstance(given, str):
        return check_choice(name, given, table)
    if isinstance(given, type) or not all(hasattr(given, method) for method in methods):
        raise TypeError(
            f"{name} must be one of {', '.join(map(repr, table))}, or an object with "
            f"{', '.join(methods)}; not {given!r}"
        )
    return given
