"""Optimizers, one algorithm in each file: frozen records with ``init`` and ``step``.

They minimize an objective, a function of one flat array of parameters. They know no network, no
data and no formula.
"""

from . import schedules
from .adam import Adam
from .adam import average as average
from .by_name import OPTIMIZERS
from .by_name import OptimizerName as OptimizerName
from .by_name import find_optimizer as find_optimizer
from .capabilities import has_option as has_option
from .capabilities import read_capabilities as read_capabilities
from .gradient_descent import GradientDescent
from .gradient_descent import descend as descend
from .lbfgs import LBFGS
from .momentum import Momentum, Nesterov
from .momentum import accelerate as accelerate
from .newton import Newton
from .newton import minimize as minimize
from .newton_decrement import predict_decrease as predict_decrease
from .protocol import Differentiable, Optimizer, Stop, TwiceDifferentiable
from .proximal import l1_subgradient as l1_subgradient
from .records import RECORDS as RECORDS
from .rprop import Rprop
from .schedules.decay import CosineDecay as CosineDecay
from .schedules.function import find_schedule as find_schedule
from .schedules.schedule import Schedule as Schedule

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "Adam",
    "Differentiable",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Newton",
    "Optimizer",
    "Rprop",
    "Stop",
    "TwiceDifferentiable",
    "schedules",
]


def __dir__() -> list[str]:
    return __all__
