"""The formula-first neural network for Python."""

from . import activations, datasets, families, inference, metrics, optimizers, schedules
from .datasets import load_hotdogs, load_iris, load_planar, planar_flower, two_spirals
from .errors import (
    ConvergenceWarning,
    CorruptFileError,
    DataWarning,
    FileWarning,
    InterruptWarning,
    NeuralNetworkWarning,
    OverconfidenceWarning,
    UntrustedError,
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
    "UntrustedError",
    "activations",
    "datasets",
    "families",
    "inference",
    "load_hotdogs",
    "load_iris",
    "load_planar",
    "metrics",
    "optimizers",
    "planar_flower",
    "schedules",
    "two_spirals",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
