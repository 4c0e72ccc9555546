"""The records of models that a network's file may hold."""

from .labels import Labels
from .settings import Settings
from .smearing import Smearing

RECORDS = (Labels, Settings, Smearing)
