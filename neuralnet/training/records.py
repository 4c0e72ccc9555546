"""The records of trainings that a network's file may hold."""

from .restarts import End
from .state import State
from .stopping import Watch

RECORDS = (State, Watch, End)
