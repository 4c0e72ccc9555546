"""The formula-first neural network for Python."""

import sys

from . import activations, datasets, families, inference, metrics, optimizers
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
from .optimizers import schedules

__version__ = "0.1.0"

# The folder is inside of optimizers, its public name is neuralnet.schedules: also where a module is
# imported, as in `from neuralnet.schedules import CosineDecay`. Type checkers know it from
# `from neuralnet import schedules`.
sys.modules[f"{__name__}.schedules"] = schedules

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
