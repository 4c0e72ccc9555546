"""Learning rate schedules: the rate of each update, from the iteration or from the loss.

Frozen records; pass one as ``learn_rate``. A schedule knows no optimizer and no network.
"""

from .decay import Constant, CosineDecay, ExponentialDecay, InverseTimeDecay, StepDecay
from .function import FunctionSchedule as FunctionSchedule
from .plateau import ReduceOnPlateau
from .schedule import Schedule

__all__ = [
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "InverseTimeDecay",
    "ReduceOnPlateau",
    "Schedule",
    "StepDecay",
]


def __dir__() -> list[str]:
    return __all__
