"""Tests of predictors, and of their linearity: by algebra, by their score equations, by size."""

import numpy as np
import pandas as pd
import pytest
from networks import make_table
from numpy.testing import assert_allclose
from scipy import stats

from neuralnet import DataWarning, NeuralNetwork
from neuralnet.activations import Tanh
from neuralnet.families import Binomial, Gaussian, Poisson, Softmax
from neuralnet.inference import anova
from neuralnet.inference.hypotheses.predictor_tests import (
    PartlyLinear,
    find_predictors,
    make_linear,
    run_linearity_tests,
    run_predictor_tests,
)
from neuralnet.inference.hypotheses.refits import Specification, specify
from neuralnet.inference.hypotheses.term_tests import score_columns
from neuralnet.perceptron import Batch, Perceptron

TRAINING = {"optimizer": "newton", "trace": 0}
FAMILIES = {
    "gaussian": Gaussian(),
    "binomial": Binomial(),
    "softmax": Softmax(),
    "poisson": Poisson(),
}


def train(right, hidden=0, **options):
    table = make_table(90).assign(w=np.resize([1, 2], 90))
    options = {"decay": 0.2, "scale": True, "activation": "tanh"} if hidden else {} | options
    net = NeuralNetwork(f"cost ~ {right}", table, hidden, seed=1, **options)
    return net.train(**TRAINING)


def draw(family, n, seed, line=0.25):
    """A tanh net of three columns, to which a fourth adds a line; a net of all four."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((4, n))
    a, b = np.tanh(x[0] + 0.5 * x[1]), np.tanh(x[1] - x[2] + 0.3)
    eta = 1.5 * a - 1.2 * b + line * x[3]
    Y = {
        "gaussian": lambda: (eta + 0.8 * generator.standard_normal(n))[:, None],
        "binomial": lambda: (generator.logistic(size=n) < eta).astype(float)[:, None],
        "poisson": lambda: generator.poisson(np.exp(0.4 * eta)).astype(float)[:, None],
        "softmax": lambda: (
            np.column_stack([0 * eta, eta, 0.8 * a]) + generator.gumbel(size=(n, 3))
        ).argmax(axis=1),
    }[family]()
    K = 3 if family == "softmax" else 1
    perceptron = Perceptron((5, 2, K), (Tanh(),), FAMILIES[family])
    X = np.insert(x.T, 0, 1.0, axis=1)
    return Specification(perceptron, Batch(X, Y), 0, np.arange(5) > 0, 0.3)


def test_columns_of_a_predictor_are_those_of_all_its_terms():
    net = train("x1 * kind + I(x1**2) + log(x2 + 9)")
    names, found = np.array(net.x_names), find_predictors(net.inference().model)
    assert list(found) == ["x1", "kind", "x2"]
    for name, columns in found.items():
        assert names[columns].tolist() == [each for each in net.x_names if name in each]


def test_predictor_of_two_terms_is_tested_as_anova_tests_them():
    whole, small = train("x1 + I(x1**2) + x2"), train("x2")
    found = run_predictor_tests(whole.inference().model, 4, 1).loc["x1"]
    wanted = anova(small, whole).loc["large"]
    assert_allclose(found[["df", "statistic", "p_value"]], wanted[["df", "statistic", "p_value"]])


def test_predictor_of_one_term_of_a_net_is_tested_as_that_term():
    found = train("x1 + x2 + kind", hidden=2).inference()
    predictors, terms = run_predictor_tests(found.model, 4, 1), found.test_terms()
    pd.testing.assert_frame_equal(predictors, terms, check_exact=True)


def test_linearity_is_of_numbers_beside_hidden_units():
    model = train("x1 + x2 + kind", hidden=2).inference().model
    assert list(run_linearity_tests(model, 2, 1).index) == ["x1", "x2"]
    assert run_linearity_tests(train("x1 + x2").inference().model, 2, 1).empty
    model = train("x1:kind + x2", hidden=2).inference().model
    # Products with indicators are numbers of both predictors, whose only other column is x2.
    assert "x2" in run_linearity_tests(model, 2, 1).index


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weighted", [False, True])
def test_straight_columns_solve_the_score_equations_of_a_line(family, weighted):
    whole = draw(family, 150, 2)
    if weighted:
        w = np.random.default_rng(1).uniform(0.5, 2.0, 150)
        object.__setattr__(whole, "batch", whole.batch._replace(w=w))
    linear = make_linear(whole, np.array([4]))
    assert isinstance(linear, PartlyLinear) and linear.perceptron.skip == (4,)
    fit = linear.fit(4, np.random.default_rng(1))
    matrices = linear.perceptron.unflatten(fit.theta)
    assert not matrices[0][4].any() and matrices[0][:4].all()
    # No penalty: residuals are orthogonal to the column, and to the outputs' constant.
    X, w, K = whole.batch.X, whole.batch.w, whole.perceptron.sizes[-1]
    mu = linear.perceptron.mean(fit.theta, X)
    residuals = whole.perceptron.family.observed_means(whole.batch.Y, K) - mu
    residuals = residuals if w is None else w[:, None] * residuals
    sizes = np.abs(residuals).sum()
    assert_allclose(X[:, [0, 4]].T @ residuals / sizes, 0.0, atol=1e-7)
    # But those of the other columns are shrunk.
    assert np.abs(X[:, 1:4].T @ residuals / sizes).max() > 1e-4


def test_only_the_free_weights_are_degrees_of_freedom():
    whole = draw("gaussian", 150, 2)
    linear = make_linear(whole, np.array([4]))
    fit = linear.fit(4, np.random.default_rng(1))
    found = score_columns("x4", whole, np.array([4]), linear, fit).test
    # Its square, its cube and three products: the line is in the network.
    assert found.df == 2 + 3
    # 2 units of 4 weights, 3 outgoing, and the line.
    assert found.df_resid == 150 - (2 * 4 + 3 + 1) - found.df


def test_only_predictor_is_tested_beside_the_glm():
    """Teräsvirta's test: an F test of the square and the cube, by NumPy alone."""
    net = train("x1", hidden=2)
    model = net.inference().model
    linear = make_linear(specify(model), np.array([1]))
    assert linear.is_glm and not isinstance(linear, PartlyLinear)
    found = run_linearity_tests(model, 2, 1).loc["x1"]
    x, y = (make_table(90)[name].to_numpy() for name in ("x1", "cost"))

    def squares(*powers):
        X = np.column_stack([x**k for k in powers])
        return np.linalg.lstsq(X, y, rcond=None)[1][0]

    small, large = squares(0, 1), squares(0, 1, 2, 3)
    F = (small - large) / 2 / (large / 86)
    assert found["statistic"] == pytest.approx(F, rel=1e-8)
    assert (found["df"], found["df_resid"]) == (2, 86)
    assert found["p_value"] == pytest.approx(stats.f.sf(F, 2, 86), rel=1e-6)
    assert found["p_value"] == pytest.approx(
        net.inference().nonlinearity(folds=0).p_value, rel=1e-6
    )


def test_units_of_a_column_do_not_matter():
    table = make_table(90)
    found = []
    for factor in (1.0, 1e3):
        data = table.assign(x1=factor * table["x1"] + factor)
        net = NeuralNetwork("cost ~ x1 + x2", data, 2, seed=1, decay=0.2, scale=True)
        found.append(run_linearity_tests(net.train(**TRAINING).inference().model, 4, 1))
    pd.testing.assert_frame_equal(*found, rtol=1e-5)


def test_linearity_of_a_line_is_rejected_at_the_level():
    """60 tables of 200 rows: at 5 % more than 8 rejections have a probability of 0.3 %."""
    assert stats.binom.sf(8, 60, 0.05) < 0.005
    p_values = []
    for seed in range(60):
        whole = draw("gaussian", 200, 100 + seed)
        linear = make_linear(whole, np.array([4]))
        fit = linear.fit(3, np.random.default_rng(1))
        p_values.append(score_columns("x4", whole, np.array([4]), linear, fit).test.p_value)
    assert (np.array(p_values) <= 0.05).sum() <= 8
    # Nor is it blind: p-values are not all large.
    assert stats.binom.cdf((np.array(p_values) <= 0.5).sum(), 60, 0.5) > 0.001


def test_bump_is_found():
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=(2, 300))
    y = np.tanh(z) + 1.5 * np.exp(-2.0 * x**2) + 0.5 * rng.normal(size=300)
    net = NeuralNetwork("y ~ x + z", pd.DataFrame({"x": x, "z": z, "y": y}), 3, seed=1, decay=0.1)
    net = net.update(scale=True, activation="tanh").train(**TRAINING, restarts=3)
    found = run_linearity_tests(net.inference().model, 3, 1)
    assert found.loc["x", "p_value"] < 1e-6


def test_imputed_predictor_is_tested_as_the_column_that_was_filled_in():
    table = make_table(90)
    table["gap"] = table["x1"].where(np.arange(90) % 9 > 0)
    filled = table.assign(
        gap=table["gap"].fillna(table["gap"].median()), missing=1.0 * table["gap"].isna()
    )
    options = {"hidden": 2, "decay": 0.2, "scale": False, "activation": "tanh", "seed": 1}
    with pytest.warns(DataWarning, match="10 missing values imputed"):
        imputed = NeuralNetwork("cost ~ gap + x2", table, na_action="impute", **options)
    by_hand = NeuralNetwork("cost ~ gap + x2 + missing", filled, **options)
    assert imputed.x_names == ["Intercept", "gap", "x2", "is.na(gap)"]
    found, wanted = (
        run_linearity_tests(net.train(**TRAINING)._model, 4, 1) for net in (imputed, by_hand)
    )
    assert list(found.index) == ["gap", "x2"]
    assert_allclose(found.loc["gap"], wanted.loc["gap"], rtol=1e-6)
