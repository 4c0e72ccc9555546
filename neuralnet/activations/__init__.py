"""Activation functions of hidden units, ``h = value(z)``, with first and second derivatives.

Each is a frozen record of three elementwise functions, in a file of its name. It knows no layers,
weights or losses. Bare names (``exp``, not ``np.exp``) allow the compiled engine to use the same
source lines. There is no GELU, which needs the error function that NumPy lacks; ``silu`` has nearly
its shape.
"""

from .activation import Activation
from .by_name import ACTIVATIONS
from .by_name import RECORDS as RECORDS
from .by_name import ActivationName as ActivationName
from .by_name import find_activations as find_activations
from .elu import Elu
from .identity import Identity
from .relu import LeakyRelu, Relu
from .sigmoid import Sigmoid
from .silu import Silu
from .softplus import Softplus
from .tanh import Tanh

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Elu",
    "Identity",
    "LeakyRelu",
    "Relu",
    "Sigmoid",
    "Silu",
    "Softplus",
    "Tanh",
]


def __dir__() -> list[str]:
    return __all__
