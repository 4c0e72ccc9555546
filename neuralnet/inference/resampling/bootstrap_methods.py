"""The methods of inference that rest on resamples."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import check_choice, check_flag, check_whole, pluralize
from ...model import read_groups
from ...training import PATIENCE, count_jobs, find_tqdm
from ..fit.fit_record import FitRecord
from ..weights.covariance import read_observations
from .bootstrap import Bootstrap
from .resample_runs import fit_resamples, warn_of_resamples, warn_of_rest
from .resamples import prepare
from .row_draws import RowDraws

Floats = NDArray[np.float64]

# The weights that refits start from.
BootstrapStart = Literal["fresh", "fit"]
_STARTS: dict[BootstrapStart, bool] = {"fresh": True, "fit": False}


class BootstrapMethods(FitRecord):
    """Refits to resamples of the rows."""

    def bootstrap(
        self,
        n: int = 200,
        *,
        start: BootstrapStart = "fresh",
        groups: Any = None,
        blocks: int | None = None,
        n_jobs: int | None = None,
        seed: int = 1,
        progress: bool | None = None,
    ) -> Bootstrap:
        """Bootstrap: refit the network to rows that are drawn again, with replacement.

        Parameters
        ----------
        n : int
            Number of resamples, at least 2.
        start : {"fresh", "fit"}
            ``"fresh"``: one new random start for each resample, Glorot's in standardized columns,
            so that errors count the other optima that training might have ended at. ``"fit"``: the
            weights of the fit. Without hidden units it makes no difference.
        groups : array-like or str, optional
            Whole groups of rows are drawn: a label for each row of the data, or the name of a
            column of the formula. For rows that are not independent within groups.
        blocks : int, optional
            Blocks of so many consecutive training rows are drawn, from any row on, and the last one
            is cut so that there are as many rows as before: the moving block bootstrap, for rows in
            the order of time.
        n_jobs : int, optional
            Number of processes; -1: one for each processor. None: this one. Refits that take
            seconds gain from it. Results are the same to the last bit.
        seed : int
            Of the draws and of the starts; each resample has a generator of its own.
        progress : bool, optional
            True: a progress bar, which needs tqdm. None: after two seconds, if tqdm is installed.

        Returns
        -------
        Bootstrap
            The weights of all refits, with standard errors and intervals of weights, slopes,
            comparisons and predictions.

        Raises
        ------
        TypeError, ValueError
            For an invalid argument; and if fewer than two refits have finite weights.

        Warns
        -----
        ConvergenceWarning
            If the fit is more than half a standard error from an optimum, to which resamples are
            fitted; and once, with their numbers, of resamples that lack a class or a level of a
            column, of refits that did not converge, and of refits that failed and are left out.

        Notes
        -----
        Columns, with all that the formula computed from the rows, their standardization, and the
        penalty are those of the fit: the decay is kept. Rows are drawn by their case weights, as a
        weight of 2 is a row twice; groups and blocks keep the weights of their rows. Of proportions
        and of ``cbind`` a row is drawn with all its trials. A level without a row in a resample is
        predicted as the first level, or as its penalty has it.

        It asks for no second derivatives: it is for activations with kinks (``"relu"``) and for L1
        penalties too, where `vcov` is refused. Refits take longer there. From a random start few
        relu units may end with some that are 0 in all rows, and then errors are large: take more
        units, or ``start="fit"``.

        An interval is the estimate plus and minus 1.96 standard deviations of the resamples. By
        simulation of 15 cases with n = 500 and 40 resamples (``python tests/benchmarks coverage``),
        tanh networks of one and two layers and Friedman's function, 95 % intervals of predictions
        covered the truth in 95.2 to 98.6 % of tables, and those of average comparisons in 91.8 to
        97.2 %. In 13 of these cases, with fewer tables, percentiles of the same resamples covered
        predictions in 92.4 to 97.4 %, and intervals of resamples fitted from the fit in 92.3 to
        97.3 %. With n = 200 there were 91 to 98 % for predictions.

        References
        ----------
        B. Efron, R. Tibshirani (1993). An introduction to the bootstrap. H. Künsch (1989), Annals
        of Statistics 17, 1217-1241, for blocks.

        Examples
        --------
        >>> from neuralnet import NeuralNetwork, load_iris
        >>> net = NeuralNetwork("Sepal.Length ~ Petal.Length", load_iris(), hidden=0)
        >>> boot = net.train(optimizer="newton", trace=0).inference().bootstrap(100)
        >>> boot
        <Bootstrap: 100 resamples of rows; 0 failed>
        >>> boot.slopes().iloc[:, :4].round(3)
                   term contrast  estimate  std_error
        0  Petal.Length    dY/dX     0.409      0.021
        """
        n = check_whole("n", n, least=2)
        is_fresh = check_choice("start", start, _STARTS)
        seed, jobs = check_whole("seed", seed), count_jobs(n_jobs)
        patience = PATIENCE
        if progress is not None:
            patience = 0.0 if check_flag("progress", progress) else inf
        if progress:
            find_tqdm()
        draws = self._read_draws(groups, blocks)
        resamples = prepare(self.model, draws, None if is_fresh else self.theta)
        warn_of_rest(resamples, self.theta)
        found = fit_resamples(resamples, n, jobs, seed, patience)
        warn_of_resamples(found)
        what = "rows" if groups is None else "groups of rows"
        what = what if blocks is None else f"blocks of {pluralize(blocks, 'row')}"
        if self.model.perceptron.activations:
            what += f", each refitted from {'a new random start' if is_fresh else 'the fit'}"
        return Bootstrap(
            self.model,
            self.theta,
            self.parameters,
            np.array([each.theta for each in found]),
            sum(not each.converged and bool(np.isfinite(each.theta).all()) for each in found),
            what,
        )

    def _read_draws(self, groups: Any, blocks: Any) -> RowDraws:
        batch = read_observations(self.model)
        w = np.ones(len(batch.X)) if batch.w is None else batch.w
        if groups is not None and blocks is not None:
            raise ValueError(
                "groups= draws whole groups of rows, and blocks= rows that follow each other: give "
                "one of them"
            )
        if blocks is not None:
            blocks = check_whole("blocks", blocks, least=1, most=len(w))
        codes = None if groups is None else read_groups(groups, self.model)
        if codes is not None and np.count_nonzero(np.bincount(codes, w)) < 2:
            raise ValueError("groups= needs at least two groups; all rows are of one")
        return RowDraws(w, codes, blocks)

    @cached_property
    def default_bootstrap(self) -> Bootstrap:
        """The bootstrap with its default arguments, made once."""
        return self.bootstrap()

    def draw_thetas(self) -> Floats:
        """Draw the weights (n, P) of refits to resamples: those of `bootstrap()`, made once.

        Refits that failed are left out.
        """
        return self.default_bootstrap.finite
