"""The records of columns and rows that a network's file may hold."""

from .model_frame import RowOptions
from .variable import Variable

RECORDS = (Variable, RowOptions)
