"""The bootstrap of a fit: its weights in refits to resamples, and the errors that follow."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import ConvergenceWarning, pluralize, warn
from ...model import Model
from ...training import ProcessPool, StageReporter, WorkerPool
from ..distributions import check_level, t_quantile
from ..fit.judgement import AT_REST
from ..weights.parameters import Parameters
from .resamples import Resample, Resamples
from .unit_matching import UnitMatching

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap:
    """The weights of a network in refits to resamples of its rows.

    `Inference.bootstrap` makes it. Standard errors are the standard deviations of the resamples,
    and intervals are the estimate of the fit and 1.96 of them to both sides.

    Attributes
    ----------
    model : Model
    theta : (P,) array
        The weights of the fit.
    parameters : Parameters
        How weights are reported.
    thetas : (n, P) array
        The weights of each resample, as training gives them: `vcov` matches their hidden units.
        nan for a resample whose refit failed.
    n_unconverged : int
        Number of refits that did not converge. They count as they ended.
    description : str
        How rows were drawn, and where refits started.
    """

    model: Model
    theta: Vector
    parameters: Parameters
    thetas: Floats
    n_unconverged: int
    description: str

    @property
    def n(self) -> int:
        """The number of resamples."""
        return len(self.thetas)

    @property
    def n_failed(self) -> int:
        """The number of resamples whose refit gave no finite weights. They are left out."""
        return self.n - len(self.finite)

    @cached_property
    def finite(self) -> Floats:
        """The weights of the refits that did not fail."""
        return self.thetas[np.isfinite(self.thetas).all(axis=1)]

    # Weights --------------------------------------------------------------------------------

    @cached_property
    def params(self) -> pd.Series:
        """Weights of the fit, as `Inference.params`."""
        values = self.parameters.transform(self.theta)
        return pd.Series(values, self.parameters.labels, name="estimate")

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Weights of each refit that did not fail, in the order of `params`.

        In each layer the hidden units of a refit are matched with those of the fit: so that the sum
        of squared differences of their activations over the training rows is smallest. Units of an
        odd activation, such as tanh, may change their signs.
        """
        matching = UnitMatching(self.model, self.theta, self.parameters)
        values = self.model.compute(lambda: [matching.transform(each) for each in self.finite])
        return pd.DataFrame(np.array(values), columns=self.parameters.labels)

    @cached_property
    def bse(self) -> pd.Series:
        """Standard errors of `params`."""
        return pd.Series(np.sqrt(np.diag(self.vcov())), self.parameters.labels, name="std_error")

    def vcov(self) -> pd.DataFrame:
        """Covariance of `params`: that of the refits, with hidden units matched."""
        V = np.atleast_2d(np.cov(self.draws.to_numpy(), rowvar=False))
        return pd.DataFrame(V, self.parameters.labels, self.parameters.labels)

    def confint(self, level: float = 0.95) -> pd.DataFrame:
        """Intervals of `params` by the normal distribution, with columns ``lower``, ``upper``."""
        width = t_quantile(0.5 + check_level(level) / 2.0, inf) * self.bse
        return pd.DataFrame({"lower": self.params - width, "upper": self.params + width})

    def __repr__(self) -> str:
        ended = f"{self.n_failed} failed"
        if self.n_unconverged:
            ended += f", {self.n_unconverged} did not converge"
        return f"<Bootstrap: {pluralize(self.n, 'resample')} {self.description}; {ended}>"


def fit_resamples(
    resamples: Resamples, n: int, n_jobs: int, seed: int, patience: float
) -> list[Resample]:
    """Fit n resamples, each by a seed of its own; see `Inference.bootstrap`."""
    seeds = np.random.SeedSequence(seed).spawn(n)
    if n_jobs < 2:
        pool = WorkerPool(resamples, alone=n_jobs == 1)
    else:
        pool = ProcessPool(resamples, n_jobs, SimpleNamespace(resamples=resamples), "resamples")
    objective, found = resamples.objective, []
    grain = objective.n_rows * objective.perceptron.n_parameters
    with pool, StageReporter(n, lines=False, patience=patience) as stages:
        stages.begin(f"Fitting {pluralize(n, 'resample')}", n)
        with closing(pool.map(Resamples.fit, seeds, grain)) as results:
            for each in results:
                found.append(each)
                stages.advance(1)
    return found


def warn_of_rest(resamples: Resamples, theta: Vector) -> None:
    """Warn of a fit that is not at its optimum, as the refits to resamples are."""
    objective = resamples.weigh(resamples.draws.w)
    start = objective.scaling.from_raw(theta)
    phi = objective.scaling.from_raw(resamples.minimize(objective, start)[0])
    decrease = objective(start)[0] - objective(phi)[0]
    dispersion = 1.0
    if getattr(objective.perceptron.family, "has_dispersion", False):
        dispersion = 2.0 * objective.evaluate(phi).loss / objective.scaling.loss_scale
        dispersion /= objective.batch.weight
    if not decrease <= 0.5 * AT_REST**2 * dispersion:
        distance = sqrt(2.0 * decrease / dispersion) if dispersion > 0.0 else inf
        warn(
            f"the fit is about {distance:.2g} standard errors from an optimum, and resamples are "
            "fitted to theirs, so that they may differ from it by more than its error: train on, "
            "as with train(optimizer='newton'), or 'lbfgs' for activations with kinks",
            ConvergenceWarning,
        )


def warn_of_resamples(found: list[Resample]) -> None:
    """Warn once of all resamples that lack a class or a level, or whose refit did not succeed.

    Raises
    ------
    ValueError
        If fewer than two refits succeeded.
    """
    n = len(found)
    failed = sum(not np.isfinite(each.theta).all() for each in found)
    open_ended = sum(not each.converged for each in found) - failed
    lacking = sum(each.lacks for each in found)
    if n - failed < 2:
        raise ValueError(
            f"{failed} of {n} resamples have no fit with finite weights, and a standard error "
            "needs two that have: give the network more decay, or fewer units"
        )
    parts = {
        "lack a level of a column or a class, and have a fit without it": lacking,
        "had not converged after the most steps or cannot, and count as they ended": open_ended,
        "have no fit with finite weights, and are left out": failed,
    }
    if said := [f"{count} {what}" for what, count in parts.items() if count]:
        warn(f"of {n} resamples {'; '.join(said)}", ConvergenceWarning)
