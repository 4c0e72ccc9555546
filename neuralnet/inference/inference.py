"""The record of inference: all that is said of a fit, made from its model, weights and rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from ..errors import check_flag, check_whole, pluralize
from ..model import Model
from ..training import RestartResult
from .distributions import check_level
from .hypotheses.model_tests import ModelTests
from .report.report_methods import ReportMethods
from .report.summary import Summary, summarize


@dataclass(frozen=True, eq=False, repr=False)
class Inference(ReportMethods, ModelTests):
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
        parts = [
            pluralize(int(self.nobs), "row"),
            *([] if isnan(self.edf) else [f"edf {self.edf:.1f}"]),
            *([] if isnan(self.llf) else [f"log-likelihood {self.llf:.5g}"]),
        ]
        return f"<Inference: {', '.join(parts)}; {words}>"


def infer(
    model: Model,
    theta: NDArray[np.float64],
    trained: bool,
    ends: tuple[RestartResult, ...] = (),
    decay_source: str = "given",
) -> Inference:
    """Make the record of inference of a fit.

    Raises
    ------
    ValueError
        Without training or training rows, with the remedy.
    """
    if not trained:
        raise ValueError(
            "this network was not trained, so that there is nothing to infer: call train() first"
        )
    # Raises where there are no rows.
    _ = model.rows
    return Inference(model, theta, ends, decay_source)
