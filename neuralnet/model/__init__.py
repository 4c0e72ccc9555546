"""A network without its weights: design, layers, labels of the output, and the training rows.

Builds it from a formula and a table, reads new rows with it, and formats what users see. Trains
nothing.
"""

from .arguments import change_arguments, keep_arguments, recover_arguments
from .assignments import read_matrix, read_numbers, read_vector
from .build import ModelSpec, build_model
from .description import describe, describe_loss, label_weights, name_weights
from .display import MatrixHead, head, join_lines, render_html, render_text
from .fold import part, pick_rows
from .labels import Labels, choose_kind, label_predictions, name_hidden_units
from .model import Model
from .new_data import (
    check_offset,
    check_unseen,
    classify,
    compute_layers,
    compute_means,
    compute_residuals,
    compute_scores,
    read_batch,
    read_complete_rows,
)
from .original_scale import fit_smearing, predict_original
from .penalty_factors import check_penalty_factor
from .records import RECORDS
from .response_spreads import choose_units
from .settings import CHOSEN, Settings, check_settings
from .simulations import simulate
from .smearing import Smearing
from .standardized_weights import standardize_weights
from .training_rows import freeze
from .trials import drop_untried

__all__ = [
    "CHOSEN",
    "RECORDS",
    "Labels",
    "MatrixHead",
    "Model",
    "ModelSpec",
    "Settings",
    "Smearing",
    "build_model",
    "change_arguments",
    "check_offset",
    "check_penalty_factor",
    "check_settings",
    "check_unseen",
    "choose_kind",
    "choose_units",
    "classify",
    "compute_layers",
    "compute_means",
    "compute_residuals",
    "compute_scores",
    "describe",
    "describe_loss",
    "drop_untried",
    "fit_smearing",
    "freeze",
    "head",
    "join_lines",
    "keep_arguments",
    "label_predictions",
    "label_weights",
    "name_hidden_units",
    "name_weights",
    "part",
    "pick_rows",
    "predict_original",
    "read_batch",
    "read_complete_rows",
    "read_matrix",
    "read_numbers",
    "read_vector",
    "recover_arguments",
    "render_html",
    "render_text",
    "simulate",
    "standardize_weights",
]
