"""The record of a fit: its model and weights, and what is measured of them, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...errors import ignore_overflow
from ...model import Model
from ...training import RestartResult
from ..evidence import compute_log_evidence
from ..optima import Optimum, find_optima
from ..weights.parameters import Parameters, find_parameters
from .curvature import Curvature, find_scaling, measure_curvature
from .judgement import Judgement, judge, refuse
from .likelihood import Likelihood, measure_likelihood
from .requirements import check_requirements, find_obstacle

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class FitRecord:
    """A fit, with its curvature, likelihood and judgement; see `Inference` for the attributes."""

    model: Model
    theta: Floats
    ends: tuple[RestartResult, ...] = ()
    decay_source: str = "given"

    @cached_property
    def obstacle(self) -> str:
        """Why nothing could be inferred from any fit of this model; '' where it could."""
        return find_obstacle(self.model)

    @cached_property
    def curvature(self) -> Curvature:
        """Hessian and Fisher information in standardized coordinates.

        Raises
        ------
        ValueError
            Where nothing could be inferred from any fit, so that they are not computed.
        """
        check_requirements(self.model)
        return self.model.compute(partial(measure_curvature, self.model, self.theta), hessian=True)

    @cached_property
    def likelihood(self) -> Likelihood:
        """Log-likelihood, deviances and degrees of freedom."""
        edf = nan if self.obstacle else self.curvature.effective_parameters
        return measure_likelihood(self.model, self.theta, edf)

    @cached_property
    def judgement(self) -> Judgement:
        """Whether the fit is at rest and identified, and if not, why."""
        if self.obstacle:
            return refuse(self.obstacle)
        with ignore_overflow():
            return judge(self.model, self.theta, self.curvature, self.likelihood)

    @cached_property
    def parameters(self) -> Parameters:
        """How weights are reported: the order of units, and contrasts of classes."""
        return find_parameters(self.model, self.theta, find_scaling(self.model))

    @cached_property
    def ranked_optima(self) -> tuple[Optimum, ...]:
        """The different optima with their log evidence; see `optima`."""
        return find_optima(self.model, self.theta, self.ends)

    @property
    def optima(self) -> tuple[Floats, ...]:
        """Weights of the different optima within 8 units of log evidence of the best, best first.

        Those that training from several starts ended at, but for the order and the signs of hidden
        units. The weights of the fit alone where there was one start, where they were trained on
        or assigned since, and where the evidence is not defined.
        """
        return tuple(each.theta for each in self.ranked_optima)

    # Likelihood -----------------------------------------------------------------------------

    @property
    def nobs(self) -> float:
        """Number of rows, by case weight."""
        return self.likelihood.nobs

    @property
    def llf(self) -> float:
        """Log-likelihood of the training rows, with all constants, without the penalty.

        nan where the loss is no likelihood, as with class weights.
        """
        return self.likelihood.llf

    @property
    def deviance(self) -> float:
        """Deviance: twice the loss; nan with class weights."""
        return self.likelihood.deviance

    @property
    def null_deviance(self) -> float:
        """Deviance of an intercept alone; nan with class weights."""
        return self.likelihood.null_deviance

    @property
    def edf(self) -> float:
        """Effective degrees of freedom of the weights, ``trace((F + penalty)^-1 F)``.

        F is the Fisher information. Within 0 and the number of weights; without a penalty it is
        the number of weights that are determined. nan where it is not computed, as of more than
        3,000 weights; then ``aic``, ``bic`` and degrees of freedom are nan too.
        """
        return self.likelihood.edf

    @property
    def df_model(self) -> float:
        """Effective degrees of freedom beside the intercept; with classes, beside K - 1 of them."""
        return self.likelihood.df_model

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom, ``nobs - edf``."""
        return self.likelihood.df_resid

    @property
    def dispersion(self) -> float:
        """Residual variance of a gaussian response, ``deviance / df_resid``; else 1."""
        return self.likelihood.dispersion

    @property
    def aic(self) -> float:
        """AIC, with the effective degrees of freedom; a dispersion counts as one more, as in R."""
        return self.likelihood.aic

    @property
    def bic(self) -> float:
        """BIC, with the effective degrees of freedom; a dispersion counts as one more, as in R."""
        return self.likelihood.bic

    @cached_property
    def log_evidence(self) -> float:
        """Log evidence by Laplace's approximation, see `compute_log_evidence`.

        nan unless every weight has a penalty and the fit is at its optimum.
        """
        if self.model.free.any() or not self.judgement.allows:
            return nan
        return compute_log_evidence(self.model, self.theta, self.curvature, self.likelihood)
