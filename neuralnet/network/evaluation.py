"""Evaluation of a network: loss, accuracy, confusion matrix, cross-validation, comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_flag, check_memory, cut
from ..metrics import confusion_matrix, summarize_class, summarize_classification
from ..model import Model, classify, read_batch
from ..selection import (
    Comparison,
    CrossValidation,
    FoldAssignment,
    assign_folds,
    check_comparable,
    check_fold_options,
    chooses_decay,
    compare,
    cross_validate,
    is_automatic,
    tabulate_trials,
)
from ..training import begin
from .holder import FitHolder


class Evaluation(FitHolder):
    """Methods of a network that evaluate it on the training rows, new rows, or in folds."""

    @property
    def classes(self) -> list[Any]:
        """Class labels in their fixed order; empty for a numeric response."""
        return list(self._model.labels.classes)

    @property
    def tuning(self) -> pd.DataFrame:
        """Table of the decays that were tried, one row each; empty where none was.

        ``deviance`` is that of the rows held out, per unit of weight; ``std_error`` is its
        standard error over the folds; ``seconds`` is the time of the fits.
        """
        tuning = self._fit.tuning
        return tabulate_trials(tuning.trials if tuning else ())

    def compute_loss(
        self, data: Any = None, penalty: bool = False, *, unseen: str = "error"
    ) -> float:
        """Compute half the weighted deviance at the current theta, a sum over rows.

        With ``scale=True``, given or chosen, each of several gaussian responses counts in units of
        its own standard deviation in the training rows.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows.
        penalty : bool
            Whether to add the penalty of ``decay`` and ``mixture``.
        unseen : {"error", "missing"}
            As in `accuracy`.
        """
        model, theta, penalized = self._model, self._theta, check_flag("penalty", penalty)
        batch = model.apply_class_weights(read_batch(model, data, unseen))
        loss = model.evaluate(theta, batch).loss
        return loss + model.penalize(theta) if penalized else loss

    def accuracy(self, data: Any = None, *, unseen: str = "error") -> float:
        """Compute the share of rows, by case weight, whose class is predicted correctly.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows. Rows with a missing value are left
            out, with a warning that counts them.
        unseen : {"error", "missing"}
            A level of a predictor that training never saw is an error, or a missing value, so that
            its row is left out. A class that training never saw is always an error: no prediction
            of it can be correct.

        Raises
        ------
        ValueError
            If the response is a number.
        """
        self._require_classes("accuracy()")
        model = self._model
        sums = model.evaluate(self._theta, read_batch(model, data, unseen))
        return sums.correct / sums.weight

    def confusion_matrix(self, data: Any = None, *, unseen: str = "error") -> pd.DataFrame:
        """Count true classes (rows) against predicted classes (columns).

        ``data`` and ``unseen`` are as in `accuracy`.
        """
        self._require_classes("confusion_matrix()")
        K = len(self.classes)
        check_memory(f"counts of {K:,} by {K:,} classes", K * K, "Use accuracy() instead")
        truth, predicted, w = classify(self._model, self._theta, data, unseen)
        return confusion_matrix(truth, predicted, self.classes, w)

    def metrics(
        self, data: Any = None, positive: Any = None, *, unseen: str = "error"
    ) -> pd.DataFrame | pd.Series:
        """Compute precision, recall, F1 and support of each class, accuracy and averages.

        Parameters
        ----------
        data : DataFrame or dict, optional
            Rows with their response; None: the training rows.
        positive : label, optional
            Only this class, as a Series with the accuracy.
        unseen : {"error", "missing"}
            As in `accuracy`.

        Notes
        -----
        As scikit-learn defines them. A ratio with a denominator of 0, such as the precision of a
        class that is never predicted, is 0.
        """
        self._require_classes("metrics()")
        table = self.confusion_matrix(data, unseen=unseen)
        if positive is None:
            return summarize_classification(table)
        return summarize_class(table, positive)

    def cross_validate(
        self,
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        **training: Any,
    ) -> CrossValidation:
        """Estimate by k-fold cross-validation how well networks like this one predict new rows.

        For each fold a new network with the same arguments is built from the other rows, trained
        by ``train(**training)``, and evaluated on the rows held out. This network does not change.

        Parameters
        ----------
        k : int
            Number of folds.
        repeats : int
            Number of times that the rows are divided anew.
        groups : array-like or str, optional
            Rows to keep together, where new rows will be of groups not seen: a label for each row
            of the data as given, or the name of a column that the formula uses. A decay chosen in
            a fold is chosen with whole groups too.
        stratify : bool, optional
            Whether each fold has the classes in their overall shares. None: where the response is
            a class.
        **training
            Arguments of `train`; none: automatic training. What this network left open is chosen
            anew in each fold.

        Returns
        -------
        CrossValidation
            With ``deviance`` and ``accuracy``, their standard errors, and a table of ``folds``.

        Raises
        ------
        TypeError, ValueError
            For an invalid argument; for one of `train` that is about a single training (``trace``,
            ``callback``, ``progress``, ``checkpoint``, ``every``); and, naming the fold, where a
            term of the formula cannot be computed from its rows.

        Warns
        -----
        NeuralNetworkWarning
            Once for all warnings of training in folds, in their class if they have one class.
        OverconfidenceWarning
            If networks are worse than an intercept alone on the rows held out, and better on
            those trained on.

        Notes
        -----
        Levels and classes are those of the whole table; means, knots, standardized columns, decay
        and weights are learned from the rows of the fold. Folds and starts are drawn from the
        network's random generator, which is not advanced: the same call gives the same bits.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Species ~ .", load_iris(), hidden=0, decay=0.01, seed=1)
        >>> found = net.cross_validate(k=5, optimizer="newton")
        >>> found.folds["rows"].tolist(), found.accuracy > 0.95
        ([30, 30, 30, 30, 30], True)
        """
        folds = self._assign_folds(k, repeats, groups, stratify)
        return self._cross_validate(folds, training)

    def compare(
        self,
        other: Any,
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        **training: Any,
    ) -> Comparison:
        """Compare two networks by cross-validation on the same folds.

        Parameters
        ----------
        other : NeuralNetwork
            A network of the same rows, response and weights. The formula, layers and penalty may
            differ, and so may the families of classes; not whether several gaussian responses count
            in units of their own (``scale=True``).
        k, repeats, groups, stratify, **training
            As in `cross_validate`, for both.

        Returns
        -------
        Comparison
            The ``difference`` of the deviance per row, this network's less the other's, with its
            corrected standard error (Nadeau and Bengio, 2003), interval and p value; the
            difference of the accuracy; and the table of ``folds``.

        Raises
        ------
        TypeError, ValueError
            As `cross_validate`; and if the deviances are not comparable.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> wide = NeuralNetwork("Species ~ .", load_iris(), hidden=0, decay=0.01, seed=1)
        >>> narrow = NeuralNetwork("Species ~ Sepal.Width", load_iris(), hidden=0, decay=0.01)
        >>> found = wide.compare(narrow, k=5, optimizer="newton")
        >>> found.difference < 0, found.interval[1] < 0
        (True, True)
        """
        if not isinstance(other, Evaluation):
            raise TypeError(
                f"compare() takes another NeuralNetwork, not {type(other).__name__}: make it with "
                "the arguments that you want to compare"
            )
        check_comparable(self._model, other._model, is_automatic(**training))
        folds = self._assign_folds(k, repeats, groups, stratify)
        found = [net._cross_validate(folds, training) for net in (self, other)]
        return compare(*found)

    def _assign_folds(self, k: Any, repeats: Any, groups: Any, stratify: Any) -> FoldAssignment:
        return assign_folds(
            self._model, self._fit.state.generator_state, k, repeats, groups, stratify
        )

    def _cross_validate(
        self, folds: FoldAssignment, training: Mapping[str, Any]
    ) -> CrossValidation:
        check_fold_options(training)
        options = {"trace": 0, **training}
        if folds.groups is not None and chooses_decay(self._model, is_automatic(**training)):
            options["groups"] = folds.groups

        def train(
            model: Model, generator: np.random.Generator
        ) -> tuple[Model, NDArray[np.float64]]:
            net: Any = self._hold(begin(model, generator))
            net._is_fold = True
            net.train(**options)
            return net._model, net._theta

        return cross_validate(self._model, folds, train)

    def _require_classes(self, what: str) -> None:
        if not self.classes:
            raise ValueError(
                f"{what} needs a response of classes; {cut(self._model.labels.response)} holds "
                "numbers"
            )
