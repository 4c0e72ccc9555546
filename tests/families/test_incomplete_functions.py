"""Incomplete gamma and beta functions: SciPy's, in both tails of each."""

from itertools import product

import numpy as np
import pytest
import scipy.special

from neuralnet.families import beta_ratio, gamma_ratios

SIZES = [0.5, 1.0, 3.0, 40.0, 2e3]
SHARES = [1e-8, 0.02, 0.5, 0.98, 1.0, 1.02, 3.0, 50.0]


def test_both_gamma_functions_are_scipys():
    a, share = np.array([*product(SIZES, SHARES)]).T
    found = np.array([gamma_ratios(*each) for each in zip(a, a * share, strict=True)]).T
    exact = scipy.special.gammainc(a, a * share), scipy.special.gammaincc(a, a * share)
    smaller = np.argmin(exact, axis=0), np.arange(len(a))
    # Of the larger one rounding is enough.
    np.testing.assert_allclose(found, exact, rtol=0.0, atol=1e-13)
    np.testing.assert_allclose(found[smaller], np.array(exact)[smaller], rtol=1e-11)
    assert gamma_ratios(2.0, 0.0) == (0.0, 1.0) and gamma_ratios(2.0, np.inf) == (1.0, 0.0)


def test_beta_function_is_scipys():
    for a, b, odds in product(SIZES, SIZES, [1e-6, 0.3, 1.0, 4.0, 1e6]):
        expected = scipy.special.betainc(a, b, 1.0 / (1.0 + odds))
        assert beta_ratio(a, b, odds) == pytest.approx(expected, rel=1e-9, abs=1e-300)
