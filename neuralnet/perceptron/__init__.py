"""The network as mathematics: from arrays to loss, gradient and Hessian, by blocks of rows.

Knows no data frame, no names and no training loop. ``compiled`` is imported only on demand.
"""

from .batch import Batch, Sums
from .blas import SMALL, run_with_few_threads
from .conditioning import condition
from .engine import BLINK, Runner
from .initialization import Forgotten, Uniform, draw_weights, find_draw, make_generator
from .lipschitz import measure_steepness
from .objective import InMemory, Objective
from .penalty import Penalty, spread_decay
from .perceptron import Layer, Perceptron
from .records import RECORDS
from .scaling import (
    Coordinates,
    Raw,
    Reading,
    Standardized,
    damp,
    join_moments,
    measure_moments,
    standardize,
    standardize_columns,
)
from .threads import (
    _ABANDONED,
    R,
    T,
    _sent,
    _wait_for,
    count_processors,
    count_threads,
    map_in_order,
)
from .user_defined import OWN, TakeStep, ask_verdict, check_own_parts, get_step
from .workspace import MOST_ROWS, count_rows, cut_rows

__all__ = [
    "BLINK",
    "MOST_ROWS",
    "OWN",
    "RECORDS",
    "SMALL",
    "_ABANDONED",
    "Batch",
    "Coordinates",
    "Forgotten",
    "InMemory",
    "Layer",
    "Objective",
    "Penalty",
    "Perceptron",
    "R",
    "Raw",
    "Reading",
    "Runner",
    "Standardized",
    "Sums",
    "T",
    "TakeStep",
    "Uniform",
    "_sent",
    "_wait_for",
    "ask_verdict",
    "check_own_parts",
    "condition",
    "count_processors",
    "count_rows",
    "count_threads",
    "cut_rows",
    "damp",
    "draw_weights",
    "find_draw",
    "get_step",
    "join_moments",
    "make_generator",
    "map_in_order",
    "measure_moments",
    "measure_steepness",
    "run_with_few_threads",
    "spread_decay",
    "standardize",
    "standardize_columns",
]
