"""Optimizers, one algorithm in each file: frozen records with ``init`` and ``step``.

They minimize an objective, a function of one flat array of parameters. They know no network, no
data and no formula.
"""

from . import schedules
from .adam import Adam, AdamState, average
from .by_name import OPTIMIZERS, find_optimizer
from .capabilities import Capabilities, has_option, read_capabilities
from .first_order import FirstOrder
from .gradient_descent import GradientDescent, GradientDescentState, descend
from .lbfgs import LBFGS, LBFGSState
from .momentum import Momentum, MomentumState, Nesterov, accelerate
from .newton import Newton, NewtonState
from .newton_decrement import predict_decrease
from .protocol import Differentiable, Optimizer, Stop, TwiceDifferentiable
from .proximal import l1_subgradient
from .records import RECORDS
from .rprop import Rprop, RpropState
from .schedules.decay import CosineDecay
from .schedules.function import FunctionSchedule, find_schedule
from .schedules.schedule import Schedule

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "RECORDS",
    "Adam",
    "AdamState",
    "Capabilities",
    "CosineDecay",
    "Differentiable",
    "FirstOrder",
    "FunctionSchedule",
    "GradientDescent",
    "GradientDescentState",
    "LBFGSState",
    "Momentum",
    "MomentumState",
    "Nesterov",
    "Newton",
    "NewtonState",
    "Optimizer",
    "Rprop",
    "RpropState",
    "Schedule",
    "Stop",
    "TwiceDifferentiable",
    "accelerate",
    "average",
    "descend",
    "find_optimizer",
    "find_schedule",
    "has_option",
    "l1_subgradient",
    "predict_decrease",
    "read_capabilities",
    "schedules",
]
