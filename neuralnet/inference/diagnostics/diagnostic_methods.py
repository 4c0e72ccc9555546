"""The methods of inference that look for faults of a fit: residuals, influence, calibration."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_choice, check_flag, check_whole, make_generator
from ...model import UnseenPolicy, read_batch
from ...perceptron import read_family
from ..distributions import check_level
from ..fit.fit_record import FitRecord
from ..hypotheses.refits import specify
from ..hypotheses.term_tests import TermTest, tabulate_tests
from ..weights.covariance import ROUNDING
from .calibration import calibrate
from .influence import compute_cooks_distance, standardize_residuals, sum_leverage
from .lack_of_fit import run_lack_of_fit_test
from .residuals import KINDS, ResidualKind, compute_in_blocks, compute_quantile

Floats = NDArray[np.float64]


class DiagnosticMethods(FitRecord):
    """Residuals of the rows, their influence, calibration, and a test of the network itself."""

    def residuals(
        self, kind: ResidualKind = "deviance", *, standardized: bool = False, seed: Any = 1
    ) -> pd.Series | pd.DataFrame:
        """Residuals of the training rows, those of R's ``residuals`` of a glm.

        Parameters
        ----------
        kind : {"deviance", "pearson", "response", "working", "quantile"}
            ``"response"``: response minus mean. ``"pearson"``: over the standard deviation that the
            mean implies, at a dispersion of 1. ``"working"``: over the derivative of the mean by
            the score. ``"deviance"``: roots of the row's deviance, with the sign of the response
            minus the mean. ``"quantile"``: normal quantiles of the distribution function at the
            response, which are standard normal where the model is right, whatever the family; of
            counts and classes at random between the two limits of the function there.
        standardized : bool
            Of deviance and Pearson residuals: over ``sqrt(dispersion (1 - leverage))``, R's
            ``rstandard``.
        seed : int, Generator or None
            Of quantile residuals of counts and classes; None: others each time.

        Returns
        -------
        Series or DataFrame
            With the index of the rows used; a column for each of several outputs. Of several
            classes, deviance and quantile residuals are one Series.

        Raises
        ------
        ValueError
            For working residuals of several classes, for quantile residuals of fractions in the
            place of counts, and where a residual variance is needed and not known.

        Notes
        -----
        Each residual is that of one row, whatever its case weight, where R multiplies by the root
        of its prior weight. Trials are part of the response: of ``cbind`` and of proportions with
        ``weights=`` all kinds are R's.

        *Several classes.* Pearson residuals are those of each class against all others,
        ``(y - p) / sqrt(p (1 - p))``. The deviance of a row is ``-2 log p`` of its own class, and
        its root has no sign. Quantile residuals are by the probability of all classes up to the
        row's own, in the order of the classes, as of an ordinal response; in another order they
        are others. Standardized, a Pearson residual is over the standard deviation that is left of
        it by the fit.

        Quantile residuals of a gaussian response are response minus mean over the residual standard
        deviation. Others are at most 38.5 in size, where a probability is the smallest float.

        Source: Dunn and Smyth (1996), Journal of Computational and Graphical Statistics 5, 236-244.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference()
        >>> found.residuals("pearson", standardized=True).head(3).round(3)
        0    0.548
        1    0.052
        2   -0.343
        Name: Sepal.Length, dtype: float64
        """
        function = check_choice("kind", kind, KINDS)
        standardized, generator = check_flag("standardized", standardized), make_generator(seed)
        if standardized and kind not in ("deviance", "pearson"):
            raise ValueError(
                f"standardized=True is for kind='deviance' and kind='pearson', not {kind!r}; "
                "quantile residuals are standard normal as they are"
            )
        if function is None:
            dispersion = self._find_dispersion("quantile residuals")
            values = compute_quantile(self.model, self.theta, dispersion, generator)
        else:
            values = compute_in_blocks(self.model, self.theta, function)
        return self._tabulate(self._standardize(values) if standardized else values)

    @cached_property
    def leverage(self) -> pd.Series:
        """Leverage of each training row: the share of its own response in its fit.

        The diagonal of R's hat matrix, ``V J (F + penalty)^-1 J'`` with the Jacobian J of the
        scores, their variance V and the Fisher information F; of several scores its trace over
        those of the row. They sum to `edf`, by which they are the effective parameters that each
        row determines. A row with a case weight of 2 has the sum of two such rows.
        """
        run = partial(sum_leverage, self.model, self.theta, self.curvature)
        return self._label_rows(self.model.compute(run, hessian=True), "leverage")

    @cached_property
    def cooks_distance(self) -> pd.Series:
        """Cook's distance of each training row: how far the weights move without it.

        After one step, in squares of their standard errors by the penalized Fisher information:
        ``d' (F + penalty) d / (dispersion edf)`` for weights that move by d. For one score this is
        R's ``r**2 h / ((1 - h)**2 dispersion edf)``, with the Pearson residual r and the leverage
        h, and `edf` in the place of the number of coefficients; for several scores 1 - h is a
        matrix. A row with a case weight of 2 has the sum of two such rows, each left out alone.
        Missing in a row of leverage 1, without which some weights are not determined.

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified, with the reasons and the remedy.
        """
        self.judgement.require("Cook's distance")
        run = partial(
            compute_cooks_distance, self.model, self.theta, self.curvature, self.likelihood
        )
        return self._label_rows(self.model.compute(run, hessian=True), "cooks_distance")

    def calibration(
        self,
        data: Any = None,
        bins: int = 10,
        level: float = 0.95,
        *,
        unseen: UnseenPolicy = "error",
    ) -> pd.DataFrame:
        """Compare predicted with observed means, in bins of predictions of equal size.

        Of classes, the probability that is predicted and the share that is observed: of each class,
        or of two of the second.

        Parameters
        ----------
        data : DataFrame or another table, optional
            Rows with their response; None: the training rows, to which a network is calibrated
            better than to others. Incomplete rows are left out, with a warning. Rows count by the
            case weights of the network, if their column is there, and by trials.
        bins : int
            Number of bins, cut at quantiles of the predictions.
        level : float
            Of the limits, between 0 and 1.
        unseen : {"error", "missing"}
            As in `NeuralNetwork.accuracy`.

        Returns
        -------
        DataFrame
            A row for each bin, from the lowest prediction to the highest: ``predicted`` and
            ``observed`` means, ``lower`` and ``upper`` confidence limits of the observed mean, and
            ``n``, the weight of the bin; ``group``, the class or the response, where there are
            several. Where predictions are alike there are fewer bins.

        Notes
        -----
        Limits of shares are Wilson's, of other means those of Student's t. They hold for rows that
        the network was not trained on.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_planar
        >>> net = NeuralNetwork("y ~ x1 + x2", load_planar("train"), hidden=0, family="binomial")
        >>> found = net.train(optimizer="newton", trace=0).inference()
        >>> found.calibration(load_planar("test"), bins=3).round(2)
           predicted  observed  lower  upper     n
        0       0.40      0.52   0.34   0.69  27.0
        1       0.53      0.31   0.17   0.50  26.0
        2       0.64      0.63   0.44   0.78  27.0
        """
        bins, level = check_whole("bins", bins, least=1), check_level(level)
        return calibrate(self.model, self.theta, read_batch(self.model, data, unseen), bins, level)

    def lack_of_fit(self) -> pd.DataFrame:
        """Test whether the network leaves anything of its columns unsaid.

        A score test beside the network's Jacobian: of squares, cubes and products of two and three
        of the columns, by F for a gaussian response, else by chi-squared. Without a hidden layer it
        is Teräsvirta's test, as in `nonlinearity`, which has its p-value from resamples. Where it
        rejects, take more units than needed, and let evidence shrink them.

        Returns
        -------
        DataFrame
            One row, as of `test_terms`: degrees of freedom, deviance, statistic and p-value, which
            is missing where these columns add nothing to what the network can imitate.

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified, with the reasons and the remedy.

        Notes
        -----
        At most a quarter of the rows are coefficients, as `nonlinearity` says. At 5 % it
        rejected networks that were large enough in 0 to 6 % of tables, the fewer the more units
        were to spare (three families, n = 500, ``tests/benchmarks/sizes.py``).

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Sepal.Width", load_iris(), hidden=0)
        >>> net.train(optimizer="newton", trace=0).inference().lack_of_fit().round(3)
                      df  df_resid  deviance  statistic  p_value
        term
        lack of fit  7.0     140.0    16.329      2.466     0.02
        """
        self.judgement.require("a test of the fit")
        run = partial(run_lack_of_fit_test, specify(self.model), self.theta)
        test = self.model.compute(run, hessian=True)
        return tabulate_tests([TermTest("lack of fit", test, self.deviance)])

    def _standardize(self, values: Floats) -> Floats:
        if values.shape[1] != self.model.perceptron.sizes[-1]:
            raise ValueError(
                "a deviance residual of several classes is one number, and has no leverage of its "
                "own: take kind='pearson', which has one for each class"
            )
        dispersion = self._find_dispersion("standardized residuals")
        run = partial(
            standardize_residuals, self.model, self.theta, self.curvature, dispersion, values
        )
        return self.model.compute(run, hessian=True)

    def _find_dispersion(self, what: str) -> float:
        """The dispersion; ValueError where it is estimated and not known."""
        if not read_family(self.model.perceptron.family).has_dispersion:
            return 1.0
        dispersion = self.dispersion
        if not (self.df_resid > ROUNDING * self.nobs and dispersion > 0.0):
            reasons = " ".join(self.judgement.reasons)
            raise ValueError(f"{what} need the residual variance, which is not known. {reasons}")
        return dispersion

    def _tabulate(self, values: Floats) -> pd.Series | pd.DataFrame:
        labels, index = self.model.labels, self.model.rows.index
        one_of_several = values.shape[1] < len(labels.outputs)
        names = (labels.response,) if one_of_several else labels.outputs
        return labels.tabulate(values, names, index)

    def _label_rows(self, values: NDArray[Any], name: str) -> pd.Series:
        return pd.Series(values, self.model.rows.index, name=name)
