"""The records of trainings that a network's file may hold."""

from .restarts import RestartResult
from .state import State
from .stopping import StoppingState

RECORDS = (State, StoppingState, RestartResult)
