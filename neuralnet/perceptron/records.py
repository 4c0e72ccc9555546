"""The records of perceptrons and scalings that a network's file may hold."""

from .initialization import UnsavedInit
from .perceptron import Perceptron
from .scaling import LayerScaling, Scaled, Unscaled

RECORDS = (Unscaled, LayerScaling, Scaled, UnsavedInit, Perceptron)
