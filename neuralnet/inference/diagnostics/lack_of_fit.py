"""Lack of fit: a score test of powers and products of the columns beside the network itself."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..fit.fit_record import FitRecord
from ..hypotheses.refits import Specification, specify
from ..hypotheses.score_tests import HypothesisTest, find_contrasts, run_score_test
from ..hypotheses.tested_columns import expand_terasvirta, standardize_tested

Vector = NDArray[np.float64]

# Level at which a summary speaks of it.
_LEVEL = 0.05


def run_lack_of_fit_test(specification: Specification, theta: Vector) -> HypothesisTest:
    """Test squares, cubes and products of the columns beside the Jacobian at an optimum.

    The columns are Teräsvirta's (`expand_terasvirta`), so that without a hidden layer and a penalty
    this is his test.
    """
    batch, intercept = specification.batch, specification.intercept
    columns = np.delete(np.arange(batch.X.shape[1]), [] if intercept is None else [intercept])
    center = bool(specification.perceptron.activations) or intercept is not None
    Z = standardize_tested(batch, columns, center)
    Z = expand_terasvirta(Z, batch, len(find_contrasts(specification)))
    return run_score_test(specification, theta, Z)


def describe_lack_of_fit(record: FitRecord) -> str:
    """Advise more units where the test rejects a network with hidden units; '' else."""
    model = record.model
    if not model.perceptron.activations:
        return ""
    run = partial(run_lack_of_fit_test, specify(model), record.theta)
    test = model.compute(run, hessian=True)
    if not test.p_value <= _LEVEL:
        return ""
    name = "F" if np.isfinite(test.df_resid) else "chi-squared"
    by_evidence = record.decay_source == "evidence"
    shrink = "evidence shrinks them" if by_evidence else "let decay='evidence' shrink them"
    return (
        f"Lack of fit: powers and products of the columns matter beside this network ({name} "
        f"{test.statistic:.3g} on {test.df} df, p = {test.p_value:.2g}). Take more units than it "
        f"needs: {shrink}."
    )
