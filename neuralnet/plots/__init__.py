"""Plots: decision regions, response surface, loss, tuning, network diagram, confusion matrix.

Each ``plot_`` function draws on Axes from arrays, names and a predict function, and refuses to know
models; a ``draw_`` function takes these from a model. None knows the network class. Drawing needs
matplotlib (the extra ``plots``); the import does not.
"""

from .confusion import plot_confusion_matrix
from .diagram import plot_network
from .loss import plot_loss
from .model_plots import draw_diagram, draw_loss, draw_regions
from .regions import plot_regions
from .surface import plot_surface
from .tuning import plot_tuning

__all__ = [
    "draw_diagram",
    "draw_loss",
    "draw_regions",
    "plot_confusion_matrix",
    "plot_loss",
    "plot_network",
    "plot_regions",
    "plot_surface",
    "plot_tuning",
]
