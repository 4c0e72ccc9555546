"""Model selection: automatic training, the choice of the decay, cross-validation, comparison.

Takes a model, and returns options, a decay or cross-validated deviances. Refuses to know the syntax
of formulas, files, pictures and the network object.
"""

from .automatic import (
    TrainingSetup,
    chooses_decay,
    is_automatic,
    make_stages,
    resolve_setup,
    restart_schedule,
)
from .comparison import Comparison, check_comparable, compare
from .cross_validation import CrossValidation, check_fold_options, cross_validate
from .decay import choose_decay
from .folds import FoldAssignment, assign_folds
from .overconfidence import diagnose_memorization, diagnose_overconfidence, lacks_signal
from .tuning import Trial, Tuning, tabulate_trials

__all__ = [
    "Comparison",
    "CrossValidation",
    "FoldAssignment",
    "TrainingSetup",
    "Trial",
    "Tuning",
    "assign_folds",
    "check_comparable",
    "check_fold_options",
    "choose_decay",
    "chooses_decay",
    "compare",
    "cross_validate",
    "diagnose_memorization",
    "diagnose_overconfidence",
    "is_automatic",
    "lacks_signal",
    "make_stages",
    "resolve_setup",
    "restart_schedule",
    "tabulate_trials",
]
