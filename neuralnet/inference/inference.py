"""The record of inference: all that is said of a fit, made from its model, weights and rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import (
    check_choice,
    check_flag,
    check_record_calls,
    check_whole,
    explain_statistic,
    pluralize,
    quote,
)
from ..model import Model
from .distributions import check_level
from .frozen_record import FrozenRecord
from .hypotheses.model_tests import ModelTests
from .members import list_members
from .report.report_methods import ReportMethods
from .report.summary import Summary, summarize
from .weights.covariance import KINDS, CovarianceKind


@check_record_calls
@dataclass(frozen=True, eq=False, repr=False)
class Inference(FrozenRecord, ReportMethods, ModelTests):
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

    _made_by = "inference()"
    _kept_as = "summary().effects or vcov()"

    # Report ---------------------------------------------------------------------------------

    def summary(
        self,
        weights: bool | None = None,
        level: float = 0.95,
        *,
        kind: CovarianceKind = "hessian",
        groups: Any = None,
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
        kind, groups
            Of the standard errors, statistics and intervals, as in `vcov`; a line says which they
            are. The tests of predictors do not depend on them.
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
        The intervals are those of `comparisons` and `slopes`: by Student's t with ``df_resid``
        degrees of freedom for a gaussian response, else normal. Those of `confint` are normal for
        all families. Where
        cross-validation chose the decay, they are given that choice, and a note says what evidence
        would have chosen.
        """
        if weights is not None:
            check_flag("weights", weights)
        starts = check_whole("starts", starts, least=1)
        check_choice("kind", kind, KINDS)
        intervals = {"level": check_level(level), "kind": kind, "groups": groups}
        return summarize(self, weights, intervals, starts, check_whole("seed", seed))

    def __dir__(self) -> list[str]:
        return list_members("Inference", super().__dir__())

    if not TYPE_CHECKING:  # Type checkers would take it for a permission to read any name.

        def __getattr__(self, name: str) -> NoReturn:
            # Only for a name that is missing; copy and pickle look for their methods.
            if name.startswith("_"):
                raise AttributeError(name)
            hint = explain_statistic(name, dir(self))
            raise AttributeError(f"'Inference' object has no attribute {quote(name)}{hint}")

    def __repr__(self) -> str:
        words = "inference is possible" if self.judgement.allows else "nothing may be inferred"
        parts = [
            pluralize(int(self.nobs), "row"),
            *([] if isnan(self.edf) else [f"edf {self.edf:.1f}"]),
            *([] if isnan(self.llf) else [f"log-likelihood {self.llf:.5g}"]),
        ]
        return f"<Inference: {', '.join(parts)}; {words}>"


def check_trained(model: Model, trained: bool) -> None:
    """Raise ValueError where a network was not trained, or has no training rows."""
    if not trained:
        raise ValueError(
            "this network was not trained, so that there is nothing to infer: call train() first"
        )
    _ = model.rows


def infer(record: Inference, trained: bool) -> Inference:
    """Return a record of inference, if its network was trained and has rows.

    Raises
    ------
    ValueError
        Without training or training rows, with the remedy.
    """
    check_trained(record.model, trained)
    return record
