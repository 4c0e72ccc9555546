"""Tests of predictors: of all terms that contain a column of the data together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..model import Model
from .refits import specify
from .term_tests import compare_glms, score_terms, tabulate_tests, uses_likelihood


def find_predictors(model: Model) -> dict[str, NDArray[np.intp]]:
    """Find the columns of X whose terms contain each predictor; a dummy of it counts as well."""
    terms = model.design.terms
    starts = np.concatenate([[0], np.cumsum(terms.widths)])
    found = {}
    for name in model.design.formula.columns:
        places = [
            np.arange(starts[place], starts[place + 1])
            for place, term in enumerate(terms.formula.terms)
            if any(name in factor.columns for factor in term.factors)
        ]
        if places:
            found[name] = np.concatenate(places)
    return found


def run_predictor_tests(model: Model, starts: int, seed: int) -> pd.DataFrame:
    """Test each predictor against the model without all terms that contain it.

    As `Inference.test_terms` tests a term, which is the same where each predictor is in one term.
    """
    specification, predictors = specify(model), find_predictors(model)
    if uses_likelihood(specification, None):
        _, tests = compare_glms(specification, predictors)
    else:
        tests = score_terms(specification, predictors, starts, seed)
    return tabulate_tests(tests)
