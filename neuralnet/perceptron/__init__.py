"""Multi-layer perceptron: from arrays to loss, gradient and Hessian, summed over blocks of rows.

Also the penalty, the scaling between raw and optimizer's weights, initial weights and the engines
that run the passes. Knows no data frame, no column names and no training loop. ``compiled`` needs
numba and is imported only on demand.
"""

from .batch import Batch, Sums
from .blas import SMALL_PRODUCT, limit_blas_threads
from .blocks import MAX_BLOCK_ROWS, choose_block_rows, split_rows
from .conditioning import standardize_objective
from .engine import BLINK, NumpyEngine
from .initialization import InitRule, UnsavedInit, draw_weights, find_initializer
from .jacobian import compute_jacobian, split_jacobian
from .lipschitz import estimate_lipschitz
from .moments import join_moments, measure_moments
from .objective import Objective
from .penalty import Penalty, expand_decay
from .perceptron import Layer, Perceptron
from .properties import read_activation, read_family
from .records import RECORDS
from .restriction import MOST_WHOLE, FreeGradient, RestrictedObjective, Restriction, restrict
from .scaling import LayerScaling, Scaled, Scaling, Unscaled
from .standardization import allow_for_penalty, fit_layer_scalings, fit_scaling
from .threads import count_processors, count_threads, is_abandoned, map_in_order, wait_for_result
from .user_defined import BUILT_IN, check_convergence, check_user_defined, get_step

__all__ = [
    "BLINK",
    "BUILT_IN",
    "MAX_BLOCK_ROWS",
    "MOST_WHOLE",
    "RECORDS",
    "SMALL_PRODUCT",
    "Batch",
    "FreeGradient",
    "InitRule",
    "Layer",
    "LayerScaling",
    "NumpyEngine",
    "Objective",
    "Penalty",
    "Perceptron",
    "RestrictedObjective",
    "Restriction",
    "Scaled",
    "Scaling",
    "Sums",
    "UnsavedInit",
    "Unscaled",
    "allow_for_penalty",
    "check_convergence",
    "check_user_defined",
    "choose_block_rows",
    "compute_jacobian",
    "count_processors",
    "count_threads",
    "draw_weights",
    "estimate_lipschitz",
    "expand_decay",
    "find_initializer",
    "fit_layer_scalings",
    "fit_scaling",
    "get_step",
    "is_abandoned",
    "join_moments",
    "limit_blas_threads",
    "map_in_order",
    "measure_moments",
    "read_activation",
    "read_family",
    "restrict",
    "split_jacobian",
    "split_rows",
    "standardize_objective",
    "wait_for_result",
]
