"""Measures of predictions, from labels, probabilities, numbers and case weights alone.

They know no network, formula or family. Definitions are those of scikit-learn. A measure that is
undefined for the rows at hand, a ratio 0 / 0, is nan, and left out of averages.
"""

from .classification import summarize_class, summarize_classification
from .confusion import check_confusion_matrix as check_confusion_matrix
from .confusion import confusion_matrix
from .probabilities import brier_score, log_loss, summarize_probabilities
from .ranking import average_precision, find_best_threshold, roc_auc
from .regression import summarize_regression

__all__ = [
    "average_precision",
    "brier_score",
    "confusion_matrix",
    "find_best_threshold",
    "log_loss",
    "roc_auc",
    "summarize_class",
    "summarize_classification",
    "summarize_probabilities",
    "summarize_regression",
]


def __dir__() -> list[str]:
    return __all__
