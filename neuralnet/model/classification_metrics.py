"""The measures of a classification, as ``net.metrics()`` returns and shows them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd

from ..errors import listing, pluralize, quote, suggest
from .display import MatrixHead, head, render_html, render_text

# The measures of all classes together, in their order.
_OVERALL = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
)
_AVERAGES = 2
_FIELDS = ("by_class", "overall", "baseline", "threshold", "best_threshold", "best_f1", "select")


def find_main_row(by_class: pd.DataFrame) -> int:
    """Return the row of ``by_class`` that stands for all: the second of two classes, else macro."""
    K = len(by_class) - _AVERAGES
    return 1 if K == 2 else K


def select_measures(by_class: pd.DataFrame, shared: Mapping[Any, float], row: int) -> pd.Series:
    """Join the measures of a row of ``by_class`` and those that all classes share.

    The Brier score of several classes is the sum over them, not their mean.
    """
    K = len(by_class) - _AVERAGES
    values = {**by_class.iloc[row], **shared}
    if row == K:
        values["brier"] = by_class["brier"].iloc[:K].sum(skipna=False)
    return pd.Series({name: float(values[name]) for name in _OVERALL})


def explain_main_row(classes: Sequence[Any]) -> str:
    """Say which class or classes the measures of a single class are of."""
    whose = f"those of {quote(classes[1])}" if len(classes) == 2 else "means over the classes"
    return f"precision to average_precision: {whose}"


@dataclass(frozen=True, eq=False, repr=False)
class ClassificationMetrics:
    """Measures of a classification: of each class, and of all together beside a baseline.

    Attributes
    ----------
    by_class : DataFrame
        A row for each class against all others, then ``macro average`` (the mean over the classes)
        and ``weighted average`` (the mean weighted by support); columns ``precision``, ``recall``,
        ``f1``, ``roc_auc``, ``average_precision``, ``prevalence`` (the share of the class, which is
        the average precision without information), ``brier`` and ``support`` (the rows of the
        class, by case weight).
    overall : Series
        ``accuracy``, ``balanced_accuracy`` (the mean recall of the classes), ``precision``,
        ``recall``, ``f1``, ``roc_auc``, ``average_precision``, ``log_loss`` and ``brier``. Those
        of one class are of the second of two classes, as in R, and the macro average of more.
    baseline : Series
        The same of the best intercept alone for these rows, which predicts the class shares
        (beside an offset, if there is one).
    rows : int
        Number of rows.
    threshold : float or None
        The probability above which the second of two classes is predicted; None: the class of the
        highest probability.
    best_threshold, best_f1 : float
        The threshold at which F1 of the second of two classes is highest, and that F1, on these
        rows; nan for more classes, and without a row of the class. On rows that did not choose the
        threshold, F1 tends to be lower.

    Notes
    -----
    An undefined measure is nan, and left out of averages: the precision of a class that is never
    predicted; recall, ROC AUC and average precision of a class without rows; and the ROC AUC where
    all rows are of one class. Formulas are those of `neuralnet.metrics`.
    """

    by_class: pd.DataFrame
    overall: pd.Series
    baseline: pd.Series
    rows: int
    threshold: float | None
    best_threshold: float
    best_f1: float

    def select(self, positive: Hashable) -> pd.Series:
        """Return the measures with one class as the positive one, named by it.

        Those of `overall`, of this class where they are of one, its ``prevalence`` and its
        ``support``.

        Raises
        ------
        ValueError
            If ``positive`` is not among the classes.
        """
        classes = self._classes
        if not isinstance(positive, Hashable) or positive not in classes:
            raise ValueError(
                f"positive is {quote(positive)}; give one of the classes [{listing(classes)}]"
            )
        row = classes.index(positive)
        names = ["accuracy", "balanced_accuracy", "log_loss"]
        found = select_measures(self.by_class, dict(self.overall[names]), row)
        rest = self.by_class.iloc[row][["prevalence", "support"]].astype(float)
        joined: pd.Series = pd.concat([found, rest]).rename(positive)
        return joined

    @property
    def _classes(self) -> list[Any]:
        return self.by_class.index[:-_AVERAGES].tolist()

    if not TYPE_CHECKING:  # Type checkers would take it for a permission to read any name.

        def __getattr__(self, name: str) -> NoReturn:
            # copy, pickle and notebooks look for methods that need no hint.
            if name.startswith("_"):
                raise AttributeError(name)
            if name in _OVERALL:
                hint = f": it is .overall[{name!r}]"
            elif hasattr(pd.DataFrame, name):
                hint = ": its table of the classes is .by_class, that of all together .overall"
            else:
                hint = suggest(name, _FIELDS)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{hint}")

    def __repr__(self) -> str:
        return render_text(*self._describe())

    def _repr_html_(self) -> str:
        return render_html(*self._describe())

    def _describe(self) -> tuple[list[str], list[MatrixHead]]:
        lines = [
            f"ClassificationMetrics  {pluralize(self.rows, 'row')}, "
            f"{pluralize(len(self._classes), 'class', 'classes')}",
            *self._explain(),
            *self._note(),
        ]
        overall = pd.DataFrame({"value": self.overall, "baseline": self.baseline})
        shown = self.by_class.round(3)
        if len(self._classes) > 20:
            shown = pd.concat([shown.iloc[head(len(shown))], shown.iloc[-_AVERAGES:]])
        return lines, [
            MatrixHead("overall", overall.shape, overall),
            MatrixHead("by_class", self.by_class.shape, shown),
        ]

    def _explain(self) -> list[str]:
        """Say in words what the numbers are of."""
        classes = self._classes
        lines = [f"{explain_main_row(classes)}; baseline: the class shares alone"]
        if len(classes) != 2:
            return lines
        probability = f"its probability is above {self.threshold or 0.5:g}"
        return [f"{quote(classes[1])} is predicted where {probability}", *lines]

    def _note(self) -> list[str]:
        """Say in words which classes have no rows or no predictions, and the best threshold."""
        table = self.by_class.iloc[:-_AVERAGES]
        absent = table.index[table["support"] == 0]
        never = table.index[(table["support"] > 0) & table["precision"].isna()]
        lines = []
        if len(absent):
            lines.append(f"No row is of {listing(absent)}: nan, and left out of averages")
        if len(never):
            lines.append(f"No row is predicted as {listing(never)}: its precision is undefined")
        if not isnan(self.best_f1):
            lines.append(
                f"On these rows F1 of {quote(self._classes[1])} is highest, {self.best_f1:.3f}, at "
                f"threshold={self.best_threshold!r}"
            )
        return lines
