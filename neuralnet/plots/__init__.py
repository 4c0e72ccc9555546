"""Pictures of a network: regions, surface, loss, tuning, diagram and confusion matrix.

Each function makes Axes from arrays, names and a predict function; none knows a network class.
Needs matplotlib (the extra ``plots``) when a picture is drawn, not when this is imported.
"""

from neuralnet.plots.confusion import plot_confusion_matrix
from neuralnet.plots.diagram import plot_network
from neuralnet.plots.loss import plot_loss
from neuralnet.plots.regions import plot_regions, plot_surface
from neuralnet.plots.tuning import plot_tuning

__all__ = [
    "plot_confusion_matrix",
    "plot_loss",
    "plot_network",
    "plot_regions",
    "plot_surface",
    "plot_tuning",
]
