"""Training: options, the loop as a generator of states, stopping rules, history, diagnostics.

Knows no network object: it gets a model and options, and yields frozen states.
"""

from .causes import compare_spreads
from .conclusion import conclude
from .diagnostics import tell_dependencies
from .fit import Fit, begin, run
from .history import History
from .lock import Exclusion
from .loop import advance, finish
from .multistart import Starts, train_from_starts
from .options import Course, check_second_order, make_course, suits
from .progress import find_tqdm
from .reporting import Checkpoint, Reporter, explain_choice, explain_return
from .restarts import End, tabulate_ends
from .stages import PATIENCE, StageReporter
from .state import Plan, State, Step, restore_generator
from .stopping import Watch
from .workers import Crew, ProcessCrew, count_jobs, dump, stop_if_abandoned

__all__ = [
    "PATIENCE",
    "Checkpoint",
    "Course",
    "Crew",
    "End",
    "Exclusion",
    "Fit",
    "History",
    "Plan",
    "ProcessCrew",
    "Reporter",
    "StageReporter",
    "Starts",
    "State",
    "Step",
    "Watch",
    "advance",
    "begin",
    "check_second_order",
    "compare_spreads",
    "conclude",
    "count_jobs",
    "dump",
    "explain_choice",
    "explain_return",
    "find_tqdm",
    "finish",
    "make_course",
    "restore_generator",
    "run",
    "stop_if_abandoned",
    "suits",
    "tabulate_ends",
    "tell_dependencies",
    "train_from_starts",
]
