"""What automatic training chooses for the user, by what rule, and from which folds of the rows.

Refuses to know the formula's syntax, files, pictures and the network object: it takes a model and
gives back choices.
"""

from .automatic import chooses_decay, is_automatic, make_recipe, make_stages
from .comparison import Comparison, check_comparable, compare
from .cross_validation import CrossValidation, check_training, cross_validate
from .folds import Dealt, deal
from .session import Session
from .tuning import Trial, Tuning, tabulate_trials

__all__ = [
    "Comparison",
    "CrossValidation",
    "Dealt",
    "Session",
    "Trial",
    "Tuning",
    "check_comparable",
    "check_training",
    "chooses_decay",
    "compare",
    "cross_validate",
    "deal",
    "is_automatic",
    "make_recipe",
    "make_stages",
    "tabulate_trials",
]
