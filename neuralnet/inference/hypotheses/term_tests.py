"""Tests of the terms of a formula: each against the network, or the GLM, without it."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import check_word, cut, listing, suggest
from ...model import Model
from .glm import GLMFit, fit_glm
from .refits import Refit, Specification, specify
from .score_tests import (
    HypothesisTest,
    find_contrasts,
    make_chi2_test,
    make_f_test,
    run_score_test,
)
from .tested_columns import expand_term, standardize_tested

Columns = NDArray[np.intp]

TermTestMethod = Literal["likelihood", "score"]
LIKELIHOOD_OF_NETS = (
    "the likelihood ratio of two networks with hidden units, or with a penalty, is not chi-squared:"
    " where units are to spare, a term that plays no part is significant in up to 59 % of tables. "
    "Use method='score', which holds its size"
)
WALD = (
    "a Wald test on the weights of a term does not hold its size: where units are to spare, a term "
    "that plays no part is significant in 38 to 88 % of tables. Use method='score'"
)


class TermTest(NamedTuple):
    """The test of a term.

    Attributes
    ----------
    term : str
    test : HypothesisTest
    deviance : float
        Of the model without the term.
    aic : float
        Of a GLM without the term; nan for a network.
    """

    term: str
    test: HypothesisTest
    deviance: float
    aic: float = nan


def find_terms(model: Model, scope: Any = None) -> dict[str, Columns]:
    """Find the terms to test, by R's rule of marginality, with their columns of X.

    A term that is part of an interaction in the formula is not tested alone.

    Raises
    ------
    TypeError, ValueError
        If ``scope`` names anything else.
    """
    terms = model.design.terms
    starts = np.concatenate([[0], np.cumsum(terms.widths)])
    names, sets = terms.term_names, [set(term.factors) for term in terms.formula.terms]
    columns = {
        name: np.arange(starts[place], starts[place + 1])
        for place, name in enumerate(names)
        if sets[place]
    }
    above = {
        name: next((b for other, b in zip(sets, names, strict=True) if each < other), "")
        for name, each in zip(names, sets, strict=True)
    }
    if scope is None:
        return {name: each for name, each in columns.items() if not above[name]}
    wanted = read_scope(scope, columns)
    for name in wanted:
        if above[name]:
            raise ValueError(
                f"{cut(name)} is part of {cut(above[name])}, and has no meaning of its own beside "
                f"it: test {cut(above[name])}, or take it out of the formula first"
            )
    return {name: columns[name] for name in wanted}


def read_scope(scope: Any, names: Iterable[str]) -> list[str]:
    """Read the names of terms.

    Raises
    ------
    TypeError, ValueError
        If ``scope`` names anything else.
    """
    wanted = [scope] if isinstance(scope, str) else scope
    if not isinstance(wanted, list | tuple) or not all(isinstance(each, str) for each in wanted):
        raise TypeError(f"scope must be the name of a term, or a list of them, not {scope!r}")
    known = list(names)
    for name in wanted:
        if name not in known:
            raise ValueError(
                f"scope names {cut(name)!r}, which is no term of the formula."
                f"{suggest(name, known)} The terms are {listing(known)}"
            )
    return [*wanted]


def uses_likelihood(specification: Specification, method: str | None) -> bool:
    """Check a method of testing, and return whether it is the likelihood of GLMs.

    Raises
    ------
    ValueError
        For a method that does not hold its size.
    """
    if method in ("wald", "Wald"):
        raise ValueError(WALD)
    if method is not None:
        check_word("method", method, get_args(TermTestMethod))
    if method == "likelihood" and not specification.is_glm:
        raise ValueError(LIKELIHOOD_OF_NETS)
    return method == "likelihood" or (method is None and specification.is_glm)


def score_terms(
    specification: Specification, terms: dict[str, Columns], starts: int, seed: int
) -> list[TermTest]:
    """Test each term by a score test beside the network without it; see `run_score_test`.

    A term of a network is tested by its columns, their squares, cubes and products with the other
    columns (`expand_term`), one of a model without hidden units by its columns alone. Each term has
    the same random starts, so that it matters to none which others are tested.
    """
    tests = []
    for name, columns in terms.items():
        smaller = specification.without(columns)
        fit = smaller.fit(starts, np.random.default_rng(seed))
        tests.append(score_columns(name, specification, columns, smaller, fit))
    return tests


def score_columns(
    name: str, larger: Specification, columns: Columns, smaller: Specification, fit: Refit
) -> TermTest:
    """Test columns of a larger network beside the fit of a smaller one."""
    batch, is_net = larger.batch, bool(larger.perceptron.activations)
    others = np.setdiff1d(np.arange(batch.X.shape[1]), columns)
    center = is_net or smaller.intercept is not None
    Z = standardize_tested(batch, columns, center)
    if is_net:
        n_outputs = len(find_contrasts(larger))
        Z = expand_term(Z, standardize_tested(batch, others), batch, n_outputs)
    return TermTest(name, run_score_test(smaller, fit.theta, Z), fit.deviance)


def compare_glms(
    specification: Specification, terms: dict[str, Columns]
) -> tuple[GLMFit, list[TermTest]]:
    """Test each term of a GLM by a refit without it: the F test or the likelihood ratio of R.

    Columns are left out as they are, as in R's ``drop1.glm``.

    Returns
    -------
    fit : GLMFit
        Of all terms.
    tests : list of TermTest
    """
    whole, tests = fit_glm(specification), []
    for name, columns in terms.items():
        fit = fit_glm(specification.without(columns, keep_constant=False))
        tests.append(TermTest(name, compare_fits(fit, whole), fit.deviance, fit.aic))
    return whole, tests


def compare_fits(small: GLMFit, large: GLMFit) -> HypothesisTest:
    """F test, or likelihood ratio, of two nested GLMs; by the dispersion of the larger one."""
    explained, df = max(small.deviance - large.deviance, 0.0), large.rank - small.rank
    if not large.has_dispersion:
        return make_chi2_test(explained, df)
    return make_f_test(explained, df, large.deviance, large.df_resid)


def run_term_tests(
    model: Model, scope: Any, method: str | None, starts: int, seed: int
) -> pd.DataFrame:
    """Test the terms of a model; see `Inference.test_terms`."""
    specification = specify(model)
    by_likelihood = uses_likelihood(specification, method)
    terms = find_terms(model, scope)
    if not by_likelihood:
        return tabulate_tests(score_terms(specification, terms, starts, seed))
    whole, tests = compare_glms(specification, terms)
    return tabulate_tests(tests, whole)


def tabulate_tests(tests: list[TermTest], whole: GLMFit | None = None) -> pd.DataFrame:
    """Return tests as a table with a row for each term; with R's row of the whole GLM first."""
    rows = [
        (each.test.df, each.deviance, each.aic, each.test.statistic, each.test.p_value)
        for each in tests
    ]
    names = [each.term for each in tests]
    if whole is not None:
        rows.insert(0, (nan, whole.deviance, whole.aic, nan, nan))  # type: ignore[arg-type]
        names.insert(0, "<none>")
    index = pd.Index(names, name="term")
    columns = ["df", "deviance", "aic", "statistic", "p_value"]
    table = pd.DataFrame(rows, index, columns, dtype=float)
    if whole is None:
        has_residuals = any(np.isfinite(each.test.df_resid) for each in tests)
        table = table.drop(columns="aic")
        if has_residuals:
            table.insert(1, "df_resid", [each.test.df_resid for each in tests])
    return table
