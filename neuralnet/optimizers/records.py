"""The records of optimizers and schedules, and their states, that a network's file may hold."""

from . import schedules
from .adam import AdamState
from .by_name import OPTIMIZERS
from .gradient_descent import GradientDescentState
from .lbfgs import LBFGSState
from .momentum import MomentumState
from .newton import NewtonState
from .protocol import Stop
from .rprop import RpropState
from .schedules.plateau import PlateauState

RECORDS = (
    *map(type, OPTIMIZERS.values()),
    *(GradientDescentState, MomentumState, AdamState, RpropState, LBFGSState, NewtonState),
    *(schedules.Constant, schedules.StepDecay, schedules.ExponentialDecay),
    *(schedules.InverseTimeDecay, schedules.CosineDecay, schedules.ReduceOnPlateau),
    *(PlateauState, Stop),
)
