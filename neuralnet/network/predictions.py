"""Predictions of a network for new rows, and the fit to the training rows."""

from __future__ import annotations

from typing import Any, Literal, overload

import pandas as pd

from ..inference import IntervalType, PredictionErrors, check_trained, read_request
from ..model import (
    PredictionType,
    Smearing,
    UnseenPolicy,
    check_threshold,
    compute_residuals,
    compute_scores,
    fit_smearing,
    label_predictions,
    predict_original,
)
from .simulations import Simulations


class Predictions(Simulations):
    """Methods of a network that predict."""

    # Where the type depends on the response, Any spares a caller who knows it an isinstance check.
    @overload
    def predict(
        self,
        data: Any = None,
        type: None = None,
        *,
        threshold: float | None = None,
        unseen: UnseenPolicy = "error",
        method: PredictionErrors | None = None,
    ) -> pd.Series | Any: ...

    @overload
    def predict(
        self,
        data: Any = None,
        type: Literal["class"] = ...,
        *,
        threshold: float | None = None,
        unseen: UnseenPolicy = "error",
        method: PredictionErrors | None = None,
    ) -> pd.Series: ...

    @overload
    def predict(
        self,
        data: Any = None,
        type: Literal["probs"] = ...,
        *,
        unseen: UnseenPolicy = "error",
        method: PredictionErrors | None = None,
    ) -> pd.DataFrame: ...

    @overload
    def predict(
        self,
        data: Any = None,
        type: Literal["probs", "response", "link"] | None = None,
        *,
        unseen: UnseenPolicy = "error",
        se_fit: Literal[True],
        interval: IntervalType | None = None,
        level: float = 0.95,
        method: PredictionErrors | None = None,
    ) -> pd.DataFrame: ...

    @overload
    def predict(
        self,
        data: Any = None,
        type: Literal["probs", "response", "link"] | None = None,
        *,
        unseen: UnseenPolicy = "error",
        se_fit: bool = False,
        interval: IntervalType,
        level: float = 0.95,
        method: PredictionErrors | None = None,
    ) -> pd.DataFrame: ...

    # For arguments that are known only when the program runs.
    @overload
    def predict(
        self,
        data: Any = None,
        type: PredictionType | None = None,
        *,
        threshold: float | None = None,
        unseen: UnseenPolicy = "error",
        se_fit: bool = False,
        interval: IntervalType | None = None,
        level: float = 0.95,
        method: PredictionErrors | None = None,
    ) -> pd.Series | Any: ...

    def predict(
        self,
        data: Any = None,
        type: PredictionType | None = None,
        *,
        threshold: float | None = None,
        unseen: UnseenPolicy = "error",
        se_fit: bool = False,
        interval: IntervalType | None = None,
        level: float = 0.95,
        method: PredictionErrors | None = None,
    ) -> pd.Series | pd.DataFrame:
        """Predict new rows, in their order and with their index; with errors and intervals.

        Parameters
        ----------
        data : DataFrame or another table, dict, or Series as one row, optional
            None: the training rows. Needs no response. The prediction for a row with a missing
            value is missing. Rows of a table without an index are numbered from 0.
        type : {"class", "probs", "response", "link", "original"}, optional
            ``class``: labels, ties to the first class. ``probs``: one column a class.
            ``response``: means; for binomial the probability of the second class. ``link``:
            scores. ``original``: means of y where the formula has a function of y on the left
            side, such as ``log(y)``; without one, as ``response``. None: ``class`` for classes,
            else ``response``, which for ``log(y)`` is the mean of the logarithm.
        threshold : float, optional
            For ``class``: the probability above which the second of two classes is predicted, in
            place of 0.5.
        unseen : {"error", "missing"}
            A level that training never saw is an error, or a missing value, with one warning for
            all rows.
        se_fit : bool
            Whether to add standard errors of the means; with ``type="link"`` those of the scores.
            They are found on the scale of the link, and mapped back by its slope at the prediction;
            those of `Inference.predictions` are found on the scale of the means.
        interval : {"confidence", "prediction"}, optional
            Intervals of the means, or of new responses. The latter are for the families gaussian
            and poisson.
        level : float
            Of the intervals, between 0 and 1.
        method : {"delta", "ensemble", "bootstrap", "conformal"}, optional
            How errors are found. ``"delta"``: by the covariance of the weights, as R's ``predict``
            does. ``"ensemble"``: the prediction is the average of the means over the different
            optima of the restarts, `Inference.optima`, and its error has the variance within and
            between them; it goes without ``se_fit`` and ``interval`` too. After one start it is
            ``"delta"``. ``"bootstrap"``: by `Inference.bootstrap` with its default arguments.
            ``"conformal"``: prediction intervals by CV+ over 10 folds.
            None: of this network, errors by the variance within and between the optima where there
            were restarts; prediction intervals by ``"conformal"``, and without a hidden layer by
            ``"delta"``.

        Returns
        -------
        Series or DataFrame
            With ``se_fit`` or ``interval`` a DataFrame with columns ``fit``, ``se_fit``, ``lower``
            and ``upper``, those that are asked for. With several outputs columns have two levels,
            of which the second is the class or the response: ``predict(...)["fit"]`` is what is
            predicted without them. ``type=None`` is then ``"probs"`` for classes, and
            ``type="link"`` has the scores of classes minus that of the first one.

        Raises
        ------
        TypeError, ValueError
            For a missing column, a level or a column type that training never saw, and for another
            ``type`` or ``threshold``; for ``type="original"`` if the left side is not invertible
            (such as ``y**2`` or ``sqrt(y) + y``), or if it is not linear and the family not
            gaussian. For errors and intervals of classes, of the original scale, and of a fit that
            is not at rest or not identified, with the reasons.

        Warns
        -----
        DataWarning
            With the number of rows by the term that has no value in them, as ``log(x)`` below 0 and
            ``cut`` outside of its breaks, and with ``type="original"`` where the mean is not
            defined, as that of ``log(e)`` over values below 0; their prediction is missing.

        Notes
        -----
        For ``type="original"`` the left side may be a composition of ``+ - * /`` with numbers,
        powers such as ``y**0.3``, ``log``, ``log2``, ``log10``, ``log1p``, ``exp``, ``expm1``,
        ``sqrt``, NumPy's ``cbrt``, ``exp2``, ``arcsinh`` and ``sinh``, ``I``, ``center``,
        ``scale`` and ``standardize``. With g the left side, and residuals e_i of the training rows
        with case weights w_i, the mean of y is Duan's smearing estimate
        ``sum(w_i * inverse_g(mu + e_i)) / sum(w_i)``; for a linear g it is ``inverse_g(mu)``. The
        estimate assumes that the residuals have the same distribution for all rows. They are
        summarized by a Gauss quadrature rule of 32 nodes, which is also in a file without rows;
        for logarithms and roots its result is that of all residuals but for rounding.

        *Confidence intervals* are symmetric on the scale of the link: by Student's t with
        ``df_resid`` degrees of freedom for a gaussian response, else and by the bootstrap normal.
        Their ends are mapped back, so that they stay within the range of the mean. Several classes
        have each the scale of its own log odds, ``log(p / (1 - p))``, whose errors follow from
        those of the scores minus that of the first class; which class is the first does not matter.
        With ``type="link"`` these differences are reported, one for each class but the first. An
        average over optima is that of the means; its link is reported with ``type="link"``.

        *Prediction intervals*: with ``"conformal"``, ``floor(alpha (n + 1))`` of the n differences
        between predictions and absolute residuals are below the lower end, each of a fit without
        the fold of the residual's row, from 4 random starts at the decay that is kept; so with the
        sums above the upper end. Residuals of counts are those of ``sqrt(y + 3/8)``. A case weight
        of 2 counts a row twice. Rows must be exchangeable, not groups or a time series. With the
        other methods the variance of the response is added, ``dispersion / w`` for a gaussian one,
        with w the case weight of the new row or 1; of counts they are quantiles of the negative
        binomial distribution with the mean and its error.

        *Coverage*, of 95 % intervals with 500 rows and the decay by evidence, simulated by
        ``python tests/benchmarks coverage``: of means, where the truth is a network with a hidden
        layer, by ``"delta"`` 93 to 96 %, by ``"ensemble"`` 94 to 97 %, and by ``"bootstrap"`` of 40
        resamples 95 to 98 %; with two hidden layers 92 to 93, 95 to 96 and 97 to 98 %; with too few
        units for the truth 83 to 86, 89 to 93 and 96 to 98 %, and with enough of them 91 to 94, 94
        to 97 and 97 to 99 %. So take more units than needed, and ``decay="evidence"``. Of new
        responses, in 30 tables, 93 to 95 % by ``"delta"`` and 95 to 97 % by ``"conformal"``. Where
        the noise is unequal that is the average over all rows: where it is large, 82 to 90 % with
        every method.

        References
        ----------
        R. F. Barber, E. J. Candes, A. Ramdas, R. J. Tibshirani (2021). Predictive inference with
        the jackknife+. Annals of Statistics 49, 486-507.

        N. Duan (1983). Smearing estimate: a nonparametric retransformation method. Journal of the
        American Statistical Association 78, 605-610.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("log(Petal.Width) ~ Sepal.Length", load_iris(), hidden=0)
        >>> net = net.train(optimizer="newton", trace=0)
        >>> new = {"Sepal.Length": [5.0, 6.0, 7.0]}
        >>> net.predict(new).round(3).tolist()
        [-0.955, -0.027, 0.901]
        >>> net.predict(new, type="original").round(3).tolist()
        [0.459, 1.162, 2.94]
        >>> net.predict(new, se_fit=True, interval="confidence").round(3)
             fit  se_fit  lower  upper
        0 -0.955   0.072 -1.097 -0.813
        1 -0.027   0.051 -0.128  0.074
        2  0.901   0.086  0.730  1.072
        """
        model, labels = self._model, self._model.labels
        asked = read_request(model, type, se_fit, interval, level, method)
        kind, chosen = asked.kind, check_threshold(threshold, labels)
        if chosen is not None and kind != "class":
            raise ValueError(
                f"threshold= is for predicted classes, and type={kind!r} predicts none: leave one "
                "of them out"
            )
        if not asked.is_plain:
            check_trained(model, not self._is_fresh)
            return self._find_record().predict_rows(data, unseen, asked)
        if asked.method is not None:
            return self._find_record().predict_average(data, unseen, kind, chosen)
        if kind == "original":
            residuals = self._summarize_residuals()
            return predict_original(model, self._theta, data, unseen, residuals)
        values, index = compute_scores(model, self._theta, data, unseen, kind, chosen)
        return label_predictions(kind, labels, values, index)

    def _summarize_residuals(self) -> Smearing | None:
        """Return the residuals of the training rows at the current theta, or those of a file."""
        model, state = self._model, self._fit.state
        if model.training is None:
            return state.smearing
        if self._smearing is None or self._smearing[0] is not state.theta:
            self._smearing = (state.theta, fit_smearing(model, state.theta))
        return self._smearing[1]

    @property
    def fitted(self) -> pd.Series | pd.DataFrame:
        """Means of the training rows, ``predict(type="response")``."""
        return self.predict(type="response")

    @property
    def residuals(self) -> pd.Series | pd.DataFrame:
        """Response minus fitted mean; a class is 0 or 1 in each output."""
        return compute_residuals(self._model, self._theta)
