"""What automatic training chooses for the user, by what rule, and from which folds of the rows.

Refuses to know the formula's syntax, files, pictures and the network object: it takes a model and
gives back choices.
"""

from .automatic import Recipe, is_automatic, make_recipe, make_stages
from .confidence import finds_nothing, judge_confidence
from .decay import choose_decay
from .tuning import Tuning, tabulate_trials

__all__ = [
    "Recipe",
    "Tuning",
    "choose_decay",
    "finds_nothing",
    "is_automatic",
    "judge_confidence",
    "make_recipe",
    "make_stages",
    "tabulate_trials",
]
