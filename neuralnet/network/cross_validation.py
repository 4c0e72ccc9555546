"""Cross-validation of a network, and comparison with another one on the same folds."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataWarning, check_whole
from ..model import EVIDENCE, Model, check_threshold
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
    measure_size,
    read_sizes,
    tabulate_sizes,
)
from ..training import begin
from .holder import FitHolder


class CrossValidations(FitHolder):
    """Methods of a network that evaluate networks like it in folds."""

    def cross_validate(
        self,
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        threshold: float | None = None,
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
        threshold : float, optional
            As in `metrics`.
        **training
            Arguments of `train`; none: automatic training. What this network left open is chosen
            anew in each fold.

        Returns
        -------
        CrossValidation
            With the ``deviance``, the table ``metrics`` of the means of all measures and their
            standard errors, and their values in each fold, ``folds``.

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
        return self._cross_validate(folds, training, threshold)

    def compare(
        self,
        other: Any,
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        threshold: float | None = None,
        **training: Any,
    ) -> Comparison:
        """Compare two networks by cross-validation on the same folds.

        Parameters
        ----------
        other : NeuralNetwork
            A network of the same rows, response and weights. The formula, layers and penalty may
            differ, and so may the families of classes; not whether several gaussian responses count
            in units of their own (``scale=True``).
        k, repeats, groups, stratify, threshold, **training
            As in `cross_validate`, for both.

        Returns
        -------
        Comparison
            The ``difference`` of the deviance per row, this network's less the other's, with its
            corrected standard error (Nadeau and Bengio, 2003), interval and p value; the table
            ``metrics`` of the differences of all measures; and the table of ``folds``.

        Raises
        ------
        TypeError, ValueError
            As `cross_validate`; and if the deviances are not comparable.

        Notes
        -----
        To choose ``hidden`` or ``decay``, rank networks by cross-validation, as here, or by
        ``inference().log_evidence``, each with ``decay="evidence"``. Choosing a decay by AIC or
        BIC destroys the coverage of intervals for classes: of nominal 95 % intervals of
        predictions at 500 rows, 60 to 93 % covered with AIC, 57 to 83 % with BIC.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> wide = NeuralNetwork("Species ~ .", load_iris(), hidden=0, decay=0.01, seed=1)
        >>> narrow = NeuralNetwork("Species ~ Sepal.Width", load_iris(), hidden=0, decay=0.01)
        >>> found = wide.compare(narrow, k=5, optimizer="newton")
        >>> found.difference < 0, found.interval[1] < 0
        (True, True)
        """
        if not isinstance(other, CrossValidations):
            raise TypeError(
                f"compare() takes another NeuralNetwork, not {type(other).__name__}: make it with "
                "the arguments that you want to compare"
            )
        check_comparable(self._model, other._model, is_automatic(**training))
        folds = self._assign_folds(k, repeats, groups, stratify)
        found = [net._cross_validate(folds, training, threshold) for net in (self, other)]
        return compare(*found)

    def compare_hidden(
        self,
        hidden: Sequence[int | Sequence[int]] = (0, 1, 2, 5, 10),
        k: int = 10,
        repeats: int = 1,
        *,
        groups: Any = None,
        stratify: bool | None = None,
        **training: Any,
    ) -> pd.DataFrame:
        """Compare networks like this one with other hidden layers, by evidence and in folds.

        Each has the decay of MacKay's fixed point, ``decay="evidence"``, and so has each fold.
        This network does not change.

        Parameters
        ----------
        hidden : list
            Hidden layers, each as the constructor takes them.
        k, repeats, groups, stratify
            As in `cross_validate`; all networks have the same folds. ``k=0``: no cross-validation,
            which takes ``k * repeats`` times as long as the rest.
        **training
            Arguments of `train` that go with ``decay="evidence"``, such as ``n_jobs``, or
            ``optimizer="newton"`` with ``restarts``; none: automatic training from 4 starts.

        Returns
        -------
        DataFrame
            A row for each: ``hidden``, the number of ``weights``, effective degrees of freedom
            ``edf``, ``decay``, ``log_evidence``; the ``deviance`` per row held out and its
            ``std_error``; and ``best_evidence`` and ``best_deviance``, True in the best row.

        Raises
        ------
        TypeError, ValueError
            For invalid arguments, and where evidence does not apply, as for relu.

        Notes
        -----
        *Units to spare cost little*, as evidence shrinks them: take more than are needed rather
        than fewer (Friedman's function and three classes, n = 2,000: intervals of 5 units covered
        73 %, of 12 units 91 %, of nominal 95 %).

        The evidence is that of one optimum. Its copies, with units in another order and with other
        signs, are not counted: their number grows with the width even where units are shrunk to
        nothing. Counted, they chose the widest of 7 networks in 11 of 12 tables from one of 2 units
        (n = 300). Uncounted, evidence chose a network whose deviance for new rows was at most 5 %
        above the lowest in all of 12 tables of a gaussian response (this network and Friedman's
        function); of two classes no hidden unit in 11 of 12, up to 10 % above it. So ask
        cross-validation too. The evidence is missing where it is not defined, as of a fit that did
        not come to rest.

        AIC and BIC are not offered: for classes, decays chosen by them destroy the coverage of
        intervals (of nominal 95 % intervals of predictions at n = 500, 60 to 93 % covered with AIC,
        57 to 83 % with BIC).

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Sepal.Width", load_iris(), seed=1)
        >>> found = net.compare_hidden([0, 2], k=0)
        >>> found[["hidden", "weights", "edf", "best_evidence"]].round(1)
           hidden  weights  edf  best_evidence
        0       0        3  3.0           True
        1       2        9  7.2          False
        """
        sizes, trials = read_sizes(hidden), []
        folds = None
        if check_whole("k", k):
            folds = self._assign_folds(k, repeats, groups, stratify)
        for size in sizes:
            net: Any = self._resize(size)
            net.train(**{"trace": 0, **training})
            found = None if folds is None else net._cross_validate(folds, training, None)
            trials.append(measure_size(size, net.inference(), found))
        return tabulate_sizes(trials)

    def _resize(self, hidden: int | tuple[int, ...]) -> Any:
        """Return an untrained network with other hidden layers and a decay by evidence."""
        net: Any = self
        with warnings.catch_warnings():
            # The data are the same, and what there is to say of them was said of this network.
            warnings.simplefilter("ignore", DataWarning)
            return net.update(hidden=hidden, decay=EVIDENCE)

    def _assign_folds(self, k: Any, repeats: Any, groups: Any, stratify: Any) -> FoldAssignment:
        return assign_folds(
            self._model, self._fit.state.generator_state, k, repeats, groups, stratify
        )

    def _cross_validate(
        self, folds: FoldAssignment, training: Mapping[str, Any], threshold: float | None
    ) -> CrossValidation:
        check_fold_options(training)
        chosen = check_threshold(threshold, self._model.labels)
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

        return cross_validate(self._model, folds, train, chosen)
