"""Starting weights: their spread, their biases, and calls of a user-defined function."""

import numpy as np
import pytest
from networks import make_table

from neuralnet import NeuralNetwork
from neuralnet.perceptron.initialization import draw_weights


def start(init, formula="cost ~ x1 + x2", hidden=(4000, 3), **options):
    return NeuralNetwork(formula, make_table(), list(hidden), init=init, seed=3, **options)


def test_number_is_the_standard_deviation_biases_included():
    net = start(0.2)
    for part in (net.W1[0], net.W1[1:], net.W2[1:]):
        # Of 4,000 draws, within about three standard errors.
        np.testing.assert_allclose(part.std(), 0.2, rtol=0.035)
        np.testing.assert_allclose(part.mean(), 0.0, atol=0.01)
    assert (np.abs(net.theta) > 0.2 * 2).mean() == pytest.approx(0.0455, abs=0.006)


def test_default_is_the_seeds_hundredth():
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 4000, seed=3)
    np.testing.assert_allclose(net.W1.std(), 0.01, rtol=0.035)


def test_glorot_is_uniform_within_its_limit_and_biases_are_zero():
    net = start("glorot")
    assert not net.W1[0].any()
    assert not net.W2[0].any()
    for weights, fans in ((net.W1[1:], 2 + 4000), (net.W2[1:], 4000 + 3)):
        limit = np.sqrt(6 / fans)
        assert 0.99 * limit < np.abs(weights).max() <= limit
        np.testing.assert_allclose(weights.std(), limit / np.sqrt(3), rtol=0.035)


def test_he_counts_the_fan_in_without_the_bias():
    net = start("he")
    assert not net.W1[0].any()
    assert not net.W2[0].any()
    np.testing.assert_allclose(net.W1[1:].std(), np.sqrt(2 / 2), rtol=0.035)
    np.testing.assert_allclose(net.W2[1:].std(), np.sqrt(2 / 4000), rtol=0.035)


@pytest.mark.parametrize(
    ("init", "spread"), [("he", np.sqrt(2 / 3)), ("glorot", np.sqrt(6 / (3 + 2) / 3))]
)
def test_bias_is_no_fan_in_of_small_layers_either(init, spread):
    """A thousand layers with three inputs, a bias and two units."""
    matrices = draw_weights(init, [(4, 2)] * 1000, 0, np.random.default_rng(3))
    np.testing.assert_allclose(np.std([W[1:] for W in matrices]), spread, rtol=0.02)


@pytest.mark.parametrize(("init", "spread"), [("he", 1.0), ("glorot", np.sqrt(2 / 4002))])
def test_without_intercept_the_first_matrix_has_no_bias_row(init, spread):
    net = start(init, "cost ~ x1 + x2 - 1")
    assert net.W1.all()
    np.testing.assert_allclose(net.W1.std(), spread, rtol=0.035)


def test_function_is_called_once_a_matrix_with_its_whole_shape():
    asked = []

    def draw(rng, shape):
        asked.append(shape)
        return rng.uniform(2.0, 3.0, shape)

    net = start(draw, hidden=(4, 3))
    assert asked == [(3, 4), (5, 3), (4, 1)] == [W.shape for W in net.W]
    assert 2.0 <= net.theta.min() < net.theta.max() < 3.0
    assert np.unique(net.theta).size == net.theta.size


def test_what_the_function_gives_is_copied():
    given = np.full((3, 1), 0.5)
    net = NeuralNetwork("cost ~ x1 + x2", make_table(), 0, init=lambda rng, shape: given)
    given[:] = 9.0
    np.testing.assert_array_equal(net.W1, 0.5)


def test_zero_starts_at_zero():
    assert not start(0).theta.any()


@pytest.mark.parametrize(
    ("init", "spread"),
    [
        (0.2, 0.2),
        ("he", np.sqrt(2 / (4000 + 2))),
        ("glorot", np.sqrt(2 / (4000 + 2 + 1))),
        ("uniform", 0.7 / np.sqrt(3)),
    ],
)
def test_columns_that_skip_are_more_inputs_of_the_last_matrix(init, spread):
    net = start(init, hidden=(4000,), skip=True)
    assert net.W2.shape == (1 + 4000 + 2, 1)
    assert net.coef()["W2"].index[-3:].tolist() == ["h4000", "x1", "x2"]
    np.testing.assert_allclose(net.W2[1:].std(), spread, rtol=0.035)
    assert net.W2[-2:].all()
    assert (net.W2[0, 0] == 0.0) == (init in ("he", "glorot"))


@pytest.mark.parametrize("init", [0.2, "he", "uniform"])
def test_weights_are_drawn_in_the_coordinates_of_standardized_columns(init):
    plain, scaled = (
        start(init, "x1 ~ x2 + kind", hidden=(3,), skip=True, scale=scale)
        for scale in (False, True)
    )
    table = make_table()
    Z = (table["x2"] - table["x2"].mean()) / table["x2"].std(ddof=0)
    X = plain.X.copy()
    X[:, plain.x_names.index("x2")] = Z
    expected = table["x1"].mean() + table["x1"].std(ddof=0) * plain.fit(X)[:, 0]
    np.testing.assert_allclose(scaled.fit()[:, 0], expected, rtol=1e-10)
