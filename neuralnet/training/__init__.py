"""Training: checked options, the loop, stopping rules, history, reporting, restarts, diagnostics.

The loop is a generator of frozen states, which the caller commits. Knows no network object and no
file: it gets a model, a state and options.
"""

from .checkpoint import Checkpoint
from .column_scales import compare_responses, compare_spreads
from .compatibility import check_second_order, suits
from .conclusion import conclude
from .diagnostics import describe_collinear_columns
from .fit import Fit, begin, run
from .forecast import LARGE, describe_bytes, describe_memory, estimate_memory
from .gradient_units import condition_objective
from .history import History
from .interruptions import explain_interrupted_choice, explain_resumption
from .lock import CallLock
from .loop import LIMIT_REACHED as LIMIT_REACHED
from .loop import advance, finish
from .options import TrainingRun, prepare_run
from .phrases import join_words
from .progress import find_tqdm
from .records import RECORDS
from .restart_results import RestartResult, describe_restarts, tabulate_restarts
from .restarts import Starts, train_from_starts
from .separation_messages import describe_separation
from .stages import PATIENCE, StageReporter
from .state import State, StepResult, TrainingOptions, restore_generator
from .trace_and_callback import Reporter
from .workers import ProcessPool, WorkerPool, count_jobs, dump, stop_if_abandoned

__all__ = [
    "LARGE",
    "PATIENCE",
    "RECORDS",
    "CallLock",
    "Checkpoint",
    "Fit",
    "History",
    "ProcessPool",
    "Reporter",
    "RestartResult",
    "StageReporter",
    "Starts",
    "State",
    "StepResult",
    "TrainingOptions",
    "TrainingRun",
    "WorkerPool",
    "advance",
    "begin",
    "check_second_order",
    "compare_responses",
    "compare_spreads",
    "conclude",
    "condition_objective",
    "count_jobs",
    "describe_bytes",
    "describe_collinear_columns",
    "describe_memory",
    "describe_restarts",
    "describe_separation",
    "dump",
    "estimate_memory",
    "explain_interrupted_choice",
    "explain_resumption",
    "find_tqdm",
    "finish",
    "join_words",
    "prepare_run",
    "restore_generator",
    "run",
    "stop_if_abandoned",
    "suits",
    "tabulate_restarts",
    "train_from_starts",
]
