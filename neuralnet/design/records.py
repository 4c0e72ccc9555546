"""The records of columns and rows that a network's file may hold."""

from .columns import Variable
from .model_frame import Selection

RECORDS = (Variable, Selection)
