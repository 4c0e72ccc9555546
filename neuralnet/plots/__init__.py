"""Plots of predictions, training, the network, and of what may be inferred from it.

Each ``plot_`` function draws on Axes from arrays, names and a predict function, and refuses to know
models; a ``draw_`` function takes these from a model. None knows the network class. Drawing needs
matplotlib (the extra ``plots``); the import does not.
"""

from typing import TYPE_CHECKING

from .bands import plot_interval
from .calibration_plot import plot_calibration
from .confusion import plot_confusion_matrix
from .diagram import plot_network
from .forest import plot_effects, plot_importance
from .loss import plot_loss
from .model_curves import (
    draw_interval,
    draw_residuals,
    draw_shape,
    name_effect,
    name_importance,
    take_second,
)
from .model_plots import draw_diagram, draw_loss, draw_regions
from .regions import plot_regions
from .residual_plot import plot_residuals
from .surface import plot_surface
from .tuning import plot_tuning

if TYPE_CHECKING:
    from .canvas import Axes as Axes

__all__ = [
    "draw_diagram",
    "draw_interval",
    "draw_loss",
    "draw_regions",
    "draw_residuals",
    "draw_shape",
    "name_effect",
    "name_importance",
    "plot_calibration",
    "plot_confusion_matrix",
    "plot_effects",
    "plot_importance",
    "plot_interval",
    "plot_loss",
    "plot_network",
    "plot_regions",
    "plot_residuals",
    "plot_surface",
    "plot_tuning",
    "take_second",
]
