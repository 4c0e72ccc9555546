"""A network without its weights: design, layers, labels of the output, and the training rows.

Builds it from a formula and a table, reads new rows with it, and formats what users see. Trains
nothing.
"""

from .assignments import read_matrix, read_vector
from .choices import OWN, pick_activations, pick_family, pick_optimizer, pick_schedule
from .display import MatrixHead, head, join_lines, print_trace, render_html, render_text
from .fold import part, pick_rows
from .labels import Labels, choose_kind, label_predictions
from .model import Model, build_model, drop_untried
from .penalty_factors import check_penalty_factor
from .settings import CHOSEN, Settings, check_settings
from .standardized_weights import standardize_weights

__all__ = [
    "CHOSEN",
    "OWN",
    "Labels",
    "MatrixHead",
    "Model",
    "Settings",
    "build_model",
    "check_penalty_factor",
    "check_settings",
    "choose_kind",
    "drop_untried",
    "head",
    "join_lines",
    "label_predictions",
    "part",
    "pick_activations",
    "pick_family",
    "pick_optimizer",
    "pick_rows",
    "pick_schedule",
    "print_trace",
    "read_matrix",
    "read_vector",
    "render_html",
    "render_text",
    "standardize_weights",
]
