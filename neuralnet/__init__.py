"""The formula-first neural network for Python."""

from .archive import CorruptFileError
from .datasets import load_hotdogs, load_iris, load_planar, planar_flower, two_spirals
from .messages import (
    ConvergenceWarning,
    DataWarning,
    FileWarning,
    InterruptWarning,
    NeuralNetworkWarning,
    OverconfidenceWarning,
)
from .network import NeuralNetwork

__version__ = "0.1.0"

__all__ = [
    "ConvergenceWarning",
    "CorruptFileError",
    "DataWarning",
    "FileWarning",
    "InterruptWarning",
    "NeuralNetwork",
    "NeuralNetworkWarning",
    "OverconfidenceWarning",
    "load_hotdogs",
    "load_iris",
    "load_planar",
    "planar_flower",
    "two_spirals",
]
