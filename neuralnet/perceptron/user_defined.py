"""What user-defined families, activations and optimizers return, checked for type and shape.

Families and activations are tried on a few numbers when a network is made, optimizers are checked
in each update. What the package defines itself is not tried.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import ACTIVATIONS, Activation
from ..errors import shorten
from ..families import FAMILIES, Family, GroupedBinomial
from ..optimizers import OPTIMIZERS, Optimizer, Stop
from .perceptron import Perceptron

Vector = NDArray[np.float64]
StepFunction = Callable[[Any, Vector, Any], tuple[Vector, Any, float]]
_INTEGERS = ("i", "u")
_OWN = {type(each) for each in OPTIMIZERS.values()}


@np.errstate(all="ignore")
def check_activation(activation: Activation) -> None:
    """Try value, slope and, where there is one, curvature.

    Raises
    ------
    TypeError
        For what is no array of float64.
    ValueError
        For an array of another shape than ``z``, and for a method that changes ``z`` or ``h``.
    """
    told = f"activation {_name(activation)}:"
    # Not square, so that a transposed result is seen.
    z = np.linspace(-2.0, 2.0, 6).reshape(2, 3)
    given = (z.copy(),)
    h = activation.value(*given)
    _check_array(f"{told} value(z) of z with shape {z.shape}", h, z.shape)
    _check_kept(f"{told} value(z)", given, (z,))
    h = h.copy()
    for name in ("slope", "curvature"):
        if hasattr(activation, name):
            both = z.copy(), h.copy()
            found = getattr(activation, name)(*both)
            _check_array(f"{told} {name}(z, h) of z with shape {z.shape}", found, z.shape)
            _check_kept(f"{told} {name}(z, h)", both, (z, h))


@np.errstate(all="ignore")
def check_family(family: Family, K: int, response: Any, index: Any, w: Vector | None) -> None:
    """Try what training and judging ask of a family, at the scores of an intercept.

    Raises
    ------
    TypeError
        For what is no array of float64, or of whole numbers for classes, or no number for a loss.
    ValueError
        For an array of another shape.
    """
    told, n = f"family {_name(family)}:", len(response)
    Y = family.encode(response, index)
    if type(Y) is not np.ndarray or Y.ndim not in (1, 2) or len(Y) != n:
        raise TypeError(
            f"{told} encode(response, index) must return an array with a row for each of {n} "
            f"responses, not {_describe(Y)}"
        )
    m = min(n, 3 if K != 3 else 4)
    few, some = Y[:m], np.ones(m)

    def check(call: str, function: Callable[[], Any], *shape: int, **options: Any) -> Any:
        try:
            found = function()
        except NotImplementedError:
            return None
        what = f"{told} {call} of {m} rows and {K} output{'s' * (K != 1)}"
        if not (options.pop("optional", False) and found is None):
            _check_array(what, found, shape, **options)
        return found

    mean = check("mean_response(Y, w, K)", lambda: family.mean_response(Y, w, K), K)
    link = None if mean is None else check("link(mu)", lambda: family.link(mean), K)
    eta = np.zeros((m, K)) if link is None else np.tile(link, (m, 1))
    mu = check("mean(eta)", lambda: family.mean(eta.copy()), m, K)
    for weights in (None, some):
        _check_loss(told, family.loss_and_delta(eta.copy(), few, weights), (m, K))
    classes: dict[str, Any] = {"kinds": _INTEGERS, "optional": True}
    check("classify(eta)", lambda: family.classify(eta.copy()), m, **classes)
    check("codes(Y)", lambda: family.codes(few), m, **classes)
    check("targets(Y)", lambda: family.targets(few), m, K, optional=True)
    check("indicator(Y, K)", lambda: family.indicator(few, K), m, K)
    if mu is not None:
        v = np.ones((m, K))
        check("variance_product(mu, v, Y)", lambda: family.variance_product(mu, v, few), m, K)


def get_step(optimizer: Optimizer) -> StepFunction:
    """The step of an optimizer; that of a user-defined one is checked each time.

    The step raises TypeError for what is no tuple of an array of float64, a state and a number, and
    ValueError for a theta of another shape.
    """
    if type(optimizer) in _OWN:
        return optimizer.step
    told = f"optimizer {_name(optimizer)}: step(objective, theta, state)"

    def step(objective: Any, theta: Vector, state: Any) -> tuple[Vector, Any, float]:
        made: Any = optimizer.step(objective, theta, state)
        if not isinstance(made, tuple) or len(made) != 3:
            raise TypeError(
                f"{told} must return a tuple (new theta, new state, value at the old theta), not "
                f"{_describe(made)}"
            )
        _check_array(told, made[0], theta.shape, part="as its new theta ")
        _check_number(told, made[2], part="as the value at the old theta ")
        return made

    return step


def ask_verdict(optimizer: Optimizer, state: Any, value: float) -> Stop | None:
    """The optimizer's verdict; raises TypeError where that is neither None nor a Stop."""
    found = optimizer.verdict(state, value)
    if found is None or isinstance(found, Stop):
        return found
    raise TypeError(
        f"optimizer {_name(optimizer)}: verdict(state, value) must return None to go on, or "
        f"protocols.Stop(converged, message), not {_describe(found)}"
    )


def _check_loss(told: str, found: Any, shape: tuple[int, ...]) -> None:
    call = f"{told} loss_and_delta(eta, Y, w) of eta with shape {shape}"
    if not isinstance(found, tuple) or len(found) != 2:
        raise TypeError(f"{call} must return a tuple (loss, delta), not {_describe(found)}")
    _check_number(call, found[0], part="as its loss ")
    _check_array(call, found[1], shape, part="as its delta ")


def _check_number(call: str, found: Any, part: str) -> None:
    if not isinstance(found, Real) or isinstance(found, bool):
        raise TypeError(f"{call} must return {part}a number, not {_describe(found)}")


def _check_array(
    call: str,
    found: Any,
    shape: tuple[int, ...],
    kinds: tuple[str, ...] = ("f",),
    part: str = "",
) -> None:
    right = type(found) is np.ndarray and found.dtype.kind in kinds
    right = right and (kinds == _INTEGERS or found.dtype == np.float64)
    if right and found.shape == shape:
        return
    wanted = "whole numbers" if kinds == _INTEGERS else "float64"
    raise (ValueError if right else TypeError)(
        f"{call} must return {part}an array of {wanted} with shape {shape}, not {_describe(found)}"
    )


def _check_kept(call: str, given: tuple[Vector, ...], before: tuple[Vector, ...]) -> None:
    for name, left, right in zip(("z", "h"), given, before, strict=False):
        if not np.array_equal(left, right, equal_nan=True):
            raise ValueError(f"{call} must leave {name} as it is, and return a new array")


def _describe(found: Any) -> str:
    """What was returned, in a few words."""
    if isinstance(found, np.ndarray):
        kind = "an array" if type(found) is np.ndarray else f"a {type(found).__name__}"
        return f"{kind} of {found.dtype} with shape {found.shape}"
    if isinstance(found, tuple):
        return f"a tuple of {len(found)}"
    return f"{shorten(found)}, which is a {type(found).__name__}"


def _name(part: Any) -> str:
    """Its name, or that of its class where it has none but what a class of the package has."""
    owner = next((each for each in type(part).__mro__ if "name" in vars(each)), type(part))
    package = __name__.partition(".")[0]
    inherited = owner is not type(part) and owner.__module__.partition(".")[0] == package
    kind = type(part).__name__
    return shorten(kind if inherited else getattr(part, "name", kind))


# Types of all activations and families that the package defines.
BUILT_IN = {type(each) for each in (*ACTIVATIONS.values(), *FAMILIES.values(), GroupedBinomial())}


def check_user_defined(perceptron: Perceptron, response: Any, index: Any, w: Any) -> None:
    """Try a family and activations that the package does not define; see `own_parts`.

    ``response`` is what the family encodes.
    """
    # By identity: a user-defined one may have no hash.
    for activation in {id(each): each for each in perceptron.activations}.values():
        if type(activation) not in BUILT_IN:
            check_activation(activation)
    family = perceptron.family
    if type(family) not in BUILT_IN:
        check_family(family, perceptron.sizes[-1], response, index, w)
