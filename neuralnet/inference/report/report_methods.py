"""The methods of inference that hand a fit over: tables as of R's broom, a model of a package."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...errors import check_flag
from ...model import UnseenPolicy
from ..distributions import check_level
from ..effects.effects import ScaleType, is_link
from ..effects.marginaleffects_model import make_model
from ..prediction.requests import LEVEL, IntervalType, PredictionErrors, read_request
from .augment import RowRecord, augment
from .tidy import TidyRows, glance, tidy


class ReportMethods(RowRecord):
    """broom's verbs ``tidy``, ``glance`` and ``augment``, and a model of marginaleffects."""

    def tidy(
        self,
        what: TidyRows | None = None,
        *,
        conf_int: bool = False,
        conf_level: float = 0.95,
        exponentiate: bool = False,
    ) -> pd.DataFrame:
        """Tabulate estimates with their tests, one row each, as R's ``broom::tidy``.

        Parameters
        ----------
        what : {"weights", "effects"}, optional
            ``"weights"``: coefficients, of each class against the first, or the weights of a
            network. ``"effects"``: average changes of the mean, as of `comparisons`. None: the
            coefficients of a model without hidden units, the effects of a network.
        conf_int : bool
            Whether to add intervals.
        conf_level : float
            Of the intervals, between 0 and 1.
        exponentiate : bool
            Of coefficients: exponentials of estimates and limits, as odds ratios and rate ratios.
            Standard errors remain those of the coefficients, as in broom.

        Returns
        -------
        DataFrame
            With columns ``y_level`` (the class, where there are several scores; of several
            responses ``response``), ``term``, ``contrast`` (of effects), ``estimate``,
            ``std_error``, ``statistic``, ``p_value``, and with ``conf_int`` ``conf_low`` and
            ``conf_high``. Numbers are floats.

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified, with the reasons and the remedy; and with
            ``exponentiate`` for anything but coefficients.

        Notes
        -----
        *Coefficients.* Statistics and intervals are Wald's, by Student's t for a gaussian response
        and else by the normal distribution, as in R's ``summary``. broom's intervals of a glm are
        those of the profile likelihood.

        *Effects.* ``statistic`` and ``p_value`` are those of the predictor in all its terms, by
        `test_terms`, and the same in all its rows; not ``estimate / std_error``, as an average
        change may be 0 where the predictor matters. Predictors without effects, such as dates,
        have their test alone.

        *Weights of a network* have no p-value: a Wald test of them does not hold its size. They are
        named as in ``"x1->h1"``, in the order of `params`.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> net.train(optimizer="newton", trace=0).inference().tidy(conf_int=True).round(2)
                   term  estimate  std_error  statistic  p_value  conf_low  conf_high
        0     Intercept      4.31       0.08      54.94      0.0      4.15       4.46
        1  Petal.Length      0.41       0.02      21.65      0.0      0.37       0.45

        References
        ----------
        D. Robinson, A. Hayes, S. Couch (2023). broom: Convert statistical objects into tidy
        tibbles. R package version 1.0.
        """
        for name, value in (("conf_int", conf_int), ("exponentiate", exponentiate)):
            check_flag(name, value)
        return tidy(self, what, conf_int, check_level(conf_level, "conf_level"), exponentiate)

    def glance(self) -> pd.DataFrame:
        """Tabulate measures of the fit in one row, as R's ``broom::glance`` of a glm.

        Returns
        -------
        DataFrame
            One row of floats: broom's ``null_deviance``, ``df_null``, ``logLik``, ``AIC``, ``BIC``,
            ``deviance``, ``df_residual`` and ``nobs``, the weight of the rows; then ``edf``,
            ``dispersion``, ``decay``, missing where it differs by layer, and ``log_evidence``. What
            is not defined is missing, as the log evidence without a penalty on every weight.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference().glance()
        >>> found[["logLik", "AIC", "df_residual", "nobs"]].round(2)
           logLik     AIC  df_residual   nobs
        0  -77.02  160.04        148.0  150.0
        """
        return glance(self)

    def augment(
        self,
        data: Any = None,
        *,
        type: ScaleType = "response",
        se_fit: bool = False,
        interval: IntervalType | None = None,
        level: float = LEVEL,
        method: PredictionErrors | None = None,
        unseen: UnseenPolicy = "error",
    ) -> pd.DataFrame:
        """Add fitted values, residuals and influence to a table, as R's ``broom::augment``.

        Parameters
        ----------
        data : DataFrame or another table, optional
            None: the training rows, in the columns of the formula. All rows are returned, and what
            is not known of an incomplete one is missing.
        type : {"response", "link"}
            The scale of fitted values: means, which are probabilities for classes; or scores, for
            several classes minus that of the first class. broom's default for a glm is ``"link"``.
        se_fit, interval, level, method
            Whether to add standard errors and the ends of intervals, and how they are found, as in
            `NeuralNetwork.predict`.
        unseen : {"error", "missing"}
            As in `NeuralNetwork.predict`.

        Returns
        -------
        DataFrame
            The table, with columns ``.fitted``, ``.se.fit``, ``.lower`` and ``.upper``, and for
            classes ``.class``, the class that is predicted. Of the training rows also ``.resid``,
            the deviance residuals, ``.hat``, the leverage, ``.cooksd``, Cook's distance, and
            ``.std.resid``, standardized residuals; these three are missing where nothing may be
            inferred from the fit. New rows have ``.resid`` if their response is given. With several
            classes or responses there is a column for each, as in ``.fitted_setosa``; the deviance
            residual of several classes is one number, see `residuals`, and has no standardized one.

        Raises
        ------
        ValueError
            As `NeuralNetwork.predict` of standard errors and intervals; and if the data has one of
            these columns.

        Warns
        -----
        DataWarning
            As `NeuralNetwork.predict`.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference()
        >>> found.augment().iloc[:2].round(3)
           Sepal.Length  Petal.Length  .fitted  .resid   .hat  .cooksd  .std.resid
        0           5.1           1.4    4.879   0.221  0.019    0.003       0.548
        1           4.9           1.4    4.879   0.021  0.019    0.000       0.052
        >>> found.augment({"Petal.Length": [2.0]}, se_fit=True).round(2)
           Petal.Length  .fitted  .se.fit
        0           2.0     5.12     0.05
        """
        is_link(type)
        asked = read_request(self.model, type, se_fit, interval, level, method)
        if asked.method == "ensemble":
            raise ValueError(
                "method='ensemble' predicts by several networks, and augment() describes this one: "
                "leave method= out, for errors that count the other optima too, or use "
                "predict(method='ensemble')"
            )
        return augment(self, data, asked, unseen)

    def as_marginaleffects(self) -> Any:
        """Return this fit as a model of the package marginaleffects.

        For what `slopes`, `comparisons` and `predictions` do not offer, such as ratios, hypotheses
        about several effects, grids and the package's plots. It needs the extra
        ``marginaleffects``.

        Returns
        -------
        object
            For the functions of the package, as in ``avg_slopes(found.as_marginaleffects())``. Its
            coefficients are `params`, and ``vcov=`` takes the kinds of `vcov`. Its table has the
            columns of the formula; ``wts=`` names that of case weights, which the package does
            not take by itself, or ``"weights"`` where they were numbers.

        Raises
        ------
        ImportError
            Without the package.
        ValueError
            If the fit is not at rest or not identified; for columns whose names the package takes
            for its own, an offset of numbers, and coefficients that the data do not determine.

        Warns
        -----
        DataWarning
            With the number of rows with an imputed predictor, which are left out.

        Notes
        -----
        The package sees the columns of the data, not the terms of the formula: dots, offsets,
        ``cbind``, transforms and standardized columns are those of this network. Text and numbers
        that the formula codes, as ``C(year)`` does, become levels: new data have them as text.
        Slopes and comparisons leave dates out.

        *Its standard errors are approximate*: it takes derivatives by the coefficients as forward
        differences. Of slopes without hidden units they were off by 1e-6 to 7e-4, of a network of
        69 weights by up to 2.5 %; those of `slopes` are exact. ``eps_vcov=1e-5`` is closer.

        References
        ----------
        V. Arel-Bundock, N. Greifer, A. Heiss (2024). How to interpret statistical models using
        marginaleffects for R and Python. Journal of Statistical Software 111 (9).
        """
        return make_model(self)
