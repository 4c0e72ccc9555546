"""Pictures of a network: regions, surface, loss, tuning, diagram and confusion matrix.

Each function makes Axes from arrays, names and a predict function; none knows a network class.
Needs matplotlib (the extra ``plots``) when a picture is drawn, not when this is imported.
"""

from .confusion import plot_confusion_matrix
from .diagram import plot_network
from .loss import plot_loss
from .model_plots import draw_diagram, draw_loss, draw_regions
from .regions import plot_regions, plot_surface
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
