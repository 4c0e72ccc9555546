"""Checks of user-defined families, activations and optimizers: types and shapes of their results.

Families and activations are called with a few numbers when a network is built; optimizers are
checked in each update. Those that the package defines are not checked.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations import ACTIVATIONS, Activation
from ..errors import pluralize, shorten
from ..families import RECORDS as FAMILIES
from ..families import Family
from ..optimizers import OPTIMIZERS, Optimizer, Stop
from .perceptron import Perceptron

Vector = NDArray[np.float64]
StepFunction = Callable[[Any, Vector, Any], tuple[Vector, Any, float]]
_INTEGERS = ("i", "u")
_BUILT_IN_OPTIMIZERS = {type(each) for each in OPTIMIZERS.values()}


@np.errstate(all="ignore")
def check_activation(activation: Activation) -> None:
    """Check value, slope and, if it exists, curvature of an activation.

    Raises
    ------
    TypeError
        If a result is not an array of float64.
    ValueError
        If a result has another shape than ``z``, or a method changes ``z`` or ``h``.
    """
    prefix = f"activation {_name(activation)}:"
    # Not square, so that a transposed result is detected.
    z = np.linspace(-2.0, 2.0, 6).reshape(2, 3)
    given = (z.copy(),)
    h = activation.value(*given)
    _check_array(f"{prefix} value(z) of z with shape {z.shape}", h, z.shape)
    _check_unchanged(f"{prefix} value(z)", given, (z,))
    h = h.copy()
    for name in ("slope", "curvature"):
        if hasattr(activation, name):
            both = z.copy(), h.copy()
            result = getattr(activation, name)(*both)
            _check_array(f"{prefix} {name}(z, h) of z with shape {z.shape}", result, z.shape)
            _check_unchanged(f"{prefix} {name}(z, h)", both, (z, h))


@np.errstate(all="ignore")
def check_family(family: Family, K: int, response: Any, index: Any, w: Vector | None) -> None:
    """Check the methods of a family at the scores of an intercept.

    Raises
    ------
    TypeError
        If a result is not an array of float64 (of integers for classes), or a loss not a number.
    ValueError
        If a result has another shape.
    """
    prefix, n = f"family {_name(family)}:", len(response)
    Y = family.encode(response, index)
    if type(Y) is not np.ndarray or Y.ndim not in (1, 2) or len(Y) != n:
        raise TypeError(
            f"{prefix} encode(response, index) must return an array with a row for each of "
            f"{pluralize(n, 'response')}, not {_describe(Y)}"
        )
    m = min(n, 3 if K != 3 else 4)
    few, some = Y[:m], np.ones(m)

    def check(call: str, function: Callable[[], Any], *shape: int, **options: Any) -> Any:
        try:
            result = function()
        except NotImplementedError:
            return None
        what = f"{prefix} {call} of {pluralize(m, 'row')} and {pluralize(K, 'output')}"
        if not (options.pop("optional", False) and result is None):
            _check_array(what, result, shape, **options)
        return result

    mean = check("mean_response(Y, w, K)", lambda: family.mean_response(Y, w, K), K)
    link = None if mean is None else check("link(mu)", lambda: family.link(mean), K)
    eta = np.zeros((m, K)) if link is None else np.tile(link, (m, 1))
    mu = check("mean(eta)", lambda: family.mean(eta.copy()), m, K)
    for weights in (None, some):
        _check_loss(prefix, family.loss_and_delta(eta.copy(), few, weights), (m, K))
    classes: dict[str, Any] = {"kinds": _INTEGERS, "optional": True}
    check("classify(eta)", lambda: family.classify(eta.copy()), m, **classes)
    check("codes(Y)", lambda: family.codes(few), m, **classes)
    check("scalable_response(Y)", lambda: family.scalable_response(few), m, K, optional=True)
    check("observed_means(Y, K)", lambda: family.observed_means(few, K), m, K)
    if mu is not None:
        v = np.ones((m, K))
        check("variance_product(mu, v, Y)", lambda: family.variance_product(mu, v, few), m, K)


def get_step(optimizer: Optimizer) -> StepFunction:
    """Return the step of an optimizer, with checks of its result if it is user-defined.

    The step raises TypeError if the result is not a tuple of an array of float64, a state and a
    number, and ValueError if its theta has another shape.
    """
    if type(optimizer) in _BUILT_IN_OPTIMIZERS:
        return optimizer.step
    prefix = f"optimizer {_name(optimizer)}: step(objective, theta, state)"

    def step(objective: Any, theta: Vector, state: Any) -> tuple[Vector, Any, float]:
        result: Any = optimizer.step(objective, theta, state)
        if not isinstance(result, tuple) or len(result) != 3:
            raise TypeError(
                f"{prefix} must return a tuple (new theta, new state, value at the old theta), not "
                f"{_describe(result)}"
            )
        _check_array(prefix, result[0], theta.shape, part="as its new theta ")
        _check_number(prefix, result[2], part="as the value at the old theta ")
        return result

    return step


def check_convergence(optimizer: Optimizer, state: Any, value: float) -> Stop | None:
    """Ask an optimizer whether to stop; raise TypeError for anything but None or a Stop."""
    found = optimizer.check_convergence(state, value)
    if found is None or isinstance(found, Stop):
        return found
    raise TypeError(
        f"optimizer {_name(optimizer)}: check_convergence(state, value) must return None to "
        f"continue, or optimizers.Stop(converged, message), not {_describe(found)}"
    )


def _check_loss(prefix: str, result: Any, shape: tuple[int, ...]) -> None:
    call = f"{prefix} loss_and_delta(eta, Y, w) of eta with shape {shape}"
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(f"{call} must return a tuple (loss, delta), not {_describe(result)}")
    _check_number(call, result[0], part="as its loss ")
    _check_array(call, result[1], shape, part="as its delta ")


def _check_number(call: str, result: Any, part: str) -> None:
    if not isinstance(result, Real) or isinstance(result, bool):
        raise TypeError(f"{call} must return {part}a number, not {_describe(result)}")


def _check_array(
    call: str,
    result: Any,
    shape: tuple[int, ...],
    kinds: tuple[str, ...] = ("f",),
    part: str = "",
) -> None:
    valid = type(result) is np.ndarray and result.dtype.kind in kinds
    valid = valid and (kinds == _INTEGERS or result.dtype == np.float64)
    if valid and result.shape == shape:
        return
    wanted = "whole numbers" if kinds == _INTEGERS else "float64"
    raise (ValueError if valid else TypeError)(
        f"{call} must return {part}an array of {wanted} with shape {shape}, not {_describe(result)}"
    )


def _check_unchanged(call: str, arguments: tuple[Vector, ...], before: tuple[Vector, ...]) -> None:
    for name, left, right in zip(("z", "h"), arguments, before, strict=False):
        if not np.array_equal(left, right, equal_nan=True):
            raise ValueError(f"{call} must leave {name} as it is, and return a new array")


def _describe(result: Any) -> str:
    """Describe a result in a few words."""
    if isinstance(result, np.ndarray):
        kind = "an array" if type(result) is np.ndarray else f"a {type(result).__name__}"
        return f"{kind} of {result.dtype} with shape {result.shape}"
    if isinstance(result, tuple):
        return f"a tuple of {len(result)}"
    return f"{shorten(result)}, which is a {type(result).__name__}"


def _name(part: Any) -> str:
    """Name of a part; that of its class where a name is only inherited from the package."""
    owner = next((each for each in type(part).__mro__ if "name" in vars(each)), type(part))
    package = __name__.partition(".")[0]
    inherited = owner is not type(part) and owner.__module__.partition(".")[0] == package
    kind = type(part).__name__
    return shorten(kind if inherited else getattr(part, "name", kind))


# Types of the activations and families that the package defines.
BUILT_IN: set[type] = {*map(type, ACTIVATIONS.values()), *FAMILIES}


def check_user_defined(perceptron: Perceptron, response: Any, index: Any, w: Any) -> None:
    """Check the user-defined family and activations of a perceptron.

    Parameters
    ----------
    perceptron : Perceptron
    response, index : arrays
        Arguments of the family's ``encode``.
    w : (n,) case weights or None
    """
    # By identity: a user-defined activation may not be hashable.
    for activation in {id(each): each for each in perceptron.activations}.values():
        if type(activation) not in BUILT_IN:
            check_activation(activation)
    family = perceptron.family
    if type(family) not in BUILT_IN:
        check_family(family, perceptron.sizes[-1], response, index, w)
