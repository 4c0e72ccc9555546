"""What automatic training chooses for the user, by what rule, and from which folds of the rows.

Refuses to know the formula's syntax, files, pictures and the network object: it takes a model and
gives back choices.
"""

from .automatic import Recipe, chooses_decay, is_automatic, make_recipe, make_stages, renew
from .comparison import Comparison, check_comparable, compare
from .confidence import finds_nothing, judge_confidence, tell_memorizing
from .cross_validation import CrossValidation, check_training, cross_validate
from .decay import choose_decay
from .folds import Dealt, deal
from .tuning import RECORDS, Trial, Tuning, tabulate_trials

__all__ = [
    "RECORDS",
    "Comparison",
    "CrossValidation",
    "Dealt",
    "Recipe",
    "Trial",
    "Tuning",
    "check_comparable",
    "check_training",
    "choose_decay",
    "chooses_decay",
    "compare",
    "cross_validate",
    "deal",
    "finds_nothing",
    "is_automatic",
    "judge_confidence",
    "make_recipe",
    "make_stages",
    "renew",
    "tabulate_trials",
    "tell_memorizing",
]
