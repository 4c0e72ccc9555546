"""The record of inference: all that is said of a fit, made from its model, weights and rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import isnan, nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import check_choice, check_flag, check_whole, pluralize
from ..model import Model, read_groups
from ..training import RestartResult
from .covariance import KINDS, sandwich, to_raw_covariance
from .curvature import Curvature, measure_curvature
from .distributions import check_level, t_quantile
from .effect_methods import EffectMethods
from .effects import Fit
from .evidence import compute_log_evidence
from .judgement import Judgement, judge
from .likelihood import Likelihood, measure_likelihood
from .model_tests import ModelTests
from .optima import Optimum, find_optima
from .parameters import Parameters, find_parameters
from .requirements import check_requirements
from .summary import Summary, summarize

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Inference(EffectMethods, ModelTests):
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

    model: Model
    theta: Floats
    ends: tuple[RestartResult, ...] = ()
    decay_source: str = "given"

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
        kind : {"hessian", "sandwich", "HC1", "HC3", "cluster"}
            ``"hessian"``: dispersion times the inverse Hessian of the penalized loss; at decay 0
            and without a hidden layer that of the GLM, else the posterior of Laplace's
            approximation. The others are sandwich estimates, which hold if the variance or the
            independence of rows is not as the family has it: ``"HC1"`` times ``n / (n - edf)``,
            ``"HC3"`` with each score over 1 - leverage, ``"cluster"`` for rows that belong
            together. ``"sandwich"`` is White's, R's ``"HC0"``, and the infinitesimal jackknife.
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
        weights differ there, for a gaussian response also in ``BIC``. Of a proportion a weight
        counts trials, as ``cbind`` of successes and failures does. Rows and columns of a weight
        that the data do not determine are missing.
        """
        V = self._compute_covariance(kind, groups, correction)
        return pd.DataFrame(V, self.parameters.labels, self.parameters.labels)

    def covary(self, kind: str = "hessian", groups: Any = None, correction: bool = True) -> Floats:
        """Covariance (P, P) of theta, of a `kind` of `vcov`."""
        return to_raw_covariance(self.curvature, self.covary_scaled(kind, groups, correction))

    def covary_scaled(
        self, kind: str = "hessian", groups: Any = None, correction: bool = True
    ) -> Floats:
        """Covariance (P, P) in standardized coordinates, of a `kind` of `vcov`."""
        is_sandwich = check_choice("kind", kind, KINDS)
        self.judgement.require("standard errors")
        check_flag("correction", correction)
        codes = self._read_clusters(kind, groups)
        curvature = self.curvature
        if is_sandwich:
            return sandwich(self.model, self.theta, curvature, kind, codes, correction)
        return self.dispersion / curvature.scaling.loss_scale * curvature.inverse

    def list_fits(self, kind: str, groups: Any, *, ensemble: bool) -> list[Fit]:
        """The fits that effects rest on, this one or all `optima`, each with its covariance."""
        records = self._list_records() if ensemble else [self]
        return [
            Fit(
                each.theta,
                each.covary_scaled(kind, groups),
                each.curvature.scaling,
                each.curvature.undetermined,
            )
            for each in records
        ]

    def _list_records(self) -> list[Inference]:
        """A record of each of the `optima`, with its own decay where evidence chose it."""
        records = []
        for theta, _, decay in self.ranked_optima:
            model = self.model if isnan(decay) else self.model.configure(decay=decay)
            same = np.array_equal(theta, self.theta)
            records.append(self if same else replace(self, model=model, theta=theta))
        return records

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
        codes, w = read_groups(groups, self.model).copy(), self.model.batch.w
        if w is not None:
            # A group without weight is none.
            _, codes[w > 0.0] = np.unique(codes[w > 0.0], return_inverse=True)
            codes[w == 0.0] = 0
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
        V = self._compute_covariance(kind, groups, correction)
        errors = np.sqrt(np.maximum(np.einsum("ii->i", V), 0.0))
        return pd.Series(errors, self.parameters.labels, name="std_error")

    def _compute_covariance(self, kind: str, groups: Any, correction: bool) -> Floats:
        """Covariance (Q, Q) of the parameters, nan where the data do not determine them."""
        V = self.parameters.covariance(self.covary(kind, groups, correction))
        unknown = self._find_undetermined()
        V[unknown], V[:, unknown] = np.nan, np.nan
        return V

    def _find_undetermined(self) -> NDArray[np.bool_]:
        """Mask of the parameters that change along a direction that changes no prediction."""
        curvature = self.curvature
        if not curvature.undetermined.size:
            return np.zeros(len(self.parameters.labels), dtype=bool)
        raw = curvature.scaling.direction_to_raw(curvature.undetermined.T.copy())
        moved = np.abs(self.parameters.transform(raw))
        sizes = np.abs(raw).max(axis=1, keepdims=True)
        return np.asarray((moved > 1e-8 * sizes).any(axis=0))

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


def infer(
    model: Model,
    theta: Floats,
    trained: bool,
    ends: tuple[RestartResult, ...] = (),
    decay_source: str = "given",
) -> Inference:
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
    check_requirements(model)
    return Inference(model, theta, ends, decay_source)
