"""Where strings become objects: ``"poisson"``, ``"tanh"``, ``"adam"`` exist nowhere below.

A record of one's own passes through, if it has the methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from ..activations import ACTIVATIONS, Activation
from ..errors import check_choice
from ..families import FAMILIES, Family, GroupedBinomial
from ..optimizers import OPTIMIZERS, Optimizer, OwnSchedule, Schedule
from ..perceptron import Perceptron, Runner, check_activation, check_family

_PRECISIONS = {"float64": np.float64, "float32": np.float32}
# Types of all activations and families that the package defines.
OWN = {type(each) for each in (*ACTIVATIONS.values(), *FAMILIES.values(), GroupedBinomial())}

# What the rest of the package asks of a record.
_FAMILY = tuple(name for name in vars(Family) if not name.startswith("_"))
_OPTIMIZER = ("needs_curvature", "init", "step", "verdict")
_SCHEDULE = ("init", "rate", "step")


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


def check_own_parts(perceptron: Perceptron, response: Any, index: Any, w: Any) -> None:
    """Try a family and activations that the package does not define; see `own_parts`.

    ``response`` is what the family encodes.
    """
    # By identity: a user-defined one may have no hash.
    for activation in {id(each): each for each in perceptron.activations}.values():
        if type(activation) not in OWN:
            check_activation(activation)
    family = perceptron.family
    if type(family) not in OWN:
        check_family(family, perceptron.sizes[-1], response, index, w)


def make_runner(engine: Any, dtype: Any, perceptron: Perceptron) -> Runner:
    """What runs the kernel; None: NumPy.

    Raises
    ------
    ImportError
        Where machine code is asked for and numba is not installed.
    TypeError, ValueError
        For another engine or dtype, and for two that do not go together.
    """
    precision = check_choice("dtype", _name_dtype(dtype), _PRECISIONS)
    double = precision is np.float64
    engine = "numpy" if engine is None else engine
    check_choice("engine", engine, dict.fromkeys(("numpy", "compiled")))
    if engine == "numpy":
        return Runner(perceptron, precision)
    if not double:
        raise ValueError(
            "engine='compiled' computes in float64 alone: leave dtype out, or use engine='numpy'"
        )
    try:
        from ..perceptron.compiled import CompiledRunner
    except ImportError as fault:
        raise ImportError(
            "engine='compiled' needs numba: pip install 'formula-neuralnet[fast]'"
        ) from fault
    return CompiledRunner(perceptron)


def _name_dtype(dtype: Any) -> str:
    """As NumPy calls it, so that ``np.float32`` will do; anything else as it is."""
    try:
        return str(np.dtype(dtype).name)
    except TypeError:
        return str(dtype)


def pick_optimizer(optimizer: Any) -> Optimizer:
    """An optimizer by its name."""
    chosen: Optimizer = _pick("optimizer", optimizer, OPTIMIZERS, _OPTIMIZER)
    return chosen


def pick_schedule(learn_rate: Any) -> Schedule | None:
    """A schedule from one, or from a function of the iteration; a number or None has none."""
    if learn_rate is None or isinstance(learn_rate, Real):
        return None
    if not isinstance(learn_rate, type):
        if all(hasattr(learn_rate, method) for method in _SCHEDULE):
            schedule: Schedule = learn_rate
            return schedule
        if callable(learn_rate):
            return OwnSchedule(learn_rate)
    raise TypeError(
        "learn_rate must be a number above 0, a schedule such as "
        "schedules.CosineDecay(0.01, iterations=1000), or a function of the iteration; not "
        f"{learn_rate!r}"
    )


def _pick(name: str, given: Any, table: Mapping[str, Any], methods: tuple[str, ...]) -> Any:
    if isinstance(given, str):
        return check_choice(name, given, table)
    if isinstance(given, type) and all(hasattr(given, method) for method in methods):
        raise TypeError(
            f"{name} must be made first: write {given.__name__}(), not {given.__name__}"
        )
    if not all(hasattr(given, method) for method in methods):
        raise TypeError(
            f"{name} must be one of {', '.join(map(repr, table))}, or an object with "
            f"{', '.join(methods)}; not {given!r}"
        )
    return given
