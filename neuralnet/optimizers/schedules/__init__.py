"""Learning rate schedules: the rate of each update, from the iteration or from the loss.

Frozen records; pass one as ``learn_rate``. A schedule knows no optimizer and no network.
"""

from .decay import Constant, CosineDecay, ExponentialDecay, InverseTimeDecay, StepDecay
from .function import FunctionSchedule
from .plateau import PlateauState, ReduceOnPlateau
from .schedule import Schedule

__all__ = [
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "FunctionSchedule",
    "InverseTimeDecay",
    "PlateauState",
    "ReduceOnPlateau",
    "Schedule",
    "StepDecay",
]
