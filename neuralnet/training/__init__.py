"""Training: checked options, the loop, stopping rules, history, reporting, restarts, diagnostics.

The loop is a generator of frozen states, which the caller commits. Knows no network object and no
file: it gets a model, a state and options.
"""

from .checkpoint import Checkpoint
from .column_scales import compare_spreads
from .compatibility import check_second_order, suits
from .diagnostics import Diagnosis, describe_collinear_columns, diagnose
from .engine_advice import recommend_engine
from .history import History
from .interruptions import (
    explain_interrupted_choice,
    explain_interrupted_search,
    explain_interruption,
    explain_resumption,
)
from .lock import CallLock
from .loop import advance, finish
from .options import TrainingRun, prepare_run
from .progress import find_tqdm
from .reporting import Reporter
from .restarts import RestartResult, measure_restart, tabulate_restarts
from .stages import PATIENCE, StageReporter
from .state import State, StepResult, TrainingOptions, restore_generator
from .stopping import StoppingState
from .workers import AbandonedError, ProcessPool, WorkerPool, count_jobs, dump, stop_if_abandoned

__all__ = [
    "PATIENCE",
    "AbandonedError",
    "CallLock",
    "Checkpoint",
    "Diagnosis",
    "History",
    "ProcessPool",
    "Reporter",
    "RestartResult",
    "StageReporter",
    "State",
    "StepResult",
    "StoppingState",
    "TrainingOptions",
    "TrainingRun",
    "WorkerPool",
    "advance",
    "check_second_order",
    "compare_spreads",
    "count_jobs",
    "describe_collinear_columns",
    "diagnose",
    "dump",
    "explain_interrupted_choice",
    "explain_interrupted_search",
    "explain_interruption",
    "explain_resumption",
    "find_tqdm",
    "finish",
    "measure_restart",
    "prepare_run",
    "recommend_engine",
    "restore_generator",
    "stop_if_abandoned",
    "suits",
    "tabulate_restarts",
]
