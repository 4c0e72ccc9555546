"""Tests of a model: of the terms of its formula, and of its GLM against hidden units."""

from __future__ import annotations

from functools import partial
from typing import Literal

import pandas as pd

from ...errors import check_choice, check_whole
from ..distributions import check_level
from ..fit.fit_record import FitRecord
from .nonlinearity import Nonlinearity, measure_nonlinearity
from .stepwise import StepwiseSelection, select_terms
from .term_tests import TermTestMethod, run_term_tests

# Whether terms may come back, as in R's `step`.
StepDirection = Literal["backward", "both"]
_DIRECTIONS: dict[StepDirection, bool] = {"backward": False, "both": True}


class ModelTests(FitRecord):
    """Methods of the record of inference that test the model."""

    def test_terms(
        self,
        scope: str | list[str] | None = None,
        *,
        method: TermTestMethod | None = None,
        starts: int = 4,
        seed: int = 1,
    ) -> pd.DataFrame:
        """Test each term of the formula, against the network without it.

        Parameters
        ----------
        scope : str or list of str, optional
            Names of the terms to test. By default all that are no part of an interaction, as in
            R's ``drop1``.
        method : {"likelihood", "score"}, optional
            ``"likelihood"``, for models without hidden units and without decay, and their default:
            R's F test, or likelihood ratio. ``"score"``, the default of networks: the network
            without the term is fitted, and the term's columns are tested beside its Jacobian, by F
            for a gaussian response, else by chi-squared; with hidden units their squares, cubes and
            products with the other columns too.
        starts : int
            Number of random starts of each smaller network, of which the best fit counts.
        seed : int
            Of these starts.

        Returns
        -------
        DataFrame
            A row for each term: degrees of freedom, deviance of the fit without the term, statistic
            and p-value; ``df_resid``, of F; for GLMs the AIC, and a first row of the whole model.

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified; for terms that the formula lacks or that
            are part of an interaction; and for tests that do not hold their size.

        Notes
        -----
        At most a tenth of the rows are coefficients: of more products, each column of the term
        has those with the leading principal components of the other columns. A network with more
        units than it needs has no Wald or likelihood-ratio test: an idle term is significant in 38
        to 88 and in 19 to 59 % of tables at 5 %; by the score test in 4 to 6 %.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Sepal.Width", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference()
        >>> found.test_terms()[["df", "deviance", "statistic"]].round(1)
                       df  deviance  statistic
        term
        <none>        NaN      16.3        NaN
        Petal.Length  1.0     100.8      760.1
        Sepal.Width   1.0      24.5       73.8
        """
        self.judgement.require("tests of terms")
        starts, seed = check_whole("starts", starts, least=1), check_whole("seed", seed)
        run = partial(run_term_tests, self.model, scope, method, starts, seed)
        return self.model.compute(run, hessian=True)

    drop1 = test_terms

    def step(
        self,
        direction: StepDirection = "backward",
        level: float = 0.05,
        scope: str | list[str] | None = None,
        *,
        starts: int = 4,
        seed: int = 1,
    ) -> StepwiseSelection:
        """Drop terms of the formula one by one, each time that of the highest p-value.

        Parameters
        ----------
        direction : {"backward", "both"}
            ``"backward"``: drop the term of the highest p-value above the level, fit the others
            anew, test them, and so on until all p-values are at most the level. ``"both"``: then
            add the dropped term of the lowest p-value below the level, if there is one, and go on.
        level : float
            Between 0 and 1.
        scope : str or list of str, optional
            Names of the terms that may be dropped; by default all.
        starts, seed : int
            As in `test_terms`.

        Returns
        -------
        StepwiseSelection
            The ``formula`` at the end, for ``net.update(formula)``, and the table of ``steps``.

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified, with the reasons and the remedy; and for
            names of other terms.

        Notes
        -----
        Terms are tested as by `test_terms`, R's F or likelihood-ratio test for a GLM and the score
        test else; R's ``step`` goes by AIC instead. A term that is part of an interaction stays as
        long as that does. The decay of a network is kept as it is, however it was chosen: the
        updated network chooses its own.

        *What remains is significant because it was chosen so*: p-values and intervals of the model
        at the end are too small, those of a formula written down before are not. Where the question
        is whether a term matters, ask `test_terms` of the whole formula.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ .", load_iris(), hidden=0)
        >>> found = net.train(optimizer="newton", trace=0).inference().step(level=0.01)
        >>> found.formula, found.dropped
        ('Sepal.Length ~ Sepal.Width + Petal.Length + Species', ('Petal.Width',))
        >>> net.update(found.formula).x_names[:3]
        ['Intercept', 'Sepal.Width', 'Petal.Length']
        """
        both = check_choice("direction", direction, _DIRECTIONS)
        self.judgement.require("tests of terms")
        starts, seed = check_whole("starts", starts, least=1), check_whole("seed", seed)
        level = check_level(level)
        run = partial(select_terms, self.model, scope, both, level, starts, seed)
        return self.model.compute(run, hessian=True)

    def nonlinearity(
        self,
        *,
        bootstrap: int = 0,
        resamples: int = 99,
        folds: int = 10,
        starts: int = 3,
        seed: int = 1,
    ) -> Nonlinearity:
        """Ask whether the network beats the GLM of the same columns.

        By Teräsvirta's test (Teräsvirta, Lin and Granger, 1993): products of two and of three
        columns are added to the GLM, and tested by F for a gaussian response, else by the score
        statistic among those of resamples from the GLM. And by the cross-validated gain in
        deviance, which says how much better the network predicts, and is no test.

        Parameters
        ----------
        bootstrap : int
            Number of resamples of a second test: the likelihood ratio of the network, with the GLM
            inside (columns straight to the outputs, without a penalty), among those of responses
            drawn from the GLM, both refitted to each. 0: none. At n = 200, 39 take a second.
        resamples : int
            Of the score statistic.
        folds : int
            Of the cross-validation; 0: none.
        starts : int
            Number of random starts of each fit of a network.
        seed : int
            Of resamples, starts and folds.

        Returns
        -------
        Nonlinearity
            The numbers, as a table too, and the answer in words.

        Notes
        -----
        The likelihood ratio of a network is not chi-squared: read so, it is significant at 5 % in
        23 (gaussian) and 30 % (binomial) of tables from a GLM.

        A p-value p from m resamples has a Monte Carlo error of ``sqrt(p (1 - p) / m)``, by which it
        differs for another seed or order of the rows. Folds are drawn of rows, so that of a row
        that is there twice one copy may be held out: the gain of rows with a weight of 2 differs.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length + Sepal.Width", load_iris(), hidden=0)
        >>> print(net.train(optimizer="newton", trace=0).inference().nonlinearity().conclusion)
        The GLM does not hold: powers and products of its columns matter (F 2.47 on 7 df, p = 0.02).
        There is something for a network to find.
        """
        counts = {"bootstrap": bootstrap, "resamples": resamples, "seed": seed}
        for name, count in counts.items():
            check_whole(name, count, least=int(name == "resamples"))
        if check_whole("folds", folds) == 1:
            raise ValueError("folds must be 2 or more, or 0 for none; one fold holds out all rows")
        if folds or bootstrap or self.obstacle:
            # The first test fits no network, and asks nothing of this one.
            hint = "" if self.obstacle else " nonlinearity(folds=0) tests the GLM by itself"
            self.judgement.require("the comparison with the GLM", hint)
        run = partial(
            measure_nonlinearity,
            self.model,
            int(bootstrap),
            int(resamples),
            int(folds),
            check_whole("starts", starts, least=1),
            int(seed),
        )
        return self.model.compute(run, hessian=True)
