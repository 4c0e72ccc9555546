"""The bootstrap of a fit: its weights in refits to resamples, and the errors that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import pluralize
from ...model import Model
from ...perceptron import Objective, Scaled
from ...training import condition_objective
from ..distributions import check_level, t_quantile
from ..effects.effects import (
    EffectTarget,
    ScaleType,
    check_options,
    tabulate_comparisons,
    tabulate_predictions,
    tabulate_slopes,
)
from ..effects.estimands import Fit
from ..effects.uncertainty import Draws
from ..fit.curvature import find_undetermined
from ..frozen_record import FrozenRecord
from ..members import list_members
from ..weights.parameters import Parameters
from .unit_matching import UnitMatching

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Bootstrap(FrozenRecord):
    """The weights of a network in refits to resamples of its rows.

    `Inference.bootstrap` makes it. Standard errors are the standard deviations of the resamples,
    and intervals are the estimate of the fit and 1.96 of them to both sides.

    Attributes
    ----------
    model : Model
    theta : (P,) array
        The weights of the fit.
    thetas : (n, P) array
        The weights of each resample, as training gives them: `vcov` matches their hidden units.
        nan for a resample whose refit failed.
    n_unconverged : int
        Number of refits that did not converge. They count as they ended.
    description : str
        How rows were drawn, and where refits started.
    """

    _made_by = "inference().bootstrap() with the same seed"
    _kept_as = "slopes() or vcov()"

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
        """Covariance of `params`: that of the refits, with hidden units matched.

        Rows and columns of a weight that the data do not determine are missing.
        """
        V = np.atleast_2d(np.cov(self.draws.to_numpy(), rowvar=False))
        fit = self.uncertainty.fit
        unknown = self.parameters.find_changed(fit.undetermined, fit.scaling)
        V[unknown], V[:, unknown] = np.nan, np.nan
        return pd.DataFrame(V, self.parameters.labels, self.parameters.labels)

    def confint(self, level: float = 0.95) -> pd.DataFrame:
        """Intervals of `params` by the normal distribution, with columns ``lower``, ``upper``."""
        width = t_quantile(0.5 + check_level(level) / 2.0, inf) * self.bse
        return pd.DataFrame({"lower": self.params - width, "upper": self.params + width})

    # Effects --------------------------------------------------------------------------------

    @cached_property
    def uncertainty(self) -> Draws:
        """The weights of the refits, as a source of the uncertainty of effects."""
        # An absolute value determines a weight as a square does.
        ridge = replace(self.model, mixture=0.0)
        objective = Objective(ridge.perceptron, (ridge.batch,), ridge.penalty, ridge.scaling)
        objective = condition_objective(ridge, objective, ridge.batch)
        penalty = np.zeros((self.theta.size, self.theta.size))
        objective.penalty.add_curvature(penalty, 1.0)
        assert isinstance(objective.scaling, Scaled)
        undetermined = find_undetermined(self.model, objective.scaling, penalty)
        fit = Fit(self.theta, np.zeros_like(penalty), objective.scaling, undetermined)
        return Draws(fit, self.finite)

    def slopes(
        self,
        variables: str | list[str] | None = None,
        data: Any = None,
        *,
        by: str | None = None,
        target: EffectTarget = "rows",
        average: bool = True,
        level: float = 0.95,
        type: ScaleType = "response",
    ) -> pd.DataFrame:
        """Average slopes, see `Inference.slopes`; errors are those of the resamples."""
        options = check_options(by, target, average, level, type)
        return tabulate_slopes(self.model, self.uncertainty, variables, data, options)

    def comparisons(
        self,
        variables: str | list[str] | None = None,
        data: Any = None,
        *,
        contrast: Mapping[str, tuple[Any, Any]] | None = None,
        by: str | None = None,
        target: EffectTarget = "rows",
        average: bool = True,
        level: float = 0.95,
        type: ScaleType = "response",
    ) -> pd.DataFrame:
        """Average comparisons, see `Inference.comparisons`; errors are those of the resamples."""
        options = check_options(by, target, average, level, type)
        source = self.uncertainty
        return tabulate_comparisons(self.model, source, variables, data, contrast, options)

    def predictions(
        self,
        data: Any = None,
        *,
        by: str | None = None,
        target: EffectTarget = "rows",
        average: bool = True,
        level: float = 0.95,
        type: ScaleType = "response",
    ) -> pd.DataFrame:
        """Average predictions, see `Inference.predictions`; errors are those of the resamples."""
        options = check_options(by, target, average, level, type)
        return tabulate_predictions(self.model, self.uncertainty, data, options)

    def __dir__(self) -> list[str]:
        return list_members("Bootstrap", super().__dir__())

    def __repr__(self) -> str:
        ended = f"{self.n_failed} failed"
        if self.n_unconverged:
            ended += f", {self.n_unconverged} did not converge"
        return f"<Bootstrap: {pluralize(self.n, 'resample')} of {self.description}; {ended}>"
