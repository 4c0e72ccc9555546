"""Columns whose scales or offsets are too unequal to train without scaling."""

import warnings

import numpy as np
import pytest
from networks import make_table

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.training.column_scales import compare_spreads

QUIET = {"trace": 0, "tolerance": None}
TABLE = make_table()


def make_wide(factor, formula="cost ~ a + b", **options):
    """Table whose column b has a much larger spread than a."""
    a = np.resize([-1.0, 1.0], 36)
    table = TABLE.assign(a=a, b=np.resize([-factor, -factor, factor, factor], 36))
    return NeuralNetwork(formula, table, 2, seed=1, **options)


@pytest.mark.parametrize(
    ("factor", "reported"), [(1000.0, False), (1001.0, True), (1 / 1001, True)]
)
def test_spreads_further_apart_than_a_thousand_are_reported(factor, reported):
    words = compare_spreads(make_wide(factor)._model)
    if not reported:
        assert words == ""
        return
    wide, narrow = ("b", "a") if factor > 1 else ("a", "b")
    large, small = max(1.0, factor), min(1.0, factor)
    assert words == (
        f"the columns of X differ in spread by a factor of 1,001: {wide} has a standard deviation "
        f"of {large:.3g}, {narrow} one of {small:.3g}"
    )


@pytest.mark.parametrize(
    "net",
    [
        lambda: make_wide(1e6, scale=True),
        lambda: make_wide(1e6, "cost ~ a"),
        lambda: make_wide(1e6, "cost ~ 1"),
        lambda: make_wide(1e6, "cost ~ standardize(a) + standardize(b)"),
        # A constant column has no spread to compare, however large its value.
        lambda: make_wide(1e6, "cost ~ a + I(0 * b + 1e9)"),
    ],
    ids=["scaled", "one column", "none", "standardized", "constant"],
)
def test_spreads_that_do_no_harm_are_not_reported(net):
    assert compare_spreads(net()._model) == ""


def test_spread_beyond_all_numbers_is_reported_without_warnings_of_numpy():
    with pytest.warns(UserWarning) as caught:
        make_wide(1e200).train(1, 1e-300, **QUIET)
    assert "differ in spread" in str(caught[0].message)
    assert all(warning.category is DataWarning for warning in caught)


def test_spreads_are_reported_before_the_first_training_only():
    net = make_wide(5000.0)
    with pytest.warns(UserWarning, match="by a factor of 5,000: b has") as caught:
        net.train(1, 1e-9, **QUIET)
    assert [warning.filename for warning in caught] == [__file__]
    assert str(caught[0].message).endswith(": training may be slow or go astray. Pass scale=True.")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.train(1, 1e-9, **QUIET)
        net.theta = np.zeros_like(net.theta)
        net.train(1, 1e-9, **QUIET)
        make_wide(5000.0, scale=True).train(1, 1e-9, **QUIET)
        make_wide(500.0).train(1, 1e-9, **QUIET)
