"""The record of inference: all that is said of a fit, made from its model, weights and rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import check_choice, check_flag, check_whole, pluralize
from ..model import Model
from .distributions import check_level
from .effects.effect_methods import EffectMethods
from .effects.estimands import Fit
from .effects.uncertainty import DeltaMethod, Uncertainty
from .fit.requirements import check_requirements
from .hypotheses.model_tests import ModelTests
from .optima import Optimum, find_optima
from .prediction.cross_conformal import FoldFits, fit_folds
from .report.summary import Summary, summarize
from .resampling.bootstrap_methods import BootstrapMethods
from .weights.weight_methods import WeightMethods

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Inference(WeightMethods, EffectMethods, ModelTests, BootstrapMethods):
    """What may be said of a fitted network.

    `NeuralNetwork.inference` makes it. Standard errors, tests and effects are those of a penalized
    likelihood: at ``decay=0`` and without a hidden layer those of the GLM.

    Attributes
    ----------
    model : Model
    theta : (P,) array
        The weights of the fit.
    ends : tuple of RestartResult
        How training ended from each of several starts.
    decay_source : str
        How the decay was chosen: ``"given"``, ``"default"``, ``"cross-validation"`` or
        ``"evidence"``.
    """

    @cached_property
    def ranked_optima(self) -> tuple[Optimum, ...]:
        """The different optima with their log evidence; see `optima`."""
        return find_optima(self.model, self.theta, self.ends)

    @property
    def optima(self) -> tuple[Floats, ...]:
        """Weights of the different optima whose log evidence is near that of the best, best first.

        Those that training from several starts ended at, but for the order and the signs of hidden
        units, within 8 units of log evidence, or a sixteenth of a unit for each row if that is
        more. Where the evidence is not defined, as with an activation that has kinks, within so
        many units of the penalized log-likelihood. The weights of the fit alone where there was one
        start, and where they were trained on or assigned since.
        """
        return tuple(each.theta for each in self.ranked_optima)

    @cached_property
    def records(self) -> tuple[Inference, ...]:
        """The records of the `optima` from which something may be inferred, or this one."""
        found = [
            self if np.array_equal(theta, self.theta) else replace(self, theta=theta)
            for theta in self.optima
        ]
        return tuple(each for each in found if each.judgement.allows) or (self,)

    def list_fits(self, kind: str, groups: Any, *, ensemble: bool) -> list[Fit]:
        """The fits that effects rest on, this one or all `optima`, each with its covariance."""
        records = self.records if ensemble else (self,)
        return [
            Fit(
                each.theta,
                each.covary_scaled(kind, groups),
                each.curvature.scaling,
                each.curvature.undetermined,
            )
            for each in records
        ]

    def find_uncertainty(self, method: str, kind: str, groups: Any) -> Uncertainty:
        """What effects take their uncertainty from: a covariance of the weights, or resamples."""
        by_bootstrap = check_choice(
            "method", method, {"delta": False, "ensemble": False, "bootstrap": True}
        )
        if by_bootstrap:
            if kind != "hessian" or groups is not None:
                raise ValueError(
                    "kind= and groups= choose a covariance for the methods 'delta' and 'ensemble'; "
                    "method='bootstrap' takes neither. bootstrap(groups=...) resamples whole "
                    "groups, and has the same methods for effects"
                )
            return self.default_bootstrap.uncertainty
        self.judgement.require("effects")
        fits = self.list_fits(kind, groups, ensemble=method == "ensemble")
        return DeltaMethod(fits, self.likelihood.df_test)

    @cached_property
    def fold_fits(self) -> FoldFits:
        """The fits of conformal intervals, each without a fold of the training rows."""
        return fit_folds(self.model)

    # Report ---------------------------------------------------------------------------------

    def summary(
        self,
        weights: bool | None = None,
        level: float = 0.95,
        *,
        starts: int = 4,
        seed: int = 1,
    ) -> Summary:
        """Summarize the fit, in the manner of R's summary of a glm.

        Parameters
        ----------
        weights : bool, optional
            Whether to list the weights with their standard errors. None: only where there is no
            hidden layer, as the coefficients of a GLM.
        level : float
            Of the intervals.
        starts, seed : int
            Of the smaller networks that tests fit, see `test_terms`.

        Returns
        -------
        Summary
            It prints as text, and as HTML in a notebook. A block for each predictor has the average
            change of the mean (of probabilities for classes) in the units of the data, for a number
            from its lower to its upper quartile and per unit (its average slope), for a factor from
            its first level to each other; with standard errors, statistics and intervals. The
            p-value is that of a test of the predictor in all terms that contain it, by
            `test_terms`. Of a fit that is refused there are the likelihood, measures of the
            predictions, and the reasons.

        Notes
        -----
        The intervals are those of `comparisons` and `slopes` with their default arguments. Where
        cross-validation chose the decay, they are given that choice, and a note says what evidence
        would have chosen.
        """
        if weights is not None:
            check_flag("weights", weights)
        level, starts = check_level(level), check_whole("starts", starts, least=1)
        return summarize(self, weights, level, starts, check_whole("seed", seed))

    def __repr__(self) -> str:
        words = "inference is possible" if self.judgement.allows else "nothing may be inferred"
        return (
            f"<Inference: {pluralize(int(self.nobs), 'row')}, edf {self.edf:.1f}, "
            f"log-likelihood {self.llf:.5g}; {words}>"
        )


def check_trained(model: Model, trained: bool) -> None:
    """Raise ValueError where a network was not trained, or has no training rows."""
    if not trained:
        raise ValueError(
            "this network was not trained, so that there is nothing to infer: call train() first"
        )
    _ = model.rows


def infer(record: Inference, trained: bool) -> Inference:
    """Return a record of inference, if anything could ever be inferred from its fit.

    Raises
    ------
    ValueError
        Where nothing could, with the remedy: without training or training rows, with an L1 penalty,
        in single precision, with class weights, several gaussian responses, or too many weights.
    """
    check_trained(record.model, trained)
    check_requirements(record.model)
    return record
