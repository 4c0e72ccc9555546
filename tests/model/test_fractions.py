"""Fractions where counts are wanted: one warning, as of R's glm, and training goes on.

R 4.2.2, ``glm(c(1, 2.5, 3, 4) ~ 1:4, poisson)``: "non-integer x = 2.500000"; and
``glm(c(.1, .35, .5, .7) ~ 1:4, binomial, weights = rep(10, 4))``: "non-integer #successes in a
binomial glm!".
"""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case

from neuralnet import DataWarning, NeuralNetwork

TABLE = pd.DataFrame(
    {
        "x": [1.0, 2, 3, 4],
        "y": [1, 2.5, 3, 4.25],
        "k": [1, 2, 3, 5],
        "s": [0.1, 0.35, 0.5, 0.7],
        "t": [10, 10, 10, 10],
        "v": [10, 20, 10, 10],
    },
    index=["a", "b", "c", "d"],
)


def make(text, family="poisson", data=TABLE, **options):
    return NeuralNetwork(text, data, hidden=0, family=family, **options)


POISSON = "is no whole number in 2 of 4 rows, such as 2.5 in row b. Family 'poisson'"
FRACTIONS = [
    ("y ~ x", "poisson", {}, f"the response y {POISSON}"),
    ("y ~ x", "poisson", {"weights": "t"}, f"the response y {POISSON}"),
    ("y ~ x", "poisson", {"offset": "x"}, f"the response y {POISSON}"),
    ("y ~ x + offset(log(t))", "poisson", {}, f"the response y {POISSON}"),
    ("cbind(k, y) ~ x", "poisson", {}, f"the response y {POISSON}"),
    ("I(k / 2) ~ x", "poisson", {}, r"is no whole number in 3 of 4 rows, such as 0\.5 in row a"),
    ("s ~ x", "binomial", {"weights": "t"}, r"in 1 of 4 rows, such as 0\.35 in row b\. weights="),
    ("s ~ x", "binomial", {}, r"the response s times its trials .* in 4 of 4 rows, such as 0\.1"),
]


@case_by_case(("text", "family", "options", "reported"), FRACTIONS)
def test_fractions_are_told_once(text, family, options, reported):
    with pytest.warns(DataWarning, match=reported) as caught:
        net = make(text, family, **options)
    assert len(caught) == 1
    assert net.train(optimizer="newton", trace=0).converged


WHOLE = [
    ("k ~ x", "poisson", {}),
    ("k ~ x", "poisson", {"weights": "y"}),
    ("I(k * (1 + 1e-9)) ~ x", "poisson", {}),
    ("s ~ x", "binomial", {"weights": "v"}),
    ("cbind(k, t) ~ x", "binomial", {"weights": "y"}),
    ("y ~ x", "gaussian", {}),
]


@case_by_case(("text", "family", "options"), WHOLE)
def test_counts_are_taken_without_a_word(text, family, options):
    assert make(text, family, **options).x_names == ["Intercept", "x"]


def test_fractions_are_fitted_as_by_quasi_likelihood():
    """The score equations of the log link, X' (y - mu) = 0."""
    with pytest.warns(DataWarning, match="no whole number"):
        net = make("y ~ x").train(optimizer="newton", trace=0)
    residuals = TABLE["y"] - net.predict()
    np.testing.assert_allclose(net.X.T @ residuals, 0, atol=1e-8)


def test_rows_dropped_do_not_count_and_negative_numbers_are_an_error():
    with pytest.warns(DataWarning) as caught:
        make("y ~ x", data=TABLE.assign(x=[1, np.nan, 3, 4]))
    assert "in 1 of 3 rows, such as 4.25 in row d" in str(caught[-1].message)
    with pytest.raises(ValueError, match=r"needs counts of 0 or more; row a has -1\.5"):
        make("I(y - 2.5) ~ x")
