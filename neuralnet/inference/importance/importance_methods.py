"""The methods of an explanation that report importance."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from ...errors import check_choice, check_flag, check_whole, make_generator
from ..explained import Explained
from .connection_weights import (
    check_garson,
    compute_garson,
    compute_olden,
    read_connections,
    tabulate_columns,
)
from .permutation import (
    draw_sources,
    find_units,
    permute,
    read_observations,
    tabulate_importance,
)
from .scores import ImportanceMeasure, choose_score

# What connection weights are of.
WeightGroup = Literal["column", "term"]
_BY: dict[WeightGroup, bool] = {"column": False, "term": True}


class ImportanceMethods(Explained):
    """Importance by permutation and by connection weights."""

    def importance(
        self,
        n: int = 10,
        measure: ImportanceMeasure | None = None,
        seed: int = 1,
        scope: str | list[str] | None = None,
        *,
        average: bool = True,
    ) -> pd.DataFrame:
        """Permutation importance: what the predictions lose where a term's values are shuffled.

        The columns of the data that a term is made of are permuted together, and all terms that
        contain one of them are computed anew: so ``poly(x, 2)`` and a factor are one term each, and
        no row of X is one that no row of data could have given.

        Parameters
        ----------
        n : int
            Number of permutations. All terms have the same ones.
        measure : str, optional
            What is lost. By default ``"deviance_explained"``, the share of the deviance of an
            intercept alone that the network explains, for all responses together. For classes
            ``"accuracy"``, ``"balanced_accuracy"``, ``"precision"``, ``"recall"``, ``"f1"``,
            ``"roc_auc"``, ``"average_precision"``, ``"log_loss"`` or ``"brier"``; for numbers
            ``"r2"``, ``"rmse"`` or ``"mae"``, of each response. Of losses the increase counts, so
            that importance is positive where the network needs the term.
        seed : int or Generator
            Of the permutations.
        scope : str or list of str, optional
            Terms of the formula, or columns of the data. By default all terms, in their order, but
            for interactions of columns that have terms of their own, whose importance includes
            that of the interaction.
        average : bool
            False: each permutation, with its number, instead of their mean.

        Returns
        -------
        DataFrame
            With columns ``term``, ``group`` (the response, for a measure of each of several),
            ``estimate``, the mean loss, and ``std_dev``, its standard deviation over the
            permutations, dividing by ``n - 1``; or, with ``average=False``, ``term``, ``group``,
            ``repeat`` and ``estimate``. Terms of the same columns are one, ``x + I(x ** 2)``.

        Raises
        ------
        ValueError
            If given rows have no response, if it does not vary in them, and for terms and measures
            that do not exist, with those that do.

        Notes
        -----
        It says what *this network uses*, not what matters in the world: a column whose part a
        correlated one has taken over has little importance. And *permuting a column breaks its
        correlations*: predictions are then asked for where there were no data, and the losses of
        correlated columns may be large for that alone (Hooker, Mentch and Zhou, 2021, Statistics
        and Computing 31).

        With case weights a row takes the values of row j with the probability ``w[j] / sum(w)``,
        and the measure counts rows by their weights. Class weights do not count.

        For a gaussian response and a column that enters in a line with slope b and no other term
        does, the expected loss of the mean squared error is ``2 b**2 var(x)``, plus twice the
        covariance of b x with the residuals, which is 0 in least squares.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ poly(Petal.Length, 2) + Species", load_iris(), 0)
        >>> explained = net.train(optimizer="newton", trace=0).explain()
        >>> explained.importance().round(2)
                            term  estimate  std_dev
        0  poly(Petal.Length, 2)      5.51     0.42
        1                Species      1.36     0.12

        References
        ----------
        L. Breiman (2001). Random forests. Machine Learning 45. A. Fisher, C. Rudin, F. Dominici
        (2019). All models are wrong, but many are useful. Journal of Machine Learning Research 20.
        """
        n, average = check_whole("n", n, least=1), check_flag("average", average)
        generator, units = make_generator(seed), find_units(self.model, scope)
        observations = read_observations(self.rows)
        score = choose_score(self.model, self.theta, observations.batch, measure)
        sources = draw_sources(observations.rows.w, n, generator)
        losses = permute(observations, units, sources, score)
        return tabulate_importance(losses, units, score, average)

    def olden(self, by: WeightGroup = "column") -> pd.DataFrame:
        """Olden's connection weights: the sums of products of weights from inputs to outputs.

        Of all paths through the hidden layers, and of connections that skip them. Signed: the
        direction in which a column moves a score, as far as the sum over paths can say it.

        Parameters
        ----------
        by : {"column", "term"}
            The columns of X; or the sums over those of each term, in which columns of opposite
            signs cancel.

        Returns
        -------
        DataFrame
            With columns ``term``, ``column`` (of X), ``group`` (the class or the response, where
            there are several outputs) and ``estimate``.

        Notes
        -----
        Raw weights depend on the units of the columns: weights are those for columns of X with a
        standard deviation of 1 in the rows, by case weight. Without a hidden layer they are
        standardized coefficients, in scores per standard deviation. Weights of hidden units count
        as they are, as if units were linear: compare columns within one network only. For classes,
        of whose scores only differences are determined, weights are less their mean over the
        classes.

        Examples
        --------
        Without a hidden layer, the coefficient times the standard deviation:

        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> net.train(optimizer="newton", trace=0).explain().olden().round(3)
                   term        column  estimate
        0  Petal.Length  Petal.Length     0.719

        References
        ----------
        J. D. Olden, D. A. Jackson (2002). Illuminating the "black box". Ecological Modelling 154.
        J. D. Olden, M. K. Joy, R. G. Death (2004). An accurate comparison of methods for
        quantifying variable importance in artificial neural networks. Ecological Modelling 178.
        """
        by_term = check_choice("by", by, _BY)
        matrices, direct = read_connections(self.rows, self.theta)
        return tabulate_columns(self.model, compute_olden(matrices, direct), by_term)

    def garson(self, by: WeightGroup = "column", *, outgoing: bool = True) -> pd.DataFrame:
        """Garson's connection weights: the share of each input in the absolute weights.

        For networks of one hidden layer. Each hidden unit is divided among the inputs by their
        absolute weights into it, and counts by its absolute weight to the output.

        Parameters
        ----------
        by : {"column", "term"}
            The columns of X; or the sums over those of each term.
        outgoing : bool
            False: all hidden units count alike, and the shares are the same for all outputs. So
            Goh (1995), Olden and Jackson (2002) and ``garson`` of R's NeuralNetTools have it, which
            multiply by the outgoing weight before they divide by the sum over inputs, so that it
            cancels.

        Returns
        -------
        DataFrame
            As of `olden`; of each output the estimates add up to 1.

        Raises
        ------
        ValueError
            For a network with another number of hidden layers, or with connections that skip it.

        Notes
        -----
        With weights w of inputs i into hidden units h, and v of these to output k, the share is
        ``sum_h(|w_ih| / sum_j |w_jh| * |v_hk|)``, divided by its sum over the inputs. Weights are
        for columns of X with a standard deviation of 1, see `olden`. Signs do not count: paths that
        cancel each other seem important (Olden, Joy and Death, 2004).

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Species", load_iris(), 2, seed=1)
        >>> shares = net.train(trace=0).explain().garson(by="term")
        >>> shares["term"].tolist(), round(float(shares["estimate"].sum()), 12)
        (['Petal.Length', 'Species'], 1.0)

        References
        ----------
        G. D. Garson (1991). Interpreting neural network connection weights. AI Expert 6 (4).
        A. T. C. Goh (1995). Back-propagation neural networks for modeling complex systems.
        Artificial Intelligence in Engineering 9 (3).
        """
        by_term, outgoing = check_choice("by", by, _BY), check_flag("outgoing", outgoing)
        check_garson(self.model)
        (first, last), _ = read_connections(self.rows, self.theta)
        return tabulate_columns(self.model, compute_garson(first, last, outgoing), by_term)
