"""Model selection: automatic training, the choice of the decay, cross-validation, comparison.

Takes a model, and returns options, a decay or cross-validated deviances. Knows no syntax of
formulas, no files, no plots and no network object.
"""

from .automatic import chooses_decay, is_automatic, resolve_setup
from .comparison import Comparison, check_comparable, compare
from .cross_validation import check_fold_options, cross_validate
from .cross_validation_result import CrossValidation
from .evidence_search import check_decay_choice
from .folds import FoldAssignment, assign_folds
from .hidden_sizes import measure_size, read_sizes, tabulate_sizes
from .one_standard_error import DecayRule
from .session import Session
from .training_setup import make_reporters
from .tuning import RECORDS, Tuning, find_decay_source, tabulate_trials

__all__ = [
    "RECORDS",
    "Comparison",
    "CrossValidation",
    "DecayRule",
    "FoldAssignment",
    "Session",
    "Tuning",
    "assign_folds",
    "check_comparable",
    "check_decay_choice",
    "check_fold_options",
    "chooses_decay",
    "compare",
    "cross_validate",
    "find_decay_source",
    "is_automatic",
    "make_reporters",
    "measure_size",
    "read_sizes",
    "resolve_setup",
    "tabulate_sizes",
    "tabulate_trials",
]
