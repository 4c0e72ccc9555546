"""Penalty: its sum written out, its gradient against differences, and decays of layers.

Without a hidden layer L1 is the lasso, and scikit-learn gives the expected optimum.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from instances import assert_close, differentiate, draw_direction
from loops import case_by_case
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression

from neuralnet import NeuralNetwork
from neuralnet.families import Binomial, Gaussian
from neuralnet.optimizers import (
    OPTIMIZERS,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Rprop,
    read_capabilities,
)
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.objective import Objective
from neuralnet.perceptron.penalty import Penalty, expand_decay
from neuralnet.perceptron.perceptron import Perceptron

DECAYS = {"one": 0.3, "each": np.array([0.5, 0.0, 2.0, 0.1, 0.0])}
each = case_by_case("decay", DECAYS.values(), ids=DECAYS)
mixed = case_by_case("mixture", [0.0, 0.25, 1.0])
PHI = np.array([1.5, -2.0, 0.0, -0.3, 4.0])


@each
@mixed
def test_value_is_the_sum_over_all_weights(decay, mixture):
    decays = [decay] * 5 if isinstance(decay, float) else decay
    each = zip(decays, PHI, strict=True)
    expected = sum(d * ((1 - mixture) * p**2 + mixture * abs(p)) for d, p in each)
    assert Penalty(decay, mixture).value(PHI) == pytest.approx(expected, rel=1e-14)


def test_value_worked_by_hand():
    assert Penalty(0.5).value(np.array([1.0, -2.0])) == 2.5
    assert Penalty(0.5, 1.0).value(np.array([1.0, -2.0])) == 1.5
    # 0.75 of the squares, 1 and 9, and 0.25 of 1 and 3
    assert Penalty(np.array([2.0, 4.0]), 0.25).value(np.array([1.0, -3.0])) == 2.0 + 30.0
    assert Penalty().value(PHI) == 0.0


@each
@mixed
def test_derivatives_are_those_of_the_parts(decay, mixture):
    penalty, v = Penalty(decay, mixture), draw_direction(5, 1)

    def squares(phi):
        return penalty.value(phi) - float((penalty.l1_weight * np.abs(phi)).sum())

    along = differentiate(squares, PHI, v)
    assert penalty.gradient(PHI) @ v == pytest.approx(along, rel=1e-9, abs=1e-12)
    assert_close(penalty.curvature * v, differentiate(penalty.gradient, PHI, v), 1e-9)


@each
@mixed
@pytest.mark.parametrize("phi", [PHI, np.zeros(5)])
def test_phi_stays_as_it_was(decay, mixture, phi):
    phi = phi.copy()
    phi.flags.writeable = False
    penalty = Penalty(decay, mixture)
    assert not np.shares_memory(penalty.gradient(phi), phi)
    penalty.value(phi)


@case_by_case(
    ("penalty", "there", "absolute"),
    [
        (Penalty(), False, False),
        (Penalty(0.0, 1.0), False, False),
        (Penalty(np.zeros(3), 0.5), False, False),
        (Penalty(0.1), True, False),
        (Penalty(np.array([0.0, 0.1])), True, False),
        (Penalty(0.1, 0.5), True, True),
        (Penalty(np.array([0.0, 0.1]), 1.0), True, True),
    ],
)
def test_no_decay_is_no_penalty(penalty, there, absolute):
    assert bool(penalty) is there
    if absolute:
        np.testing.assert_array_equal(penalty.l1_weight, penalty.mixture * penalty.decay)
    else:
        # One plain number, from which optimizers see that there is no L1 penalty.
        assert type(penalty.l1_weight) is float
        assert penalty.l1_weight == 0.0


@pytest.mark.parametrize("mixture", [0.0, 0.5])
def test_huge_weights_have_an_infinite_penalty_and_no_warning(mixture):
    assert Penalty(0.1, mixture).value(np.array([1e200, 1.0])) == np.inf


@mixed
def test_huge_weights_without_decay_are_free(mixture):
    penalty = Penalty(np.array([0.0, 2.0]), mixture)
    assert penalty.value(np.array([1e200, 1.0])) == 2.0


def test_one_number_stays_one():
    assert expand_decay(0.25, [(2, 3), (4, 1)]) == 0.25
    assert type(expand_decay(0.0, [(2, 3)])) is float


@given(
    st.lists(
        st.tuples(st.floats(0, 10), st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=4
    )
)
def test_each_layer_has_its_own(layers):
    decays, shapes = [decay for decay, *_ in layers], [shape for _, *shape in layers]
    spread = expand_decay(tuple(decays), shapes)
    matrices = [np.full(shape, decay) for decay, shape in zip(decays, shapes, strict=True)]
    np.testing.assert_array_equal(spread, np.concatenate([m.ravel() for m in matrices]))
    assert spread.dtype == np.float64


# Against scikit-learn ------------------------------------------------------------------------

N = 60
# Each with a rate that the curvature of the tables below allows, how many steps it takes, and how
# near it comes: rprop has a least step.
RULES = {
    "gradient_descent": (GradientDescent(0.01), 700, 1e-8),
    "momentum": (Momentum(0.002), 700, 1e-8),
    "nesterov": (Nesterov(0.002), 700, 1e-8),
    "adam": (Adam(0.01), 2000, 1e-8),
    "rprop": (Rprop(), 300, 1e-5),
}
every_rule = case_by_case("rule", RULES.values(), ids=RULES)
PRECISE = {"tol": 1e-14, "max_iter": 100_000}


def draw_table(numbers):
    """An intercept, seven columns of which two go together, and a response of three of them."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, 7))
    X[:, 1] += 0.6 * X[:, 0]
    eta = 1.0 + X @ [2.0, 0.0, -1.5, 0.0, 0.0, 0.3, 0.0]
    y = eta + rng.normal(size=N) if numbers else (eta + rng.logistic(size=N) > 0).astype(float)
    return np.column_stack([np.ones(N), X]), y


def descend(rule, objective):
    """Where it ends; some weights start at 0."""
    optimizer, steps, _ = rule
    theta = np.array([0.3, 0.3, 0.3, 0.0, 0.0, -0.3, 0.3, 0.0])
    state = optimizer.init(theta)
    for _ in range(steps):
        theta, state, _ = optimizer.step(objective, theta, state)
    return theta


def assert_lasso(rule, theta, expected):
    """The same numbers, and the same of them exactly 0."""
    assert 0 < (expected == 0.0).sum() < len(expected) - 1
    np.testing.assert_array_equal(theta == 0.0, expected == 0.0)
    np.testing.assert_allclose(theta, expected, rtol=0, atol=rule[-1])


def penalize(family, X, y, decay, mixture):
    perceptron = Perceptron((X.shape[1], 1), (), family)
    return Objective(perceptron, (Batch(X, y[:, None]),), Penalty(decay, mixture))


def test_all_optimizers_with_an_l1_penalty_are_tested_here():
    assert set(RULES) == {
        name for name, one in OPTIMIZERS.items() if read_capabilities(one).takes_l1
    }


@every_rule
@pytest.mark.parametrize("mixture", [1.0, 0.6])
def test_gaussian_without_hidden_layer_is_the_elastic_net(rule, mixture):
    X, y = draw_table(numbers=True)
    decay = 20.0
    theta = descend(rule, penalize(Gaussian(), X, y, decay, mixture))
    # Theirs is a mean over rows, with half the squares: of the bias too, as it is a column here.
    one, two = decay * mixture / N, 2 * decay * (1.0 - mixture) / N
    judge = ElasticNet(alpha=one + two, l1_ratio=one / (one + two), fit_intercept=False, **PRECISE)
    assert_lasso(rule, theta, judge.fit(X, y).coef_)


@every_rule
def test_weights_with_a_penalty_each_are_the_lasso_of_rescaled_columns(rule):
    X, y = draw_table(numbers=True)
    decay = np.array([0.0, 20.0, 40.0, 5.0, 10.0, 1.0, 15.0, 30.0])
    theta = descend(rule, penalize(Gaussian(), X, y, decay, 1.0))
    judge = Lasso(alpha=1.0 / N, **PRECISE).fit(X[:, 1:] / decay[1:], y)
    assert_lasso(rule, theta, np.append(judge.intercept_, judge.coef_ / decay[1:]))


@every_rule
def test_binomial_without_hidden_layer_is_the_l1_logistic_regression(rule):
    X, y = draw_table(numbers=False)
    decay = np.append(0.0, np.full(7, 3.0))
    theta = descend(rule, penalize(Binomial(), X, y, decay, 1.0))
    options = {"l1_ratio": 1.0, "solver": "saga", "C": 1.0 / 3.0, "max_iter": 100_000}
    if LogisticRegression().l1_ratio is None:
        options["penalty"] = "elasticnet"  # as it had to be named before scikit-learn 1.8
    judge = LogisticRegression(tol=1e-14, **options).fit(X[:, 1:], y)
    assert_lasso(rule, theta, np.append(judge.intercept_, judge.coef_))


@every_rule
def test_no_optimizer_leaves_the_optimum(rule):
    X, y = draw_table(numbers=True)
    objective, optimizer = penalize(Gaussian(), X, y, 20.0, 1.0), rule[0]
    optimum = Lasso(alpha=20.0 / N, fit_intercept=False, **PRECISE).fit(X, y).coef_
    theta, _, value = optimizer.step(objective, optimum, optimizer.init(optimum))
    # Rprop looks at signs alone, and rounding leaves a sign where there is no more slope.
    settled = optimum == 0.0 if isinstance(optimizer, Rprop) else np.full(8, True)
    np.testing.assert_allclose(theta[settled], optimum[settled], rtol=0, atol=1e-12)
    residuals = y - X @ optimum
    assert value == pytest.approx(residuals @ residuals / 2 + 20.0 * np.abs(optimum).sum())


@every_rule
def test_network_with_scale_is_the_lasso_of_standardized_columns(rule):
    X, y = draw_table(numbers=True)
    units = np.array([1.0, 100.0, 0.01, 1.0, 3.0, 1.0, 1.0])
    raw = 5.0 + X[:, 1:] * units
    table = pd.DataFrame(raw, columns=list("abcdefg")).assign(y=1000.0 * y)
    net = NeuralNetwork("y ~ .", table, 0, decay=10.0, mixture=1.0, scale=True, seed=1)
    optimizer, steps, _ = rule
    net.train(steps, None, None, 0, optimizer=optimizer)
    center, spread = raw.mean(axis=0), raw.std(axis=0)
    response = (table["y"] - table["y"].mean()) / table["y"].std(ddof=0)
    judge = Lasso(alpha=10.0 / N, **PRECISE).fit((raw - center) / spread, response)
    slopes = judge.coef_ * table["y"].std(ddof=0) / spread
    assert_lasso(rule, net.W1[1:, 0] * spread / table["y"].std(ddof=0), judge.coef_)
    bias = table["y"].mean() - center @ slopes
    assert net.W1[0, 0] == pytest.approx(bias, rel=1e-4)
    # What is reported is the loss in raw units, and the penalty on standardized weights likewise.
    penalty = net.compute_loss(penalty=True) - net.compute_loss()
    unit = table["y"].var(ddof=0)
    assert penalty == pytest.approx(unit * 10.0 * np.abs(judge.coef_).sum(), rel=1e-4)
