"""The records of trainings that a network's file may hold."""

from .restart_results import RestartResult
from .state import State
from .stopping import StoppingState

RECORDS = (State, StoppingState, RestartResult)
