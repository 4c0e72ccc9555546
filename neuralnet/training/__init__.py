"""Training: options, the loop as a generator of states, stopping rules, history, diagnostics.

Knows no network object: it gets a model and options, and yields frozen states.
"""

from .causes import compare_spreads
from .diagnostics import Finding, diagnose, tell_dependencies
from .engine_advice import recommend_engine
from .history import History
from .lock import Exclusion
from .loop import advance, finish
from .options import Course, check_second_order, make_course, suits
from .progress import find_tqdm
from .records import RECORDS
from .reporting import Checkpoint, Reporter, explain_choice, explain_fault, explain_return
from .restarts import End, explain_search, measure_end, tabulate_ends
from .stages import PATIENCE, StageReporter
from .state import Plan, State, Step, restore_generator
from .stopping import Watch
from .workers import AbandonedError, Crew, ProcessCrew, count_jobs, dump, stop_if_abandoned

__all__ = [
    "PATIENCE",
    "RECORDS",
    "AbandonedError",
    "Checkpoint",
    "Course",
    "Crew",
    "End",
    "Exclusion",
    "Finding",
    "History",
    "Plan",
    "ProcessCrew",
    "Reporter",
    "StageReporter",
    "State",
    "Step",
    "Watch",
    "advance",
    "check_second_order",
    "compare_spreads",
    "count_jobs",
    "diagnose",
    "dump",
    "explain_choice",
    "explain_fault",
    "explain_return",
    "explain_search",
    "find_tqdm",
    "finish",
    "make_course",
    "measure_end",
    "recommend_engine",
    "restore_generator",
    "stop_if_abandoned",
    "suits",
    "tabulate_ends",
    "tell_dependencies",
]
