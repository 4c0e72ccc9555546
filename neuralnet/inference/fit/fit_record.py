"""The record of a fit: its model and weights, and what is measured of them, each once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...model import Model
from ...training import RestartResult
from ..evidence import compute_log_evidence
from ..weights.parameters import Parameters, find_parameters
from .curvature import Curvature, find_scaling, measure_curvature
from .judgement import Judgement, judge, refuse
from .likelihood import Likelihood, measure_likelihood
from .requirements import check_requirements, find_obstacle

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class FitRecord:
    """A fit, with its curvature, likelihood and judgement.

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
        return judge(self.model, self.theta, self.curvature, self.likelihood)

    @cached_property
    def parameters(self) -> Parameters:
        """How weights are reported: the order of units, and contrasts of classes."""
        return find_parameters(self.model, self.theta, find_scaling(self.model))

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
