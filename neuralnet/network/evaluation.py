"""Evaluation of a network: loss, accuracy, confusion matrix and measures of its predictions."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, overload

import pandas as pd

from ..errors import check_flag, cut
from ..model import (
    ClassificationMetrics,
    UnseenPolicy,
    check_threshold,
    compute_accuracy,
    count_classes,
    measure_classes,
    measure_numbers,
    read_batch,
)
from ..selection import tabulate_trials
from .holder import FitHolder


class Evaluation(FitHolder):
    """Methods of a network that evaluate it on the training rows, or on new rows."""

    @property
    def classes(self) -> list[Any]:
        """Class labels in their fixed order; empty for a numeric response."""
        return list(self._model.labels.classes)

    @property
    def tuning(self) -> pd.DataFrame:
        """Table of the decays that were tried, one row each; empty where none was.

        ``deviance`` is that of the rows held out, per unit of weight; ``std_error`` is its
        standard error over the folds; ``seconds`` is the time of the fits. Decays that evidence
        gave from several starts are in `restarts`.
        """
        tuning = self._fit.tuning
        return tabulate_trials(tuning.trials if tuning else ())

    def compute_loss(
        self, data: Any = None, penalty: bool = False, *, unseen: UnseenPolicy = "error"
    ) -> float:
        """Compute half the weighted deviance at the current theta, a sum over rows.

        With ``scale=True``, given or chosen, each of several gaussian responses counts in units of
        its own standard deviation in the training rows.

        Parameters
        ----------
        data : DataFrame or another table, optional
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

    def accuracy(
        self, data: Any = None, *, threshold: float | None = None, unseen: UnseenPolicy = "error"
    ) -> float:
        """Compute the share of rows, by case weight, whose class is predicted correctly.

        Parameters
        ----------
        data : DataFrame or another table, optional
            Rows with their response; None: the training rows. Rows with a missing value are left
            out, with a warning that counts them by the cause.
        threshold : float, optional
            The probability above which the second of two classes is predicted. None: the class of
            the highest probability is predicted.
        unseen : {"error", "missing"}
            A level of a predictor that training never saw is an error, or a missing value, so that
            its row is left out. A class that training never saw is always an error: no prediction
            of it can be correct.

        Returns
        -------
        float
            nan where no row has a weight above 0.

        Raises
        ------
        ValueError
            If the response is a number.
        """
        self._require_classes("accuracy()")
        model, chosen = self._model, check_threshold(threshold, self._model.labels)
        return compute_accuracy(model, self._theta, read_batch(model, data, unseen), chosen)

    def confusion_matrix(
        self, data: Any = None, *, threshold: float | None = None, unseen: UnseenPolicy = "error"
    ) -> pd.DataFrame:
        """Count true classes (rows) against predicted classes (columns).

        ``data``, ``threshold`` and ``unseen`` are as in `accuracy`.
        """
        self._require_classes("confusion_matrix()")
        model, chosen = self._model, check_threshold(threshold, self._model.labels)
        return count_classes(model, self._theta, read_batch(model, data, unseen), chosen)

    # The type depends on the response; with Any, a caller who knows it needs no isinstance check.
    @overload
    def metrics(
        self,
        data: Any = None,
        positive: None = None,
        threshold: float | None = None,
        *,
        unseen: UnseenPolicy = "error",
    ) -> Any: ...

    @overload
    def metrics(
        self,
        data: Any = None,
        positive: Hashable = ...,
        threshold: float | None = None,
        *,
        unseen: UnseenPolicy = "error",
    ) -> pd.Series: ...

    def metrics(
        self,
        data: Any = None,
        positive: Any = None,
        threshold: float | None = None,
        *,
        unseen: UnseenPolicy = "error",
    ) -> ClassificationMetrics | pd.Series | pd.DataFrame:
        """Compute measures of the predictions, by case weight.

        Parameters
        ----------
        data : DataFrame or another table, optional
            Rows with their response; None: the training rows.
        positive : label, optional
            The class that measures of a single class are to be of.
        threshold : float, optional
            The probability above which the second of two classes is predicted, whatever
            ``positive`` is. None: the class of the highest probability is predicted.
        unseen : {"error", "missing"}
            As in `accuracy`.

        Returns
        -------
        ClassificationMetrics
            For classes: accuracy, balanced accuracy, log loss, Brier score, ROC AUC, average
            precision, precision, recall and F1, of all classes (``overall``), beside those of an
            intercept alone (``baseline``), and of each class against the others (``by_class``).
        Series
            For classes and ``positive``: those of this class.
        Series or DataFrame
            For numbers, with a column for each of several responses: ``r2``, ``rmse``, ``mae``, the
            mean ``deviance``, and the share of the deviance of an intercept alone that is
            explained. For counts of trials and proportions also ``roc_auc``,
            ``average_precision``, ``log_loss`` and ``brier`` of single trials.

        Raises
        ------
        TypeError, ValueError
            For a class that does not exist, and for a ``threshold`` that is not between 0 and 1.
            Numbers take neither, nor do more than two classes take a threshold.

        Notes
        -----
        As scikit-learn defines them. An undefined measure, a ratio 0 / 0, is nan: the precision of
        a class that is never predicted, the ROC AUC where all rows are of one class, R squared
        where the response is constant. Averages are over the classes with a value. Weights of
        classes, ``class_weight``, have no effect except through the weights of the network.

        The deviance is per unit of case weight, twice ``compute_loss()`` over the sum of the
        weights: the mean squared error for a gaussian response. Proportions are compared by trials,
        in R squared, RMSE and MAE: a row of 100 trials counts as 100 rows of 1. The deviance of
        ``cbind(successes, failures)`` is per row.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris, load_planar
        >>> net = NeuralNetwork("y ~ x1 + x2", load_planar("train"), hidden=0, seed=1)
        >>> found = net.train(optimizer="newton", trace=0).metrics(load_planar("test"))
        >>> list(found.by_class.index)
        [0, 1, 'macro average', 'weighted average']
        >>> found.overall.index[:3].tolist(), found.baseline["roc_auc"].item()
        (['accuracy', 'balanced_accuracy', 'precision'], 0.5)
        >>> numbers = NeuralNetwork("Sepal.Length ~ .", load_iris(), hidden=0)
        >>> list(numbers.metrics().index)
        ['r2', 'rmse', 'mae', 'deviance', 'deviance_explained']
        """
        model, theta = self._model, self._theta
        chosen = check_threshold(threshold, model.labels)
        if not self.classes:
            if positive is not None:
                self._require_classes("positive=")
            table = measure_numbers(model, theta, read_batch(model, data, unseen))
            return table if table.shape[1] > 1 else table.iloc[:, 0]
        found = measure_classes(model, theta, read_batch(model, data, unseen), chosen)
        return found if positive is None else found.select(positive)

    def _require_classes(self, what: str) -> None:
        if not self.classes:
            raise ValueError(
                f"{what} needs a response of classes; {cut(self._model.labels.response)} holds "
                "numbers"
            )
