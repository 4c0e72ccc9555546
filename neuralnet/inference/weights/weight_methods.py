"""The methods of inference that report weights: estimates, standard errors, intervals."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_choice, check_flag
from ...model import read_groups
from ..distributions import check_level, t_quantile
from ..fit.fit_record import FitRecord
from .covariance import KINDS, CovarianceKind, sandwich, to_raw_covariance

Floats = NDArray[np.float64]


class WeightMethods(FitRecord):
    """Weights with their uncertainty."""

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
        self, kind: CovarianceKind = "hessian", groups: Any = None, *, correction: bool = True
    ) -> pd.DataFrame:
        """Covariance of `params`.

        Parameters
        ----------
        kind : {"hessian", "sandwich", "HC0", "HC1", "HC3", "cluster"}
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

    def covary(
        self, kind: CovarianceKind = "hessian", groups: Any = None, correction: bool = True
    ) -> Floats:
        """Covariance (P, P) of theta, of a `kind` of `vcov`."""
        V = self.covary_scaled(kind, groups, correction)
        return to_raw_covariance(self.curvature, V)

    def covary_scaled(
        self, kind: CovarianceKind = "hessian", groups: Any = None, correction: bool = True
    ) -> Floats:
        """Covariance (P, P) in standardized coordinates, of a `kind` of `vcov`."""
        is_sandwich = check_choice("kind", kind, KINDS)
        self.judgement.require("standard errors")
        check_flag("correction", correction)
        codes = self.read_clusters(kind, groups)
        curvature = self.curvature
        if is_sandwich:
            return sandwich(self.model, self.theta, curvature, kind, codes, correction)
        return self.dispersion / curvature.scaling.loss_scale * curvature.inverse

    def read_clusters(self, kind: str, groups: Any) -> NDArray[np.integer[Any]] | None:
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
        kind: CovarianceKind = "hessian",
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
        By the normal distribution, as R's ``confint.default``, whatever the family. `summary` has
        those of Student's t for a gaussian response, as R's ``confint`` of an ``lm``: wider where
        few degrees of freedom are left.
        """
        level = check_level(level)
        width = t_quantile(0.5 + level / 2.0, float("inf"))
        errors, values = self._compute_errors(kind, groups, correction), self.params
        columns = {"lower": values - width * errors, "upper": values + width * errors}
        return pd.DataFrame(columns)

    def _compute_errors(self, kind: CovarianceKind, groups: Any, correction: bool) -> pd.Series:
        V = self._compute_covariance(kind, groups, correction)
        errors = np.sqrt(np.maximum(np.einsum("ii->i", V), 0.0))
        return pd.Series(errors, self.parameters.labels, name="std_error")

    def _compute_covariance(self, kind: CovarianceKind, groups: Any, correction: bool) -> Floats:
        """Covariance (Q, Q) of the parameters, nan where the data do not determine them."""
        V = self.parameters.covariance(self.covary(kind, groups, correction))
        curvature = self.curvature
        unknown = self.parameters.find_changed(curvature.undetermined, curvature.scaling)
        V[unknown], V[:, unknown] = np.nan, np.nan
        return V
