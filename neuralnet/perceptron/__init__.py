"""The network as mathematics: from arrays to loss, gradient and Hessian, by blocks of rows.

Knows no data frame, no names and no training loop. ``compiled`` is imported only on demand.
"""

from .batch import Batch, Sums
from .blas import SMALL, run_with_few_threads
from .conditioning import condition
from .engine import BLINK, Runner
from .initialization import Forgotten, Uniform, draw_weights, find_draw, make_generator
from .lipschitz import bound_rate, measure_steepness
from .objective import InMemory, Objective
from .parallel import (
    AbandonedError,
    Crew,
    ProcessCrew,
    count_jobs,
    dump,
    map_in_order,
    stop_if_abandoned,
)
from .penalty import Penalty, spread_decay
from .perceptron import Layer, Perceptron
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
from .user_defined import TakeStep, ask_verdict, check_activation, check_family, get_step
from .workspace import MOST_ROWS, count_rows, cut_rows

__all__ = [
    "BLINK",
    "MOST_ROWS",
    "SMALL",
    "AbandonedError",
    "Batch",
    "Coordinates",
    "Crew",
    "Forgotten",
    "InMemory",
    "Layer",
    "Objective",
    "Penalty",
    "Perceptron",
    "ProcessCrew",
    "Raw",
    "Reading",
    "Runner",
    "Standardized",
    "Sums",
    "TakeStep",
    "Uniform",
    "ask_verdict",
    "bound_rate",
    "check_activation",
    "check_family",
    "condition",
    "count_jobs",
    "count_rows",
    "cut_rows",
    "damp",
    "draw_weights",
    "dump",
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
    "stop_if_abandoned",
]
