"""A network without its weights: design, layers, labels of the output, and the training rows.

Builds it from a formula and a table, reads new rows with it, and formats what users see. Trains
nothing.
"""

from .assignments import read_matrix, read_vector
from .build import build_model, drop_untried
from .display import MatrixHead, head, join_lines, render_html, render_text
from .fold import part, pick_rows
from .labels import Labels, choose_kind, label_predictions
from .model import Model
from .penalty_factors import check_penalty_factor
from .records import RECORDS
from .settings import CHOSEN, Settings, check_settings
from .standardized_weights import standardize_weights

__all__ = [
    "CHOSEN",
    "RECORDS",
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
    "pick_rows",
    "read_matrix",
    "read_vector",
    "render_html",
    "render_text",
    "standardize_weights",
]
