"""NeuralNetwork: the stateful object that users hold, in the style of R's R6 classes.

Its methods check arguments, call functions of the other packages and commit what these return.
There is no arithmetic here.
"""

from .network import NeuralNetwork

__all__ = ["NeuralNetwork"]
