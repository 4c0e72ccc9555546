"""Compatibility checks: whether an optimizer can train a model, and how options combine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import check_memory, pluralize, quote
from ..model import Model
from ..optimizers import OPTIMIZERS, Optimizer, read_capabilities
from ..perceptron import MOST_WHOLE, read_activation

_NO_ABSOLUTE = (
    "{} cannot minimize an L1 penalty (mixture above 0), which has a kink where a weight is 0. "
    "Train with 'gradient_descent', 'momentum', 'nesterov', 'adam' or 'rprop', or make the network "
    "with mixture=0"
)

_COMPARES = "compares one step with the next, which mini-batches of different rows do not allow"
_CAPABILITIES = {
    "takes_batches": "do not compare the loss of one step with that of another",
    "takes_l1": "minimize l1_weight * abs(theta) too, which the gradient leaves out",
}


def check_optimizer(
    optimizer: Optimizer, model: Model, mask: NDArray[np.bool_] | None = None
) -> None:
    """Raise ValueError where an optimizer cannot minimize the penalized loss, or needs too much.

    ``mask`` (P,): the weights that it moves, where others are fixed.
    """
    name = type(optimizer).__name__
    if optimizer.needs_curvature:
        check_second_order(model, name)
    elif _has_l1(model) and not read_capabilities(optimizer).takes_l1:
        raise ValueError(_NO_ABSOLUTE.format(name) + _explain_default(optimizer, "takes_l1"))
    P = model.perceptron.n_parameters
    check_state_size(optimizer, P if mask is None else int(np.count_nonzero(mask)), P)


def check_second_order(model: Model, name: str) -> None:
    """Raise ValueError where the penalized loss has no second derivatives.

    ``name`` is that of the optimizer or of the method, as ``hessian()``, that needs them.
    """
    if _has_l1(model):
        if name.endswith(")"):
            raise ValueError(
                f"{name} needs a penalty with second derivatives; an L1 penalty (mixture above 0) "
                "has none where a weight is 0: make the network with mixture=0"
            )
        raise ValueError(_NO_ABSOLUTE.format(name))
    for activation in model.perceptron.activations:
        found = read_activation(activation)
        if not found.has_curvature:
            raise ValueError(
                f"{name} needs activations with a curvature; {quote(found.name)} has none"
            )


def check_state_size(optimizer: Optimizer, F: int, P: int) -> None:
    """Raise ValueError where an optimizer of F weights, of P in all, needs too much memory."""
    name = type(optimizer).__name__
    if optimizer.needs_curvature and read_capabilities(optimizer).dense_limit >= F:
        what = f"second derivatives by {pluralize(F, 'weight')}"
        check_memory(what, min(P, MOST_WHOLE * F) ** 2, f"Give {name} a lower dense_limit")
    # Weights, gradient, step and moments; L-BFGS stores pairs of vectors besides.
    vectors = 6 + 2 * read_capabilities(optimizer).memory
    what = f"the state of {name} for {pluralize(P, 'weight')}"
    fewer = f"Give {name} a lower memory, or take" if vectors > 6 else "Take"
    check_memory(what, vectors * P, f"{fewer} fewer hidden units")


def check_mini_batches(optimizer: Optimizer, gradient_tolerance: float | None) -> None:
    """Raise ValueError where an optimizer or a stopping rule needs all rows in each update."""
    if not read_capabilities(optimizer).takes_batches:
        why = _explain_default(optimizer, "takes_batches")
        raise ValueError(
            f"{type(optimizer).__name__} {'takes no mini-batches' if why else _COMPARES}: leave "
            "batch_size out, or train with 'adam', 'momentum', 'nesterov' or 'gradient_descent'"
            f"{why}"
        )
    if gradient_tolerance is not None:
        raise ValueError(
            "gradient_tolerance needs the gradient of all rows, which batch_size= leaves unknown: "
            "leave one of the two out, or stop by relative_tolerance or validation"
        )


def _explain_default(optimizer: Optimizer, name: str) -> str:
    """Say how a user-defined optimizer declares a capability that it leaves at its default."""
    if hasattr(optimizer, name) or type(optimizer) in map(type, OPTIMIZERS.values()):
        return ""
    return (
        f". If the steps of {type(optimizer).__name__} {_CAPABILITIES[name]}, write {name} = True "
        "in its class"
    )


def suits(optimizer: Optimizer, model: Model) -> bool:
    """True if an optimizer supports the penalty and the activations of a model."""
    curved = all(read_activation(each).has_curvature for each in model.perceptron.activations)
    absolute = bool(read_capabilities(optimizer).takes_l1)
    return (curved or not optimizer.needs_curvature) and (absolute or not _has_l1(model))


def _has_l1(model: Model) -> bool:
    """True if there is an L1 penalty; an L1 share of no penalty is none."""
    return bool(np.any(model.penalty.l1_weight))
