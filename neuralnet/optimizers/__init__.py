"""Optimizers, one algorithm a file: frozen records with ``init`` and ``step``.

They minimize an objective, a function of one flat array of parameters. They know no network, no
data and no formula.
"""

from . import schedules
from .adam import Adam, AdamState
from .by_name import OPTIMIZERS, find_optimizer
from .convergence import examine
from .gradient_descent import (
    FirstOrder,
    GradientDescent,
    GradientDescentState,
    Momentum,
    MomentumState,
    Nesterov,
    accelerate,
    average,
    descend,
)
from .lbfgs import LBFGS, LBFGSState
from .newton import Newton, NewtonState
from .protocol import Differentiable, Optimizer, Stop, TwiceDifferentiable
from .proximal import slide
from .records import RECORDS
from .rprop import Rprop, RpropState
from .schedules import CosineDecay, OwnSchedule, Schedule, find_schedule

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "RECORDS",
    "Adam",
    "AdamState",
    "CosineDecay",
    "Differentiable",
    "FirstOrder",
    "GradientDescent",
    "GradientDescentState",
    "LBFGSState",
    "Momentum",
    "MomentumState",
    "Nesterov",
    "Newton",
    "NewtonState",
    "Optimizer",
    "OwnSchedule",
    "Rprop",
    "RpropState",
    "Schedule",
    "Stop",
    "TwiceDifferentiable",
    "accelerate",
    "average",
    "descend",
    "examine",
    "find_optimizer",
    "find_schedule",
    "schedules",
    "slide",
]
