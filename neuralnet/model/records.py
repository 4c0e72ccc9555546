"""The records of models that a network's file may hold."""

from .labels import Labels
from .settings import Settings

RECORDS = (Labels, Settings)
