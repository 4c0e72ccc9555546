"""The methods of inference that rest on resamples."""

from __future__ import annotations

from functools import cached_property
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import check_choice, check_flag, check_whole
from ...model import read_groups
from ...training import PATIENCE, count_jobs, find_tqdm
from ..fit.fit_record import FitRecord
from ..weights.covariance import read_observations
from .bootstrap import Bootstrap, fit_resamples, warn_of_resamples, warn_of_rest
from .resamples import prepare
from .row_draws import RowDraws

Floats = NDArray[np.float64]


class BootstrapMethods(FitRecord):
    """Refits to resamples of the rows."""

    def bootstrap(
        self,
        n: int = 200,
        *,
        start: str = "fresh",
        groups: Any = None,
        blocks: int | None = None,
        n_jobs: int | None = None,
        seed: int = 1,
        progress: bool | None = None,
    ) -> Bootstrap:
        """Bootstrap: refit the network to rows that are drawn again, with replacement."""
        n = check_whole("n", n, least=2)
        is_fresh = check_choice("start", start, {"fresh": True, "fit": False})
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
        what = what if blocks is None else f"blocks of {blocks} rows"
        return Bootstrap(
            self.model,
            self.theta,
            self.parameters,
            np.array([each.theta for each in found]),
            sum(not each.converged and bool(np.isfinite(each.theta).all()) for each in found),
            f"of {what}, each refitted from {'a new random start' if is_fresh else 'the fit'}",
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
