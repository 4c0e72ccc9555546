"""The records of networks and their coordinates that a network's file may hold."""

from .initialization import Forgotten, Uniform
from .perceptron import Perceptron
from .scaling import Raw, Reading, Standardized

RECORDS = (Raw, Reading, Standardized, Uniform, Forgotten, Perceptron)
