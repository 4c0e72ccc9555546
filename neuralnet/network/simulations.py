"""New responses drawn from the fitted distribution of a network."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..errors import check_whole, make_generator
from ..model import UnseenPolicy, simulate
from .holder import FitHolder


class Simulations(FitHolder):
    """The method of a network that draws responses."""

    def simulate(
        self, n: int = 1, seed: Any = None, data: Any = None, *, unseen: UnseenPolicy = "error"
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
