"""The record of inference: all that is said of a fit, made from its model, weights and rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_choice, check_flag, check_number, pluralize
from ..model import Model, read_groups
from ..training import check_second_order
from .covariance import KINDS, sandwich, to_raw_covariance
from .curvature import Curvature, measure_curvature
from .distributions import t_quantile
from .judgement import Judgement, judge
from .likelihood import Likelihood, measure_likelihood
from .model_tests import ModelTests
from .parameters import Parameters, find_parameters

Floats = NDArray[np.float64]

# Networks of more weights would need minutes and gigabytes.
MOST_WEIGHTS = 3_000


@dataclass(frozen=True, eq=False, repr=False)
class Inference(ModelTests):
    """What may be said of a fitted network.

    `NeuralNetwork.inference` makes it. Standard errors, tests and effects are those of a penalized
    likelihood: at ``decay=0`` and without a hidden layer those of the GLM.

    Attributes
    ----------
    model : Model
    theta : (P,) array
        The weights of the fit.
    """

    model: Model
    theta: Floats

    @cached_property
    def curvature(self) -> Curvature:
        """Hessian and Fisher information in standardized coordinates."""
        return self.model.compute(partial(measure_curvature, self.model, self.theta), hessian=True)

    @cached_property
    def likelihood(self) -> Likelihood:
        """Log-likelihood, deviances and degrees of freedom."""
        return measure_likelihood(self.model, self.theta, self.curvature.effective_parameters)

    @cached_property
    def judgement(self) -> Judgement:
        """Whether the fit is at rest and identified, and if not, why."""
        return judge(self.model, self.theta, self.curvature, self.likelihood)

    @cached_property
    def parameters(self) -> Parameters:
        """How weights are reported: the order of units, and contrasts of classes."""
        return find_parameters(self.model, self.theta, self.curvature.scaling)

    # Likelihood -----------------------------------------------------------------------------

    @property
    def nobs(self) -> float:
        """Number of rows, by case weight."""
        return self.likelihood.nobs

    @property
    def llf(self) -> float:
        """Log-likelihood of the training rows, with all constants, without the penalty."""
        return self.likelihood.llf

    @property
    def deviance(self) -> float:
        """Deviance: twice the loss."""
        return self.likelihood.deviance

    @property
    def null_deviance(self) -> float:
        """Deviance of an intercept alone."""
        return self.likelihood.null_deviance

    @property
    def edf(self) -> float:
        """Effective degrees of freedom of the weights, ``trace((F + penalty)^-1 F)``.

        F is the Fisher information. Within 0 and the number of weights; without a penalty it is
        the number of weights that are determined.
        """
        return self.likelihood.edf

    @property
    def df_model(self) -> float:
        """Effective degrees of freedom beside the intercept."""
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

    # Weights --------------------------------------------------------------------------------

    @cached_property
    def params(self) -> pd.Series:
        """Weights in a canonical order; into classes, minus those into the first class.

        Hidden units are in the order of their outgoing weights in standardized coordinates, the
        largest first, under their names in `NeuralNetwork.coef`. A tanh or identity unit whose
        largest outgoing weight is negative has all signs changed, and a minus before its name.
        """
        values = self.parameters.transform(self.theta)
        return pd.Series(values, self.parameters.labels, name="estimate")

    @cached_property
    def bse(self) -> pd.Series:
        """Standard errors of `params`; missing for a weight that the data do not determine."""
        return self._compute_errors("hessian", None, True)

    def vcov(
        self, kind: str = "hessian", groups: Any = None, *, correction: bool = True
    ) -> pd.DataFrame:
        """Covariance of `params`.

        Parameters
        ----------
        kind : {"hessian", "HC0", "HC1", "HC3", "cluster"}
            ``"hessian"``: dispersion times the inverse Hessian of the penalized loss; at decay 0
            and without a hidden layer that of the GLM, else the posterior of Laplace's
            approximation. The others are sandwich estimates, which hold if the variance or the
            independence of rows is not as the family has it: ``"HC1"`` times ``n / (n - edf)``,
            ``"HC3"`` with each score over 1 - leverage, ``"cluster"`` for rows that belong
            together. The infinitesimal jackknife is ``"HC0"``.
        groups : array-like or str, optional
            For ``"cluster"``: a label for each training row, or the name of a column of the
            formula.
        correction : bool
            For ``"cluster"``: whether to multiply by ``G / (G - 1) * (n - 1) / (n - edf)``, for G
            groups.

        Raises
        ------
        ValueError
            If the fit is not at rest or not identified, with the reasons and the remedy; and for
            groups of another length, or fewer than two.

        Notes
        -----
        A case weight of 2 counts a row twice, in ``nobs`` and in the sandwich too. R's prior
        weights differ there, for a gaussian response also in ``BIC``.
        """
        V = self.parameters.covariance(self.covary(kind, groups, correction))
        labels = self.parameters.labels
        return pd.DataFrame(V, labels, labels)

    def covary(self, kind: str = "hessian", groups: Any = None, correction: bool = True) -> Floats:
        """Covariance (P, P) of theta, of a `kind` of `vcov`."""
        is_sandwich = check_choice("kind", kind, KINDS)
        self.judgement.require("standard errors")
        check_flag("correction", correction)
        codes = self._read_clusters(kind, groups)
        curvature = self.curvature
        if is_sandwich:
            V = sandwich(self.model, self.theta, curvature, kind, codes, correction)
        else:
            V = self.dispersion / curvature.scaling.loss_scale * curvature.inverse
        return to_raw_covariance(curvature, V)

    def _read_clusters(self, kind: str, groups: Any) -> NDArray[np.integer[Any]] | None:
        """Codes of the groups of rows; None for a kind without groups."""
        if kind != "cluster":
            if groups is not None:
                raise ValueError(f"groups= is for kind='cluster'; kind={kind!r} takes none")
            return None
        if groups is None:
            raise ValueError(
                "kind='cluster' needs groups=: a label for each row, or the name of a column of "
                "the formula"
            )
        codes = read_groups(groups, self.model)
        if codes.max() < 1:
            raise ValueError("kind='cluster' needs at least two groups; all rows are of one")
        return codes

    def confint(
        self,
        level: float = 0.95,
        kind: str = "hessian",
        groups: Any = None,
        *,
        correction: bool = True,
    ) -> pd.DataFrame:
        """Wald intervals of `params`, with columns ``lower`` and ``upper``.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        kind, groups, correction
            As in `vcov`.

        Notes
        -----
        By the normal distribution, as R's ``confint.default``, whatever the family.
        """
        level = check_level(level)
        width = t_quantile(0.5 + level / 2.0, float("inf"))
        errors, values = self._compute_errors(kind, groups, correction), self.params
        columns = {"lower": values - width * errors, "upper": values + width * errors}
        return pd.DataFrame(columns)

    def _compute_errors(self, kind: str, groups: Any, correction: bool) -> pd.Series:
        V = self.parameters.covariance(self.covary(kind, groups, correction))
        errors = np.sqrt(np.maximum(np.einsum("ii->i", V), 0.0))
        errors[self._find_undetermined()] = np.nan
        return pd.Series(errors, self.parameters.labels, name="std_error")

    def _find_undetermined(self) -> NDArray[np.bool_]:
        """Mask of the parameters that change along a direction that changes no prediction."""
        curvature = self.curvature
        if not curvature.undetermined.size:
            return np.zeros(len(self.parameters.labels), dtype=bool)
        raw = curvature.scaling.direction_to_raw(curvature.undetermined.T.copy())
        moved = np.abs(self.parameters.transform(raw))
        sizes = np.abs(raw).max(axis=1, keepdims=True)
        return np.asarray((moved > 1e-8 * sizes).any(axis=0))

    def __repr__(self) -> str:
        words = "inference is possible" if self.judgement.allows else "nothing may be inferred"
        return (
            f"<Inference: {pluralize(int(self.nobs), 'row')}, edf {self.edf:.1f}, "
            f"log-likelihood {self.llf:.5g}; {words}>"
        )


def infer(model: Model, theta: Floats, trained: bool) -> Inference:
    """Make the record of inference of a fit.

    Raises
    ------
    ValueError
        Where nothing could ever be inferred, with the remedy: without training or training rows,
        with an L1 penalty, in single precision, with class weights, several gaussian responses, or
        too many weights.
    """
    if not trained:
        raise ValueError(
            "this network was not trained, so that there is nothing to infer: call train() first"
        )
    check_second_order(model, "inference()")
    P, K = model.perceptron.n_parameters, model.perceptron.sizes[-1]
    family = model.perceptron.family
    if P > MOST_WEIGHTS:
        raise ValueError(
            f"inference needs several matrices of all pairs of weights, and this network has "
            f"{P:,} weights: a matrix alone takes {8e-6 * P * P:,.0f} MB. At most "
            f"{MOST_WEIGHTS:,} are allowed: take fewer hidden units."
        )
    if model.dtype != "float64":
        raise ValueError(
            "in single precision a fit does not come near enough to its optimum for standard "
            "errors: make the network with dtype='float64'"
        )
    if model.class_weights is not None:
        raise ValueError(
            "class_weight= changes the loss so that it is no likelihood, and no standard errors "
            "follow from it: make the network without it. To weigh single rows as repeated rows, "
            "use weights="
        )
    if K > 1 and getattr(family, "has_dispersion", False):
        raise ValueError(
            f"each of {K} gaussian responses has a variance of its own, and the loss adds them up "
            "as if it were one: make a network for each response"
        )
    if not hasattr(family, "log_likelihood"):
        raise ValueError(
            f"family {family.name!r} has no likelihood: give it the methods log_likelihood and "
            "mean_product, as neuralnet.families.Family describes them"
        )
    if not model.batch.weight > 0.0:
        raise ValueError("no training row has a weight above 0")
    return Inference(model, theta)


def check_level(level: Any) -> float:
    """Return a confidence level; ValueError if it is not between 0 and 1."""
    level = check_number("level", level)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, as in 0.95; not {level!r}")
    return float(level)
