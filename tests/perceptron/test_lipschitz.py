"""Lipschitz constants: stable learning rates for many rows, on a table like diamonds."""

import numpy as np
import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net

from neuralnet import NeuralNetwork
from neuralnet.optimizers import OPTIMIZERS, GradientDescent
from neuralnet.training.learning_rate import limit_learn_rate


def make_diamonds(n):
    """Ten columns, three of them ordered factors; also the mean price that the truth gives."""
    rng = np.random.default_rng(2)
    carat = np.exp(rng.normal(-0.4, 0.58, n)).clip(0.2, 5.0)
    cut, color, clarity = (rng.integers(levels, size=n) for levels in (5, 7, 8))
    depth = rng.normal(61.7, 1.4, n)
    x = 6.4 * np.cbrt(carat) * np.exp(rng.normal(0.0, 0.01, n))
    mean = np.exp(7.2 + 1.7 * np.log(carat) + 0.03 * cut + 0.09 * color + 0.12 * clarity)
    table = pd.DataFrame(
        {
            "carat": carat,
            "cut": grade(cut, ["Fair", "Good", "Very Good", "Premium", "Ideal"]),
            "color": grade(color, list("JIHGFED")),
            "clarity": grade(clarity, ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"]),
            "depth": depth,
            "table": rng.normal(57.5, 2.2, n),
            "price": mean * np.exp(rng.normal(0.0, 0.1, n)),
            "x": x,
            "y": x * np.exp(rng.normal(0.0, 0.01, n)),
            "z": x * depth / 100.0,
        }
    )
    return table, mean


def grade(codes, levels):
    return pd.Categorical.from_codes(codes, levels, ordered=True)


def explain(mean, truth):
    """Share of the variance of the truth that a mean explains."""
    return 1.0 - ((mean - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()


def train_on_diamonds(n, iterations):
    """Train the default network on n rows; the loss must decrease in every iteration."""
    table, truth = make_diamonds(n)
    net = NeuralNetwork("price ~ .", table, scale=True, seed=1).train(iterations, trace=0)
    losses = net.history["loss"]
    assert np.isfinite(losses).all() and (np.diff(losses) < 0).all()
    return net, table, truth


def test_defaults_with_scale_fit_a_table_like_diamonds():
    net, table, truth = train_on_diamonds(1_000, 10_000)
    line = NeuralNetwork("price ~ .", table, hidden=0, scale=True)
    line.train(optimizer="newton", trace=0)
    assert explain(net.output[:, 0], truth) > 0.97 > explain(line.output[:, 0], truth)


@pytest.mark.long
def test_defaults_with_scale_are_stable_on_as_many_rows_as_diamonds():
    net, _, truth = train_on_diamonds(53_940, 500)
    assert explain(net.output[:, 0], truth) > 0.7


def test_without_scale_columns_of_such_spread_are_reported():
    table, _ = make_diamonds(200)
    table["weight"] = 0.0002 * table["carat"]  # kilograms
    net = NeuralNetwork("price ~ .", table, seed=1)
    reported = r"differ in spread by a factor of [\d,]+: table .*, weight .* Pass scale=True"
    with pytest.warns(UserWarning, match=reported):
        net.train(1, learn_rate=1e-9, trace=0)


VARIANCES = {
    "softmax": lambda mu: mu * (1.0 - mu),
    "binomial": lambda mu: mu * (1.0 - mu),
    "gaussian": np.ones_like,
    "poisson": lambda mu: mu,
}


@case_by_case("family", VARIANCES)
@case_by_case("weights", [None, np.linspace(0.5, 3.0, 36)], ids=["", "weights"])
def test_lipschitz_constant_is_the_largest_curvature_at_the_intercepts(family, weights):
    net = make_net(family, 0, scale=True, weights=weights)
    w = np.ones(36) if weights is None else weights
    mu = np.average(
        net._model.perceptron.family.observed_means(net._model.batch.Y, 3), 0, weights=w
    )
    Z = net.X.copy()
    for column in ("x1", "x2"):
        z = Z[:, net.x_names.index(column)]
        z -= np.average(z, weights=w)
        z /= np.sqrt(np.average(z**2, weights=w))
    expected = VARIANCES[family](mu).max() * np.linalg.eigvalsh((Z.T * w) @ Z).max()
    assert net._model.lipschitz == pytest.approx(expected, rel=1e-3)
    assert make_net(family, 0)._model.lipschitz is None


@pytest.mark.parametrize(
    ("hidden", "skip"), [(2, False), (80, False), ([3, 80], False), (80, True)]
)
def test_lipschitz_constant_is_about_the_largest_curvature_where_training_starts(hidden, skip):
    net = NeuralNetwork("price ~ .", make_diamonds(300)[0], hidden, skip=skip, scale=True, seed=1)
    objective = net._model.objective
    H = objective.hessian(objective.scaling.from_raw(net.theta))
    largest = np.linalg.eigvalsh(H)[-1]
    assert 0.99 * largest < net._model.lipschitz < 3.0 * largest


@case_by_case("name", OPTIMIZERS)
def test_rate_is_lowered_where_steps_are_as_long_as_the_gradient(name):
    optimizer = OPTIMIZERS[name]
    if name not in ("gradient_descent", "momentum", "nesterov"):
        assert limit_learn_rate(optimizer, 1e4) is None
        return
    kept = 0.0 if name == "gradient_descent" else 0.9
    assert limit_learn_rate(optimizer, 1e4) == pytest.approx((1 - kept) / 2e4, rel=1e-12)
    assert limit_learn_rate(optimizer, 1e4) < optimizer.learn_rate
    assert limit_learn_rate(optimizer, 1e-2) == optimizer.learn_rate


@case_by_case("family", ["gaussian", "poisson"])
@case_by_case(
    ("hidden", "activation", "init"),
    [
        (50, "sigmoid", 0.01),
        (200, "sigmoid", 0.01),
        (50, "relu", "he"),
        (20, "softplus", "glorot"),
        ([20, 10], "tanh", "glorot"),
    ],
)
def test_wide_layers_do_not_diverge_with_the_default_rate(family, hidden, activation, init):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(300, 5)), columns=list("abcde"))
    table["y"] = rng.poisson(np.exp(0.5 * table["a"] + 0.3 * table["b"] ** 2)) + 0.0
    table["z"] = np.sin(2 * table["a"]) + table["b"] * table["c"] + rng.normal(size=300) / 10
    formula = {"gaussian": "z ~ a + b + c + d + e", "poisson": "y ~ a + b + c + d + e"}[family]
    options = {"family": family, "activation": activation, "init": init, "seed": 1}
    net = NeuralNetwork(formula, table, hidden, scale=True, **options).train(99, trace=0)
    losses = net.history["loss"]
    assert np.isfinite(losses).all()
    assert net.compute_loss() < losses[0]
    assert (np.diff(losses) > 0).mean() < 0.05


def test_rate_that_is_given_is_taken():
    def move(**options):
        net = NeuralNetwork("price ~ .", make_diamonds(500)[0], 2, scale=True, seed=1)
        before = net.theta
        return net.train(1, trace=0, **options).theta - before

    lowered = move()
    for given in (move(learn_rate=0.01), move(optimizer=GradientDescent())):
        # All along the same gradient.
        assert (np.abs(given) > 5.0 * np.abs(lowered)).all()
