"""Tests of predictors: whether a column of the data matters, and whether only in a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...model import Model
from ...perceptron import Objective, restrict
from .refits import Specification, specify
from .term_tests import (
    TermTest,
    compare_glms,
    score_columns,
    score_terms,
    tabulate_tests,
    uses_likelihood,
)


@dataclass(frozen=True, eq=False)
class PartlyLinear(Specification):
    """A network in which some columns enter no hidden unit, but the scores directly.

    Attributes
    ----------
    straight : tuple of int
        These columns of X, among those that skip.
    """

    straight: tuple[int, ...] = ()

    @property
    def free(self) -> NDArray[np.bool_]:
        """Mask of the weights (P,) that are fitted; those into hidden units are 0."""
        mask = np.ones(self.perceptron.n_parameters, dtype=bool)
        self.perceptron.unflatten(mask)[0][list(self.straight)] = False
        return mask

    @cached_property
    def objective(self) -> Objective:
        """The penalized loss of the free weights."""
        return restrict(super().objective, self.free, np.zeros(self.perceptron.n_parameters))


def make_linear(specification: Specification, columns: NDArray[np.intp]) -> Specification:
    """Return the network in which some columns only add a linear combination to the scores.

    It has no penalty on their weights. Where no other column is left, it is the GLM.
    """
    D, intercept = specification.perceptron.sizes[0], specification.intercept
    others = np.setdiff1d(np.arange(D), [*columns, *([] if intercept is None else [intercept])])
    if not others.size:
        return specification.as_glm()
    perceptron, straight = specification.perceptron, tuple(int(each) for each in columns)
    skip = tuple(sorted({*perceptron.skip, *straight}))
    fields = {name: getattr(specification, name) for name in Specification.__dataclass_fields__}
    fields |= {"perceptron": replace(perceptron, skip=skip), "penalize_skip": False}
    return PartlyLinear(**fields, straight=straight)


def find_predictors(model: Model, with_indicators: bool = True) -> dict[str, NDArray[np.intp]]:
    """Find the columns of X whose terms contain each predictor; a dummy of it counts as well.

    So does an indicator of its missing values, unless left out.
    """
    terms = model.design.terms
    left_out = () if with_indicators else terms.indicators
    starts = np.concatenate([[0], np.cumsum(terms.widths)])
    found = {}
    for name in model.design.formula.columns:
        places = [
            np.arange(starts[place], starts[place + 1])
            for place, term in enumerate(terms.formula.terms)
            if any(name in each.columns and each not in left_out for each in term.factors)
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


def run_linearity_tests(model: Model, starts: int, seed: int) -> pd.DataFrame:
    """Test whether each numeric predictor enters the scores in a line; empty without hidden units.

    By a score test beside the network in which the columns of its terms only add a linear
    combination to the scores: of their squares, cubes and products with the other columns.
    """
    specification, tests = specify(model), []
    if not specification.perceptron.activations:
        return pd.DataFrame()
    is_numeric = model.design.terms.is_numeric
    for name, columns in find_predictors(model, with_indicators=False).items():
        if is_numeric[columns].all():
            tests.append(_test_linearity(name, specification, columns, starts, seed))
    return tabulate_tests(tests) if tests else pd.DataFrame()


def _test_linearity(
    name: str,
    specification: Specification,
    columns: NDArray[np.intp],
    starts: int,
    seed: int,
) -> TermTest:
    linear = make_linear(specification, columns)
    fit = linear.fit(starts, np.random.default_rng(seed))
    return score_columns(name, specification, columns, linear, fit)
