"""Likelihood of a fit: deviances, dispersion, information criteria, degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, nan

import numpy as np
from numpy.typing import NDArray

from ...model import Model, evaluate_intercept
from ...perceptron import read_family
from ..weights.covariance import read_observations
from .requirements import find_missing_likelihood

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Likelihood:
    """Likelihood and degrees of freedom.

    Attributes
    ----------
    llf : float
        Log-likelihood with all constants; nan where the loss is none.
    deviance, null_deviance : float
        Of the fit, and of an intercept alone; nan with class weights, which belong to the loss.
    nobs : float
        Number of rows, by case weight.
    edf : float
        Effective degrees of freedom of the weights; nan where they are not computed.
    has_dispersion : bool
        Whether the dispersion is estimated: it counts as one more parameter, as in R.
    n_intercepts : int
        Number of parameters of an intercept alone; 0 where the formula has none.
    """

    llf: float
    deviance: float
    null_deviance: float
    nobs: float
    edf: float
    has_dispersion: bool
    n_intercepts: int

    @property
    def n_estimated(self) -> float:
        """Number of estimated parameters, the dispersion included."""
        return self.edf + self.has_dispersion

    @property
    def aic(self) -> float:
        """Akaike's information criterion, ``2 * parameters - 2 * llf``."""
        return 2.0 * self.n_estimated - 2.0 * self.llf

    @property
    def bic(self) -> float:
        """Bayesian information criterion, ``log(nobs) * parameters - 2 * llf``."""
        return log(self.nobs) * self.n_estimated - 2.0 * self.llf

    @property
    def df_model(self) -> float:
        """Effective degrees of freedom beside the intercepts, one of each score that is free."""
        return self.edf - self.n_intercepts

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom, ``nobs - edf``."""
        return self.nobs - self.edf

    @property
    def dispersion(self) -> float:
        """Residual variance, ``deviance / df_resid``; 1 where the family has none to estimate.

        nan where no degree of freedom is left.
        """
        if not self.has_dispersion:
            return 1.0
        return self.deviance / self.df_resid if self.df_resid > 0.0 else nan

    @property
    def df_test(self) -> float:
        """Degrees of freedom of t statistics; infinite where the dispersion is known."""
        return self.df_resid if self.has_dispersion else float("inf")


def measure_likelihood(model: Model, theta: Vector, edf: float) -> Likelihood:
    """Measure the likelihood of the training rows at theta."""
    batch, family = read_observations(model), model.perceptron.family
    w = np.ones(len(batch.X)) if batch.w is None else batch.w
    loss, null, llf = nan, nan, nan
    if model.class_weights is None:
        loss, null = model.evaluate(theta, batch).loss, _measure_null_loss(model)
    if not find_missing_likelihood(model):
        llf = family.log_likelihood(loss, batch.Y, w)  # type: ignore[attr-defined]
    return Likelihood(
        llf=llf,
        deviance=2.0 * loss,
        null_deviance=2.0 * null,
        nobs=batch.weight,
        edf=edf,
        has_dispersion=read_family(family).has_dispersion,
        n_intercepts=_count_intercepts(model),
    )


def _count_intercepts(model: Model) -> int:
    """Number of free parameters of an intercept alone."""
    if model.design.terms.intercept is None:
        return 0
    perceptron = model.perceptron
    return perceptron.sizes[-1] - read_family(perceptron.family).is_shift_invariant


def _measure_null_loss(model: Model) -> float:
    """Loss of an intercept alone; without an intercept in the formula, of the offset alone."""
    if model.design.terms.intercept is not None:
        return model.baseline
    return evaluate_intercept(model.perceptron, model.batch, np.zeros(model.perceptron.sizes[-1]))
