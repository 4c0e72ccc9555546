"""Quadrature rules of a sample: their means are those of the sample."""

import hypothesis.strategies as st
import numpy as np
import pytest
from extent import count_examples
from hypothesis import given, settings
from loops import case_by_case
from numpy.testing import assert_allclose

from neuralnet.model import Smearing
from neuralnet.model.smearing import MOST_NODES, make_quadrature


@settings(max_examples=count_examples(30), deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200), st.floats(0.01, 8.0))
def test_means_of_exponentials_are_those_of_the_sample(seed, n, spread):
    generator = np.random.default_rng(seed)
    e, w = spread * generator.standard_t(4, n), generator.exponential(size=n)
    nodes, weights = make_quadrature(e, w)
    assert len(nodes) <= min(n, MOST_NODES)
    for function in (np.exp, np.square, lambda v: v, lambda v: v**3 + 1.0):
        wanted = np.average(function(e), weights=w)
        error = np.average(np.abs(function(e)), weights=w)
        assert_allclose(function(nodes) @ weights, wanted, rtol=0, atol=1e-10 * error)
    assert (e.min() - 1e-9 * spread <= nodes).all() and (nodes <= e.max() + 1e-9 * spread).all()


def test_equal_values_are_one_node():
    nodes, weights = make_quadrature(np.full(50, 0.3), np.arange(1.0, 51.0))
    assert_allclose(nodes, [0.3], rtol=1e-15)
    assert weights.tolist() == [1.0]


def test_rows_without_weight_do_not_count():
    e = np.array([[0.5], [1e300], [-0.5]])
    some = Smearing.fit(e, np.array([1.0, 0.0, 2.0]))
    assert_allclose(some.average(np.exp, np.zeros(1), 0), (np.exp(0.5) + 2 * np.exp(-0.5)) / 3)


@case_by_case(
    ("nodes", "weights", "K"),
    [
        ([[0.0]], [[1.0]], 2),
        ([[0.0, 1.0]], [[1.0]], 1),
        ([[np.nan]], [[1.0]], 1),
        ([[0.0, 1.0]], [[2.0, -1.0]], 1),
        ([[0.0]], [[0.5]], 1),
        ([[]], [[]], 1),
        ([[0.0] * 33], [[1.0 / 33] * 33], 1),
        ([[0.0]], [], 1),
    ],
)
def test_impossible_rules_are_refused(nodes, weights, K):
    rules = [tuple(np.array(each, dtype=float) for each in some) for some in (nodes, weights)]
    with pytest.raises(ValueError):
        Smearing(*rules).check(K)
