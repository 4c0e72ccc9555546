"""Statistics of a network: the door to all that may be inferred from its fit."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..inference import (
    CovarianceKind,
    Explanation,
    Inference,
    IntervalType,
    PredictionErrors,
    ScaleType,
    Summary,
    TidyRows,
    explain,
    infer,
)
from ..model import UnseenPolicy
from .holder import FitHolder


class Statistics(FitHolder):
    """Methods of a network that report on its fit."""

    def inference(self) -> Inference:
        """Return the record of inference: standard errors, tests, effects, and what they rest on.

        Raises
        ------
        ValueError
            If the network was not trained, or has no training rows.

        Notes
        -----
        Every other fit has a record. Where no standard errors follow from it, its
        `Inference.judgement` says why, with the remedy, and so do all methods that need them: a fit
        that is not at its optimum, or not identified; an L1 penalty, single precision, class
        weights, several gaussian responses, more than 3,000 weights. Likelihood and predictions
        remain, as in `Inference.summary`.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference()
        >>> found.bse.round(4).tolist(), round(found.aic, 2)
        ([0.0784, 0.0189], 160.04)
        """
        return infer(self._find_record(), not self._is_fresh)

    def summary(
        self,
        weights: bool | None = None,
        level: float = 0.95,
        *,
        kind: CovarianceKind = "hessian",
        groups: Any = None,
        starts: int = 4,
        seed: int = 1,
    ) -> Summary:
        """Summarize the fit: likelihood, effects of predictors with standard errors, tests.

        The same as ``inference().summary()``, see `Inference.summary`.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Sepal.Width", load_iris(), hidden=0)
        >>> net.train(optimizer="newton", trace=0).summary()
        NeuralNetwork  Sepal.Length ~ Petal.Length + Sepal.Width
        3 inputs - 1 gaussian output; 150 rows, 3 weights
        Effective degrees of freedom 3.0; no decay
        Log-likelihood -46.513, AIC 101.03, BIC 113.07
        Deviance 16.329, of an intercept alone 102.17: 84.0% explained
        Residual standard error 0.3333 on 147.0 degrees of freedom, dispersion 0.1111
        At the optimum (within 0.001 standard errors), condition number 2.5
        <BLANKLINE>
        Average change of the mean of Sepal.Length
                                        estimate std. error       t   2.5 %  97.5 %   p-value
        Petal.Length 1.6 to 5.1           1.6517     0.0599   27.57  1.5333  1.7701
                     slope                0.4719     0.0171   27.57  0.4381  0.5057
                     overall, F(1, 147)                      760.06                    <2e-16
        Sepal.Width  2.8 to 3.3           0.2978     0.0347    8.59  0.2293  0.3663
                     slope                0.5955     0.0693    8.59  0.4585  0.7325
                     overall, F(1, 147)                       73.79                  1.16e-14
        <BLANKLINE>
        Coefficients
                     estimate std. error      t   2.5 %  97.5 %   p-value
        Intercept       2.249      0.248   9.07   1.759   2.739  7.04e-16
        Petal.Length   0.4719     0.0171  27.57  0.4381  0.5057    <2e-16
        Sepal.Width    0.5955     0.0693   8.59  0.4585  0.7325  1.16e-14
        <BLANKLINE>
        Changes of a number are from its lower to its upper quartile, with the other columns as
        they are, averaged over the rows; 'slope' is the average derivative. 'overall' tests all
        terms that contain the predictor.
        """
        return self.inference().summary(
            weights, level, kind=kind, groups=groups, starts=starts, seed=seed
        )

    def explain(self, data: Any = None, *, unseen: UnseenPolicy = "error") -> Explanation:
        """Return the record of an explanation: importance of terms, and shapes of predictions.

        It needs no standard errors, and so works for every trained network. It says what this
        network uses, not what matters in the world.

        Parameters
        ----------
        data : DataFrame or another table, optional
            Rows to explain the network on, as those held out; by default the training rows.
            Incomplete rows are left out. Rows count by the case weights of the network, in new data
            if their column is there.
        unseen : {"error", "missing"}
            As in `accuracy`: a level that training never saw is an error, or a missing value.

        Raises
        ------
        ValueError
            If the network was not trained, and if it was loaded without its rows and none are
            given.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Species ~ .", load_iris(), hidden=2, activation="relu", seed=1)
        >>> explained = net.train(trace=0).explain()
        >>> explained
        <Explanation: 150 rows; importance(), olden(), garson(), partial_dependence(), ...>
        >>> explained.importance(measure="accuracy")["term"].tolist()
        ['Sepal.Length', 'Sepal.Width', 'Petal.Length', 'Petal.Width']
        """
        return explain(self._model, self._theta, not self._is_fresh, data, unseen)

    def tidy(
        self,
        what: TidyRows | None = None,
        *,
        conf_int: bool = False,
        conf_level: float = 0.95,
        exponentiate: bool = False,
    ) -> pd.DataFrame:
        """Tabulate coefficients, or effects of a network, as R's ``broom::tidy``.

        The same as ``inference().tidy()``, see `Inference.tidy`.
        """
        return self.inference().tidy(
            what, conf_int=conf_int, conf_level=conf_level, exponentiate=exponentiate
        )

    def glance(self) -> pd.DataFrame:
        """Tabulate measures of the fit in one row, as R's ``broom::glance``.

        The same as ``inference().glance()``, see `Inference.glance`.
        """
        return self.inference().glance()

    def augment(
        self,
        data: Any = None,
        *,
        type: ScaleType = "response",
        se_fit: bool = False,
        interval: IntervalType | None = None,
        level: float = 0.95,
        method: PredictionErrors | None = None,
        unseen: UnseenPolicy = "error",
    ) -> pd.DataFrame:
        """Add fitted values, residuals and influence to a table, as R's ``broom::augment``.

        The same as ``inference().augment()``, see `Inference.augment`.
        """
        return self.inference().augment(
            data,
            type=type,
            se_fit=se_fit,
            interval=interval,
            level=level,
            method=method,
            unseen=unseen,
        )
