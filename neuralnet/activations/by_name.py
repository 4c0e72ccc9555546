"""The table of activations by name, and the argument ``activation``."""

from __future__ import annotations

from typing import Any, Literal

from ..errors import find_record, pluralize
from .activation import Activation
from .elu import Elu
from .identity import Identity
from .relu import LeakyRelu, Relu
from .sigmoid import Sigmoid
from .silu import Silu
from .softplus import Softplus
from .tanh import Tanh

ActivationName = Literal[
    "sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "identity"
]

ACTIVATIONS: dict[str, Activation] = {
    each.name: each
    for each in (
        *(Sigmoid(), Tanh(), Relu(), LeakyRelu()),
        *(Elu(), Softplus(), Silu(), Identity()),
    )
}
"""The activations by the names that the argument ``activation`` takes."""

# The records that a network's file may hold.
RECORDS = tuple(map(type, ACTIVATIONS.values()))


def find_activations(activation: Any, layers: int) -> tuple[Activation, ...]:
    """Return the activation of each hidden layer, from one for all layers or from a list.

    Raises
    ------
    TypeError, ValueError
        For an unknown activation, or a list of another length.
    """
    if not isinstance(activation, list | tuple):
        # It is checked even if there is no hidden layer.
        return (_find_activation(activation),) * layers
    given = len(activation)
    if given != layers:
        raise ValueError(
            f"activation names {pluralize(given, 'layer')}, but hidden has {layers}: give one for "
            "all, or one for each hidden layer"
        )
    return tuple(map(_find_activation, activation))


def _find_activation(activation: Any) -> Activation:
    required = ("value", "slope")
    found: Activation = find_record("activation", activation, ACTIVATIONS, required, Activation)
    return found
