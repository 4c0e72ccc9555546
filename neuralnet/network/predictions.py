"""Predictions of a network for new rows, and the fit to the training rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import check_whole, make_generator
from ..model import (
    Smearing,
    check_threshold,
    choose_kind,
    compute_residuals,
    compute_scores,
    fit_smearing,
    label_predictions,
    predict_original,
    simulate,
)
from .holder import FitHolder


class Predictions(FitHolder):
    """Methods of a network that predict."""

    def predict(
        self,
        data: Any = None,
        type: str | None = None,
        *,
        threshold: float | None = None,
        unseen: str = "error",
    ) -> pd.Series | pd.DataFrame:
        """Predict new rows, in their order and with their index.

        Parameters
        ----------
        data : DataFrame or another table, dict, or Series as one row, optional
            None: the training rows. Needs no response. The prediction for a row with a missing
            value is missing.
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

        Raises
        ------
        TypeError, ValueError
            For a missing column, a level or a column type that training never saw, and for another
            ``type`` or ``threshold``; for ``type="original"`` if the left side is not invertible
            (such as ``y**2`` or ``sqrt(y) + y``), or if it is not linear and the family not
            gaussian.

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

        References
        ----------
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
        """
        labels = self._model.labels
        kind, chosen = choose_kind(type, labels), check_threshold(threshold, labels)
        if chosen is not None and kind != "class":
            raise ValueError(
                f"threshold= is for predicted classes, and type={kind!r} predicts none: leave one "
                "of them out"
            )
        if kind == "original":
            residuals = self._summarize_residuals()
            return predict_original(self._model, self._theta, data, unseen, residuals)
        values, index = compute_scores(self._model, self._theta, data, unseen, kind, chosen)
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

    def simulate(
        self, n: int = 1, seed: Any = None, data: Any = None, *, unseen: str = "error"
    ) -> pd.DataFrame:
        """Draw new responses from the fitted distribution, as R's ``simulate`` does.

        Parameters
        ----------
        n : int
            Number of responses.
        seed : int or numpy.random.Generator, optional
            None: an unpredictable one. The generator of the network is not used.
        data : DataFrame or another table, optional
            None: the training rows. For other rows no response is needed, except for the trials of
            a binomial response of counts. A row with a missing value has a missing response.
        unseen : {"error", "missing"}
            As in `predict`.

        Returns
        -------
        DataFrame
            A column for each response, ``sim_1``, ``sim_2``, ..., in the type of the response:
            labels of classes, counts, numbers. Where ``cbind`` joins several columns, each response
            has these columns: ``net.simulate(2)["sim_1"]`` is like the response, with successes
            and failures of the trials of each row.

        Raises
        ------
        TypeError, ValueError
            For an invalid argument; if the family draws no responses; and if the residual variance
            is not known, for as many parameters as rows, or without the training rows.

        Notes
        -----
        Classes, counts and successes are drawn with their means; case weights do not change them,
        except that they are the trials of proportions. Numbers are normal, with the variance
        ``sigma**2 / w``: ``sigma**2`` is the weighted sum of squared residuals, divided by the
        number of rows less the rank of X, as in R, if there is no hidden layer. With hidden layers
        it is divided by the number of rows, as the effective number of parameters is not known;
        where there are many weights for the rows it is too small.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Species ~ .", load_iris(), hidden=0, decay=0.01, seed=1)
        >>> drawn = net.train(optimizer="newton", trace=0).simulate(2, seed=1)
        >>> drawn.shape, list(drawn), drawn["sim_1"].dtype == load_iris()["Species"].dtype
        ((150, 2), ['sim_1', 'sim_2'], True)
        """
        number, generator = check_whole("n", n, least=1), make_generator(seed)
        return simulate(self._model, self._theta, number, generator, data, unseen)
