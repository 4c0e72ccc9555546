"""A network without its weights: design, layers, labels of the output, and the training rows.

Builds it from a formula and a table, reads new rows with it, measures its predictions, and formats
what users see. Trains nothing.
"""

from .arguments import change_arguments, keep_arguments, recover_arguments
from .assignments import read_matrix, read_numbers, read_vector
from .baseline import evaluate_intercept, fit_intercept, measure_baseline
from .build import ModelSpec, build_model
from .classification_metrics import ClassificationMetrics, explain_main_row
from .collinearity import find_dependencies
from .description import describe, describe_loss, label_weights, name_weights
from .display import MatrixHead, Table, head, join_lines, render_html, render_text
from .engine import EngineName, Precision
from .fold import part, pick_rows
from .groups import read_groups
from .labels import (
    Labels,
    PredictionType,
    check_threshold,
    choose_kind,
    from_scores,
    label_predictions,
    name_hidden_units,
)
from .masks import read_mask
from .measures import (
    compute_accuracy,
    count_classes,
    measure_classes,
    measure_fold,
    measure_numbers,
)
from .model import Model
from .new_data import (
    UnseenPolicy,
    check_offset,
    check_unseen,
    compute_layers,
    compute_means,
    compute_residuals,
    compute_scores,
    read_batch,
    read_complete_rows,
    read_matrices,
    read_rows,
    read_table,
    score_rows,
    warn_of_no_weights,
)
from .original_scale import fit_smearing, predict_original
from .other_rows import hide_unseen, replace_rows
from .penalty_factors import check_penalty_factor
from .records import RECORDS
from .response_spreads import choose_units
from .settings import CHOSEN, EVIDENCE, DecayChoice, Settings, check_settings
from .simulations import simulate
from .smearing import Smearing
from .standardization import standardize_columns
from .standardized_weights import standardize_weights
from .training_rows import freeze
from .trials import drop_untried

__all__ = [
    "CHOSEN",
    "EVIDENCE",
    "RECORDS",
    "ClassificationMetrics",
    "DecayChoice",
    "EngineName",
    "Labels",
    "MatrixHead",
    "Model",
    "ModelSpec",
    "Precision",
    "PredictionType",
    "Settings",
    "Smearing",
    "Table",
    "UnseenPolicy",
    "build_model",
    "change_arguments",
    "check_offset",
    "check_penalty_factor",
    "check_settings",
    "check_threshold",
    "check_unseen",
    "choose_kind",
    "choose_units",
    "compute_accuracy",
    "compute_layers",
    "compute_means",
    "compute_residuals",
    "compute_scores",
    "count_classes",
    "describe",
    "describe_loss",
    "drop_untried",
    "evaluate_intercept",
    "explain_main_row",
    "find_dependencies",
    "fit_intercept",
    "fit_smearing",
    "freeze",
    "from_scores",
    "head",
    "hide_unseen",
    "join_lines",
    "keep_arguments",
    "label_predictions",
    "label_weights",
    "measure_baseline",
    "measure_classes",
    "measure_fold",
    "measure_numbers",
    "name_hidden_units",
    "name_weights",
    "part",
    "pick_rows",
    "predict_original",
    "read_batch",
    "read_complete_rows",
    "read_groups",
    "read_mask",
    "read_matrices",
    "read_matrix",
    "read_numbers",
    "read_rows",
    "read_table",
    "read_vector",
    "recover_arguments",
    "render_html",
    "render_text",
    "replace_rows",
    "score_rows",
    "simulate",
    "standardize_columns",
    "standardize_weights",
    "warn_of_no_weights",
]
